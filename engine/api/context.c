#include "engine/api/context.h"

#include "engine/api/options/workload_options.h"
#include "engine/base/mem.h"
#include "engine/base/version.h"
#include "engine/exec/exec.h"

#include <stdlib.h>

const char *rq_version(void)
{
    return RQ_VERSION;
}

rq_context_options rq_context_options_default(void)
{
    return (rq_context_options){.image_memory = RQ_IMAGE_MEMORY};
}

rq_status rq_context_create(rq_context **out, const rq_context_options *options)
{
    *out = NULL;
    if (options && options->threads > RQ_MAX_THREADS)
        return rq_fail(RQ_EARG, "%u threads: expected at most %d", options->threads,
                       RQ_MAX_THREADS);
    RQ_TRY(rq_calloc(out, 1, sizeof **out, "a context"));
    (*out)->options = options ? *options : rq_context_options_default();
    (*out)->plain = newlocale(LC_ALL_MASK, "C", NULL);
    if ((*out)->plain) return RQ_OK;
    rq_context_destroy(out);
    return rq_fail_memory(0, "a context");
}

void rq_context_destroy(rq_context **context)
{
    if (!context || !*context) return;
    if ((*context)->plain) freelocale((*context)->plain);
    free(*context);
    *context = NULL;
}

rq_api_call rq_api_enter(const rq_context *context)
{
    return (rq_api_call){.callbacks = rq_callbacks_install(&context->options.callbacks),
                         .locale = uselocale(context->plain),
                         .openmp = rq_exec_threads()};
}

void rq_api_leave(const rq_api_call *call)
{
    rq_callbacks_install(call->callbacks);
    uselocale(call->locale);
    rq_exec_set_threads(call->openmp);
}

rq_status rq_api_workload(rq_workload *out, const rq_context *context, const rq_settings *settings)
{
    rq_status status = rq_workload_options_read(out, settings);
    if (context->options.threads) out->threads = context->options.threads;
    if (!rq_settings_has(settings, "memory")) out->memory = context->options.image_memory;
    return status;
}
