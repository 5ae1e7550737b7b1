/* What layers cost, for those who choose which stay in floating point. */
#include "engine/base/map.h"
#include "engine/workbench/report/report_build.h"

static void put(rq_report *report, const rq_map *rows, const rq_layer_cost *cost)
{
    uint32_t at = rq_map_get(rows, cost->name);
    if (at == RQ_NONE) return;
    rq_report_layer *row = &report->layers[at];
    row->error_alone = cost->error;
    row->float_ms = cost->float_ms;
    if (cost->excluded) row->excluded = "yes";
}

rq_status rq_report_add_costs(rq_report *report, const rq_layer_cost *costs, size_t n)
{
    rq_map *rows;
    rq_status status = RQ_OK;
    if (n == 0) return RQ_OK;
    RQ_TRY(rq_map_create(&rows));
    for (size_t i = 0; status == RQ_OK && i < report->n_layers; i++)
        status = rq_map_put(rows, report->layers[i].name, (uint32_t)i);
    for (size_t i = 0; status == RQ_OK && i < n; i++) put(report, rows, &costs[i]);
    rq_map_destroy(&rows);
    return status;
}
