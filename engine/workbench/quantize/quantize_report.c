#include "engine/workbench/quantize/quantize_job.h"
#include "engine/workbench/report/report_build.h"
#include "engine/cli/text/report_print.h"
#include "reports/writers/writer.h"

#include <stdio.h>
#include <string.h>

rq_status rq_quantizing_report(const rq_quantizing *q)
{
    const rq_subject *s = &q->subject;
    const char *data = s->data, *val = rq_args_get(s->args, "val", data);
    bool same = val && data && !strcmp(val, data);
    rq_report_facts facts = {.args = s->args,
                             .model_path = rq_args_operand(s->args, 0),
                             .paths = &q->paths,
                             .model = q->model,
                             .before = s->graph,
                             .after = q->result,
                             .bound = s->bound,
                             .plan = q->plan,
                             .stats = q->stats,
                             .fp16 = q->fp16 || q->rest_fp16 ? &q->fp16_report : NULL,
                             .measuring = q->measuring.measure ? &q->measuring : NULL,
                             .calib = same ? &q->val : &q->calib,
                             .val = q->val.dataset ? &q->val : NULL,
                             .calib_name = data,
                             .val_name = val,
                             .backend = rq_backend_name(rq_backend_find(s->choice.backend)),
                             .target_isa = rq_args_get(s->args, "target-isa", "any"),
                             .speeds = &q->speed,
                             .n_speeds = q->n_speeds,
                             .times_before = q->times_before,
                             .times_after = q->times_after,
                             .steps = q->steps,
                             .n_steps = q->n_steps,
                             .threads = s->threads,
                             .seed = s->seed,
                             .peak_memory = q->peak_memory,
                             .thumbnails = !rq_args_has(s->args, "no-thumbnails")};
    rq_report built;
    RQ_TRY(rq_report_build(&built, &facts, s->choice.arena));
    RQ_TRY(rq_report_save(&built, rq_report_writer_find("json"), q->paths.report_json));
    RQ_TRY(rq_report_save(&built, rq_report_writer_find("html"), q->paths.report_html));
    RQ_TRY(rq_report_print(&built));
    printf("\n  model   %s\n  plan    %s\n  report  %s\n          %s\n", q->paths.xml,
           q->fp16 ? "-" : q->paths.plan, q->paths.report_html, q->paths.report_json);
    return RQ_OK;
}
