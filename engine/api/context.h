/* Contexts and options from inside, and what every public call begins and ends with. */
#ifndef RQ_API_CONTEXT_H
#define RQ_API_CONTEXT_H

#include "engine/api/options/procedures.h"
#include "engine/api/requant.h"
#include "engine/base/callbacks.h"
#include "engine/base/settings.h"
#include "engine/run/workload.h"

#include <locale.h>

struct rq_context {
    rq_context_options options;
    locale_t plain; /* the C locale */
};

struct rq_options {
    const rq_procedure *procedure;
    rq_option_list list;
    rq_arena *arena; /* of the texts */
    rq_settings settings;
};

/* What a call changes of its thread, to be put back: whom to tell, numbers with a decimal point
 * whatever the program's locale, and what backends set. The thread pool hands the first two on. */
typedef struct rq_api_call {
    const rq_callbacks *callbacks;
    locale_t locale;
    int openmp; /* threads of a parallel region */
} rq_api_call;

rq_api_call rq_api_enter(const rq_context *context);
void rq_api_leave(const rq_api_call *call);

/* The settings of `options`, which may be NULL; RQ_EARG when they are another procedure's. */
rq_status rq_options_of(const rq_settings **out, const rq_options *options, const char *procedure);

/* "requant quantize MODEL --data DIR ...": the command that does the same, as a shell takes it. */
rq_status rq_options_command(const char **out, const char *procedure, const char *const *operands,
                             size_t n, const rq_settings *settings, rq_arena *arena);

/* "requant lint MODEL --data DIR ...": what checks preprocessing and images of the same settings.
 */
rq_status rq_options_lint_command(const char **out, const char *model, const rq_settings *settings,
                                  rq_arena *arena);
/* "requant evaluate --backend openvino MODEL --data DIR ...": what measures a model that was
 * written on the same images, as OpenVINO runs it. */
rq_status rq_options_evaluate_command(const char **out, const char *model,
                                      const rq_settings *settings, rq_arena *arena);
/* "requant tune MODEL --data DIR ... --output OUT-tuned": what meets a budget, which is to be
 * added, with the same images and options. */
rq_status rq_options_tune_command(const char **out, const char *model, const rq_settings *settings,
                                  rq_arena *arena);

/* A workload as the settings want it, with the context's threads and memory. */
rq_status rq_api_workload(rq_workload *out, const rq_context *context, const rq_settings *settings);

#endif
