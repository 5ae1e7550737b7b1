#include "engine/exec/backend.h"

#include "engine/base/choice.h"

#include <string.h>

#define RQ_BACKEND(name) extern const rq_backend rq_backend_##name;
#include "engine/exec/backends.def"
#undef RQ_BACKEND

static const rq_backend *const backends[] = {
#define RQ_BACKEND(name) &rq_backend_##name,
#include "engine/exec/backends.def"
#undef RQ_BACKEND
};
#define N_BACKENDS (sizeof backends / sizeof backends[0])

const rq_backend *rq_backend_find(const char *name)
{
    if (!name) return backends[0];
    for (size_t i = 0; i < N_BACKENDS; i++)
        if (!strcmp(backends[i]->name, name)) return backends[i];
    return NULL;
}

const rq_backend *rq_backend_at(size_t i)
{
    return i < N_BACKENDS ? backends[i] : NULL;
}

const char *rq_backend_name(const rq_backend *backend)
{
    return backend->name;
}

const char *rq_backend_help(const rq_backend *backend)
{
    return backend->help;
}

const char *rq_backend_version(const rq_backend *backend, const char *library)
{
    return backend->version ? backend->version(library) : NULL;
}

const char *rq_backend_missing(const rq_backend *backend, const char *library)
{
    return backend->missing ? backend->missing(library) : NULL;
}

bool rq_backend_prefers_bf16(const rq_backend *backend, const char *library)
{
    return backend->prefers_bf16 && backend->prefers_bf16(library);
}

/* The one that changes the calling thread's number of threads. */
static const rq_backend *threaded(void)
{
    for (size_t i = 0; i < N_BACKENDS; i++)
        if (backends[i]->threads) return backends[i];
    return NULL;
}

int rq_exec_threads(void)
{
    const rq_backend *backend = threaded();
    return backend ? backend->threads() : 1;
}

void rq_exec_set_threads(int threads)
{
    const rq_backend *backend = threaded();
    if (backend) backend->set_threads(threads);
}

rq_status rq_backend_choose(const rq_backend **out, const rq_exec_options *options)
{
    const char *name = options->backend;
    *out = rq_backend_find(name);
    if (!*out) {
        const char *names[N_BACKENDS];
        for (size_t i = 0; i < N_BACKENDS; i++) names[i] = backends[i]->name;
        return rq_choice_fail(RQ_EARG, name, names, N_BACKENDS, "backend '%s' is unknown", name);
    }
    const char *missing = rq_backend_missing(*out, options->library);
    return missing ? rq_fail(RQ_EUNSUPPORTED, "backend '%s': %s", (*out)->name, missing) : RQ_OK;
}

rq_status rq_backend_check_observes(const rq_exec_options *options)
{
    const rq_backend *backend;
    RQ_TRY(rq_backend_choose(&backend, options));
    if (!backend->opaque) return RQ_OK;
    return rq_fail(RQ_EUNSUPPORTED,
                   "backend '%s' shows no values inside a network; calibrate with another backend",
                   backend->name);
}
