/* Running parts of models by ONNX Runtime. */
#include "engine/exec/framework_permission.h"
#include "engine/exec/framework_run.h"
#include "engine/exec/library_search.h"
#include "engine/exec/onnx_part.h"
#include "engine/base/formats/onnx_dtype.h"
#include "engine/ops/common/framework_call.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Its C API is a table of functions; version 1 of it, which does not change any more, has these at
 * these places. A status is NULL for success. */
typedef struct ort_base {
    void *const *(*get_api)(uint32_t version);
    const char *(*version)(void);
} ort_base;

enum {
    ORT_MESSAGE = 2,
    ORT_CREATE_ENV = 3,
    ORT_CREATE_SESSION_FROM_ARRAY = 8,
    ORT_RUN = 9,
    ORT_CREATE_SESSION_OPTIONS = 10,
    ORT_SET_INTRA_THREADS = 24,
    ORT_CREATE_TENSOR_WITH_DATA = 49,
    ORT_TENSOR_DATA = 51,
    ORT_ELEMENT_TYPE = 60,
    ORT_DIMENSIONS_COUNT = 61,
    ORT_DIMENSIONS = 62,
    ORT_TYPE_AND_SHAPE = 65,
    ORT_CREATE_CPU_MEMORY_INFO = 69,
    ORT_RELEASE_STATUS = 93,
    ORT_RELEASE_VALUE = 96,
    ORT_RELEASE_TYPE_AND_SHAPE = 99,
    ORT_RELEASE_SESSION_OPTIONS = 100
};

typedef void *status_fn_1(void *);
typedef void *status_fn_2(void *, void *);
typedef void *create_env_fn(int level, const char *name, void **out);
typedef void *create_session_fn(void *env, const void *data, size_t size, void *options,
                                void **out);
typedef void *run_fn(void *session, void *options, const char *const *in_names, void *const *in,
                     size_t n_in, const char *const *out_names, size_t n_out, void **out);
typedef void *create_tensor_fn(void *info, void *data, size_t bytes, const int64_t *shape,
                               size_t rank, int type, void **out);
typedef void *element_type_fn(void *info, int *out);
typedef void *count_fn(void *info, size_t *out);
typedef void *dimensions_fn(void *info, int64_t *out, size_t n);
typedef void *set_threads_fn(void *options, int n);
typedef void *memory_info_fn(int allocator, int kind, void **out);
typedef void release_fn(void *object);
typedef const char *message_fn(void *status);

/* One for each part of a file; they stay for the life of the process. */
typedef struct session session;
struct session {
    session *next;
    char *key; /* file, feeds, fetches */
    void *ort;
    rq_dtype types[RQ_FRAMEWORK_PORTS]; /* of the feeds */
};

static void *const *api;
static void *env, *memory_info;
static session *sessions; /* under the permission's mutex, as all here */
static rq_framework_permission permission = RQ_FRAMEWORK_PERMISSION_INIT;

rq_status rq_framework_allow_onnxruntime(const char *path)
{
    return rq_framework_permit(&permission, path);
}

/* The function at a place of the table, as that type. */
#define ORT(type, place) (*(type *const *)(const void *)&api[place])

/* -- loading ---------------------------------------------------------------------------------- */

static rq_status check(void *status, const char *what)
{
    if (!status) return RQ_OK;
    rq_status result = rq_fail(RQ_EUNSUPPORTED, "ONNX Runtime: %s: %s", what,
                               ORT(message_fn, ORT_MESSAGE)(status));
    ORT(release_fn, ORT_RELEASE_STATUS)(status);
    return result;
}

/* With the mutex held. */
static rq_status load(void)
{
    static const rq_library_place place = {
        .file = "libonnxruntime.so", .module = "onnxruntime", .folder = "capi"};
    if (memory_info) return RQ_OK;
    void *handle = rq_library_search(&place, permission.library);
    void *symbol = handle ? dlsym(handle, "OrtGetApiBase") : NULL;
    const ort_base *(*base)(void);
    if (!symbol)
        return rq_fail(RQ_EUNSUPPORTED,
                       "ONNX Runtime's library was not found; `python3 -m venv ~/ort && "
                       "~/ort/bin/pip install onnxruntime` brings it, --onnxruntime "
                       "~/ort/lib/python3*/site-packages/onnxruntime/capi names it");
    memcpy(&base, &symbol, sizeof symbol);
    api = base()->get_api(1);
    if (!api)
        return rq_fail(RQ_EUNSUPPORTED, "ONNX Runtime %s lacks its first API", base()->version());
    RQ_TRY(check(ORT(create_env_fn, ORT_CREATE_ENV)(3, "requant", &env), "start"));
    return check(ORT(memory_info_fn, ORT_CREATE_CPU_MEMORY_INFO)(0, 0, &memory_info), "start");
}

