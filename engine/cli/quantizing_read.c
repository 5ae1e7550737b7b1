#include "datasets/generated.h"
#include "engine/base/callbacks.h"
#include "engine/cli/plan_given.h"
#include "engine/cli/plan_options.h"
#include "engine/workbench/quantize/quantize_job.h"
#include "quant/detect.h"

#include <inttypes.h>

#define GENERATED_IMAGES 100

static rq_status refuse_quantized(rq_subject *s)
{
    rq_detection d = rq_detect_quantized(s->graph);
    if (!rq_is_quantized(&d)) return RQ_OK;
    if (!rq_args_has(s->args, "requantize"))
        return rq_fail(RQ_EARG,
                       "%s is quantized already (%zu FakeQuantize, %zu integer weights%s%s); "
                       "quantizing it again only adds error. Start from the FP32 model, or say "
                       "--requantize",
                       s->graph->path, d.n_fake_quantize, d.n_integer_weights,
                       d.marked_by ? ", made by " : "", d.marked_by ? d.marked_by : "");
    rq_log("%s is quantized already: its ranges are dropped, its rounded weights stay",
           s->graph->path);
    return rq_strip_quantization(s->graph);
}

enum { PRECISION_INT8, PRECISION_INT8_WEIGHTS, PRECISION_FP16 };

static rq_status read_plan_options(rq_quantizing *q)
{
    const rq_subject *s = &q->subject;
    static const char *const precisions[] = {"int8", "int8-weights", "fp16", NULL};
    static const char *const rests[] = {"fp32", "fp16", NULL};
    int precision, rest;
    RQ_TRY(rq_settings_choice(&rest, rq_args_settings(s->args), "rest", rests, 0));
    RQ_TRY(rq_settings_choice(&precision, rq_args_settings(s->args), "precision", precisions,
                              PRECISION_INT8));
    q->rest_fp16 = rest == 1;
    q->fp16 = precision == PRECISION_FP16;
    RQ_TRY(rq_plan_options_read(&q->plan_options, s->args, s->choice.arena));
    if (precision == PRECISION_INT8_WEIGHTS)
        q->plan_options.scope.precision = RQ_PRECISION_INT8_WEIGHTS;
    return rq_plan_given_open(&q->given, &q->plan_options, s->args);
}

bool rq_quantizing_has_ranges(const rq_quantizing *q)
{
    return !q->fp16 && q->plan_options.scope.precision == RQ_PRECISION_INT8;
}

bool rq_quantizing_has_real_images(const rq_quantizing *q)
{
    return q->subject.data && !rq_starts_with(q->subject.data, RQ_GENERATED_PREFIX);
}

/* Pictures made up where ranges are needed and nobody gives any. */
static rq_status choose_data(rq_quantizing *q)
{
    rq_subject *s = &q->subject;
    if (s->data || rq_args_has(s->args, "stats") || !rq_quantizing_has_ranges(q)) return RQ_OK;
    s->data = rq_arena_printf(s->choice.arena, RQ_GENERATED_PREFIX "%d:%" PRIu64, GENERATED_IMAGES,
                              s->seed);
    rq_log("no --data: ranges come from %d generated pictures; expect less accuracy than with "
           "images of your own, and check it with --val",
           GENERATED_IMAGES);
    return s->data ? RQ_OK : RQ_ENOMEM;
}

static rq_status choose_paths(rq_quantizing *q)
{
    const rq_args *args = q->subject.args;
    const char *output = rq_args_get(args, "output", NULL);
    const char *suffix = q->fp16 ? "fp16" : rq_quantizing_has_ranges(q) ? "int8" : "int8-weights";
    if (!output)
        return rq_fail(RQ_EARG, "-o is missing: a folder for the results, or a file name.xml");
    return rq_output_paths_make(&q->paths, output, rq_args_operand(args, 0), suffix,
                                q->subject.choice.arena);
}

static rq_status read_model(rq_quantizing *q)
{
    rq_subject *s = &q->subject;
    RQ_TRY(rq_subject_read(s, rq_args_operand(s->args, 0)));
    RQ_TRY(refuse_quantized(s));
    if (q->fp16 && !s->data) return RQ_OK;
    if (s->data || rq_quantizing_has_ranges(q)) RQ_TRY(rq_subject_fit(s));
    RQ_TRY(rq_subject_bind(s));
    if (!q->given) return RQ_OK;
    RQ_TRY(rq_plan_file_check(q->given, s->bound)); /* before images are run */
    return rq_quantizing_follow_moves(q);
}

rq_status rq_quantizing_read(rq_quantizing *q, const rq_args *args)
{
    RQ_TRY(rq_subject_open(&q->subject, args));
    RQ_TRY(read_plan_options(q));
    RQ_TRY(choose_data(q));
    RQ_TRY(choose_paths(q));
    return read_model(q);
}
