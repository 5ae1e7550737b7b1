#include "reports/compare/compare_writer.h"

#include "engine/base/file.h"

#define RQ_COMPARE_WRITER(name) extern const rq_compare_writer rq_compare_writer_##name;
#include "reports/compare/compare_writers.def"
#undef RQ_COMPARE_WRITER

const rq_compare_writer *const rq_compare_writers[] = {
#define RQ_COMPARE_WRITER(name) &rq_compare_writer_##name,
#include "reports/compare/compare_writers.def"
#undef RQ_COMPARE_WRITER
    NULL};

const rq_compare_writer *rq_compare_writer_find(const char *name)
{
    for (size_t i = 0; rq_compare_writers[i]; i++)
        if (!strcmp(rq_compare_writers[i]->name, name)) return rq_compare_writers[i];
    return NULL;
}

rq_status rq_compare_save(const rq_comparison *comparison, const rq_compare_writer *writer,
                          const char *path)
{
    rq_buf text = {0};
    rq_report_style style = {0};
    rq_status status = writer->write(&text, comparison, &style);
    if (status == RQ_OK) status = rq_write_file(path, text.data, text.length);
    rq_buf_free(&text);
    return status;
}