/* One thread: requant's workers run it side by side. */
static rq_status create_session(session *s, const uint8_t *data, size_t size)
{
    void *options = NULL;
    RQ_TRY(check(ORT(status_fn_1, ORT_CREATE_SESSION_OPTIONS)(&options), "options"));
    rq_status status = check(ORT(set_threads_fn, ORT_SET_INTRA_THREADS)(options, 1), "options");
    if (status == RQ_OK)
        status = check(ORT(create_session_fn, ORT_CREATE_SESSION_FROM_ARRAY)(env, data, size,
                                                                             options, &s->ort),
                       "load the part");
    ORT(release_fn, ORT_RELEASE_SESSION_OPTIONS)(options);
    return status;
}

static rq_status open_session(session *s, const char *file, const char *feeds, const char *fetches,
                              const rq_tensor *in, size_t n_in)
{
    uint8_t *data = NULL;
    size_t size;
    rq_status status = rq_onnx_part(&data, &size, s->types, file, feeds, fetches, in, n_in);
    if (status == RQ_OK) status = create_session(s, data, size);
    free(data);
    return status;
}

static rq_status add_session(session **out, char *key, const char *file, const char *feeds,
                             const char *fetches, const rq_tensor *in, size_t n_in)
{
    session *s;
    RQ_TRY(rq_calloc(&s, 1, sizeof *s, "a session of ONNX Runtime"));
    rq_status status = open_session(s, file, feeds, fetches, in, n_in);
    if (status != RQ_OK) {
        free(s);
        return status;
    }
    s->key = key;
    s->next = sessions;
    sessions = s;
    *out = s;
    return RQ_OK;
}

/* With the mutex held. */
static rq_status find_session(session **out, const char *file, const char *feeds,
                              const char *fetches, const rq_tensor *in, size_t n_in)
{
    if (!permission.given)
        return rq_fail(RQ_EUNSUPPORTED,
                       "ONNX Runtime computes a part of it, from %s: --onnxruntime found permits "
                       "that (only for models that you trust)",
                       file);
    RQ_TRY(load());
    size_t size = strlen(file) + strlen(feeds) + strlen(fetches) + 3;
    char *key = malloc(size);
    if (!key) return rq_fail_memory(size, "a session of ONNX Runtime");
    snprintf(key, size, "%s\n%s\n%s", file, feeds, fetches);
    for (*out = sessions; *out && strcmp((*out)->key, key) != 0;) *out = (*out)->next;
    rq_status status = *out ? RQ_OK : add_session(out, key, file, feeds, fetches, in, n_in);
    if (!*out || (*out)->key != key) free(key);
    return status;
}

/* -- running ---------------------------------------------------------------------------------- */

typedef struct call {
    const session *session;
    char names[2][RQ_FRAMEWORK_PORTS][RQ_FRAMEWORK_NAME];
    const char *lists[2][RQ_FRAMEWORK_PORTS];
    void *in[RQ_FRAMEWORK_PORTS], *out[RQ_FRAMEWORK_PORTS];
    void *data[RQ_FRAMEWORK_PORTS]; /* of the inputs */
    size_t n_in, n_out;
} call;

static rq_status feed(call *c, size_t i, const rq_tensor *from)
{
    rq_tensor to = {c->session->types[i], from->shape, NULL};
    size_t bytes = rq_tensor_bytes(&to), n = rq_tensor_count(from);
    RQ_TRY(rq_alloc_aligned(&c->data[i], bytes + 1, "an input of ONNX Runtime"));
    if (n) RQ_TRY(rq_convert(c->data[i], to.dtype, from->data, from->dtype, n));
    return check(ORT(create_tensor_fn, ORT_CREATE_TENSOR_WITH_DATA)(
                     memory_info, c->data[i], bytes, from->shape.d, (size_t)from->shape.rank,
                     rq_onnx_dtype_number(to.dtype), &c->in[i]),
                 "take an input");
}

