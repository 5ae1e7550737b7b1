#include "engine/api/context.h"

#include "engine/api/options/workload_options.h"
#include "engine/base/mem.h"
#include "engine/base/threads.h"
#include "engine/base/version.h"

#include <stdlib.h>

#define MAX_THREADS 1024

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
    if (options && options->threads > MAX_THREADS)
        return rq_fail(RQ_EARG, "%u threads: expected at most %d", options->threads, MAX_THREADS);
    RQ_TRY(rq_calloc(out, 1, sizeof **out, "a context"));
    (*out)->options = options ? *options : rq_context_options_default();
    return RQ_OK;
}

void rq_context_destroy(rq_context **context)
{
    if (!context) return;
    free(*context);
    *context = NULL;
}

const rq_callbacks *rq_call_begin(const rq_context *context)
{
    return rq_callbacks_install(&context->options.callbacks);
}

void rq_call_end(const rq_callbacks *before)
{
    rq_callbacks_install(before);
}

rq_status rq_call_workload(rq_workload *out, const rq_context *context, const rq_settings *settings)
{
    rq_status status = rq_workload_options_read(out, settings);
    out->threads = context->options.threads ? context->options.threads : rq_cpu_count();
    out->memory = context->options.image_memory;
    return status;
}
