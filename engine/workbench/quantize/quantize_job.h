/* The main job: from a model and images to an INT8 or FP16 model and a report of what changed. */
#ifndef RQ_WORKBENCH_QUANTIZE_QUANTIZE_JOB_H
#define RQ_WORKBENCH_QUANTIZE_QUANTIZE_JOB_H

#include "engine/workbench/report/finish.h"
#include "engine/workbench/search/decide.h"

/* Texts and what is pointed to are borrowed. */
typedef struct rq_quantize_options {
    rq_decide_options decide; /* its paths of statistics are set by rq_quantize_run */
    bool float_fp16;          /* FP16 for constants that INT8 leaves, too */
    bool requantize;          /* accept a model that is quantized already */
    const char *output;       /* a folder, or the model's file name ending in .xml or .onnx */
    rq_qdq qdq;               /* codes, of ONNX */
    rq_data_source val;       /* see rq_finish_open_val */
    const char *labels;       /* likewise */
    bool thumbnails;          /* of the worst images, in the report */
    double speed_seconds;     /* about how long speed is measured; 0: not at all */
    const char *command;      /* what was asked for, as one text: for the report */
    const char *lint;         /* likewise: the command that checks its preprocessing */
    const char *evaluate;     /* likewise: the one that measures what was written in OpenVINO */
    const char *tune;         /* likewise: the one that meets a budget, without that */
    const char *target_isa;   /* as the user names it: for the report */
} rq_quantize_options;

typedef struct rq_quantization {
    const rq_quantize_options *options;
    rq_output_folder output;
    rq_steps steps;
    rq_decision decision; /* for FP16: only its workload */
    rq_images val;        /* images to measure with */
    rq_finished finished;
} rq_quantization;

/* Prepares a workload that has its model and options: a model that is quantized already is refused,
 * or a stripped copy takes its place; without data, ranges come from generated pictures. Fits,
 * prepares the graph (rules of the options' scope for layers that are gone are left out), binds and
 * lists as far as the precision needs it. */
rq_status rq_quantize_open(rq_workload *workload, rq_quantize_options *options);
/* Everything: writes model, plan and reports. The workload was opened as above and outlives `out`.
 * After a failure too, to be closed. */
rq_status rq_quantize_run(rq_quantization *out, rq_workload *workload,
                          const rq_quantize_options *options);
void rq_quantization_close(rq_quantization *quantization);

/* Its parts before rq_finish_commit: folder, first checks and plan, writing only statistics; and
 * what rq_finish_run is asked, of what was decided and rq_finish_open_val. */
rq_status rq_quantize_decide(rq_quantization *out, rq_workload *workload,
                             const rq_quantize_options *options);
rq_finish_options rq_quantize_finish_options(rq_quantization *quantization);

#endif