static rq_status read_type(rq_tensor *t, void *info)
{
    int type = 0;
    size_t rank = 0;
    RQ_TRY(check(ORT(element_type_fn, ORT_ELEMENT_TYPE)(info, &type), "an output's type"));
    RQ_TRY(check(ORT(count_fn, ORT_DIMENSIONS_COUNT)(info, &rank), "an output's shape"));
    t->dtype = rq_onnx_dtype(type);
    if (rq_dtype_bits(t->dtype) < 8 || rank > RQ_MAX_RANK)
        return rq_fail(RQ_EUNSUPPORTED, "an output of ONNX's type %d with %zu dimensions", type,
                       rank);
    t->shape.rank = (int)rank;
    RQ_TRY(check(ORT(dimensions_fn, ORT_DIMENSIONS)(info, t->shape.d, rank), "an output's shape"));
    return rq_shape_check(&t->shape, false, "an output of ONNX Runtime");
}

static rq_status fetch(const call *c, size_t i, rq_framework_take *take, void *ctx)
{
    void *info = NULL;
    rq_tensor t = {0};
    RQ_TRY(check(ORT(status_fn_2, ORT_TYPE_AND_SHAPE)(c->out[i], &info), "an output's shape"));
    rq_status status = read_type(&t, info);
    ORT(release_fn, ORT_RELEASE_TYPE_AND_SHAPE)(info);
    RQ_TRY(status);
    RQ_TRY(check(ORT(status_fn_2, ORT_TENSOR_DATA)(c->out[i], &t.data), "an output"));
    return take(ctx, i, &t);
}

static rq_status read_names(call *c, size_t *n, int which, const char *list)
{
    *n = rq_framework_call_count(list, ',');
    if (*n > RQ_FRAMEWORK_PORTS)
        return rq_fail(RQ_EUNSUPPORTED, "%zu values, expected at most %d", *n, RQ_FRAMEWORK_PORTS);
    for (size_t i = 0; i < *n; i++) {
        if (!rq_framework_call_name(c->names[which][i], list, ',', i))
            return rq_fail(RQ_EFORMAT, "'%s' has no value %zu", list, i);
        c->lists[which][i] = c->names[which][i];
    }
    return RQ_OK;
}

static rq_status run_call(call *c, const rq_tensor *in, rq_framework_take *take, void *ctx)
{
    for (size_t i = 0; i < c->n_in; i++) RQ_TRY(feed(c, i, &in[i]));
    RQ_TRY(check(ORT(run_fn, ORT_RUN)(c->session->ort, NULL, c->lists[0], c->in, c->n_in,
                                      c->lists[1], c->n_out, c->out),
                 "run the part"));
    for (size_t i = 0; i < c->n_out; i++) RQ_TRY(fetch(c, i, take, ctx));
    return RQ_OK;
}

rq_status rq_onnxruntime_run(const char *file, const char *feeds, const char *fetches,
                             const rq_tensor *in, size_t n_in, rq_framework_take *take, void *ctx)
{
    call *c;
    session *s = NULL;
    RQ_TRY(rq_calloc(&c, 1, sizeof *c, "a call of ONNX Runtime"));
    rq_status status = read_names(c, &c->n_in, 0, feeds);
    if (status == RQ_OK) status = read_names(c, &c->n_out, 1, fetches);
    if (status == RQ_OK && c->n_in != n_in)
        status = rq_fail(RQ_EFORMAT, "%zu inputs for feeds '%s'", n_in, feeds);
    if (status == RQ_OK) {
        pthread_mutex_lock(&permission.mutex);
        status = find_session(&s, file, feeds, fetches, in, n_in);
        pthread_mutex_unlock(&permission.mutex);
    }
    c->session = s;
    if (status == RQ_OK) status = run_call(c, in, take, ctx);
    for (size_t i = 0; i < RQ_FRAMEWORK_PORTS; i++) {
        if (c->in[i]) ORT(release_fn, ORT_RELEASE_VALUE)(c->in[i]);
        if (c->out[i]) ORT(release_fn, ORT_RELEASE_VALUE)(c->out[i]);
        free(c->data[i]);
    }
    free(c);
    return status;
}
