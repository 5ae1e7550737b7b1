#include "engine/workbench/quantize/quantize_job.h"

#include "engine/workbench/report/report_build.h"
#include "reports/writers/writer.h"

#include <string.h>

rq_status rq_quantize_report(rq_quantization *q)
{
    const rq_workload *w = &q->workload;
    const rq_quantize_options *o = q->options;
    const char *val = o->val ? o->val : w->data;
    bool same = val && w->data && !strcmp(val, w->data);
    rq_report_facts facts = {.command = o->command,
                             .model_path = w->graph->path,
                             .paths = &q->paths,
                             .model = q->model,
                             .before = w->graph,
                             .after = q->result,
                             .bound = w->bound,
                             .plan = q->plan,
                             .stats = q->stats,
                             .fp16 = o->fp16 || o->float_fp16 ? &q->fp16_report : NULL,
                             .evaluation = q->evaluation.measure ? &q->evaluation : NULL,
                             .calib = same ? &q->val : &w->images,
                             .val = q->val.dataset ? &q->val : NULL,
                             .calib_name = w->data,
                             .val_name = val,
                             .backend = rq_backend_name(rq_backend_find(w->exec.backend)),
                             .target_isa = o->target_isa,
                             .speeds = &q->speed,
                             .n_speeds = q->n_speeds,
                             .times_before = q->times_before,
                             .times_after = q->times_after,
                             .steps = q->steps,
                             .n_steps = q->n_steps,
                             .threads = w->threads,
                             .seed = w->seed,
                             .peak_memory = q->peak_memory,
                             .thumbnails = o->thumbnails};
    RQ_TRY(rq_report_build(&q->report, &facts, w->arena));
    RQ_TRY(rq_report_save(&q->report, rq_report_writer_find("json"), q->paths.report_json));
    return rq_report_save(&q->report, rq_report_writer_find("html"), q->paths.report_html);
}
