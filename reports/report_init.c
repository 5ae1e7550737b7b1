#include "reports/fields.h"

#include <string.h>

void rq_report_init(rq_report *report)
{
    memset(report, 0, sizeof *report);
    for (size_t i = 0; i < rq_report_n_parts; i++) {
        const rq_report_part *part = &rq_report_parts[i];
        if (part->count_offset == RQ_ONE_RECORD)
            rq_record_clear((char *)report + part->offset, part->type);
    }
}
