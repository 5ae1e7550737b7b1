/* The page of `analyze`: layers, and what each costs. */
#ifndef RQ_WORKBENCH_REPORT_SENSITIVITY_REPORT_H
#define RQ_WORKBENCH_REPORT_SENSITIVITY_REPORT_H

#include "engine/workbench/sensitivity/sensitivity.h"
#include "reports/report.h"

/* A report of what is known after an analysis; texts borrow from it, `command` and the arena. */
rq_status rq_sensitivity_report(rq_report *out, const rq_sensitivity *sensitivity,
                                const char *command, rq_arena *arena);

#endif
