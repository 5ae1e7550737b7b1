#include "reports/compare/compare_writer.h"

#include <string.h>

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
