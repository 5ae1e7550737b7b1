#include "reports/writers/writer.h"

#include "engine/base/file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RQ_REPORT_WRITER(name) extern const rq_report_writer rq_report_writer_##name;
#include "reports/writers/writers.def"
#undef RQ_REPORT_WRITER

const rq_report_writer *const rq_report_writers[] = {
#define RQ_REPORT_WRITER(name) &rq_report_writer_##name,
#include "reports/writers/writers.def"
#undef RQ_REPORT_WRITER
    NULL};

const rq_report_writer *rq_report_writer_find(const char *name)
{
    for (size_t i = 0; rq_report_writers[i]; i++)
        if (!strcmp(rq_report_writers[i]->name, name)) return rq_report_writers[i];
    return NULL;
}

rq_status rq_report_save(const rq_report *report, const rq_report_writer *writer, const char *path)
{
    rq_buf text = {0};
    rq_report_style style = {0};
    rq_status status = writer->write(&text, report, &style);
    if (status == RQ_OK) status = rq_write_file(path, text.data, text.length);
    rq_buf_free(&text);
    return status;
}

bool rq_report_may_colour(int fd)
{
    const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
    if (no_colour && *no_colour) return false;
    return term && strcmp(term, "dumb") != 0 && isatty(fd);
}
