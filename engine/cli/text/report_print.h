/* A report on standard output, in colours where a person looks at it. */
#ifndef RQ_CLI_TEXT_REPORT_PRINT_H
#define RQ_CLI_TEXT_REPORT_PRINT_H

#include "reports/report.h"

rq_status rq_report_print(const rq_report *report);

#endif
