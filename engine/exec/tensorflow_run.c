/* Running parts of models by TensorFlow. */
#include "engine/base/file.h"
#include "engine/exec/framework_permission.h"
#include "engine/exec/framework_run.h"
#include "engine/exec/tensorflow_library.h"
#include "engine/ops/common/framework_call.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BYTES ((size_t)2 << 30) /* protocol buffers' own limit */

/* One for each file; they stay for the life of the process. */
typedef struct model model;
struct model {
    model *next;
    char *file;
    TF_Graph *graph;
    TF_Session *session;
};

static model *models; /* under the permission's mutex */
static rq_framework_permission permission = RQ_FRAMEWORK_PERMISSION_INIT;

rq_status rq_framework_allow_tensorflow(const char *path)
{
    return rq_framework_permit(&permission, path);
}

/* -- loading ---------------------------------------------------------------------------------- */

static rq_status failed(const rq_tensorflow *tf, const TF_Status *status, const char *file)
{
    return rq_fail(RQ_EUNSUPPORTED, "%s: TensorFlow: %s", file, tf->message(status));
}

static rq_status import_frozen(const rq_tensorflow *tf, model *m, const TF_SessionOptions *options,
                               TF_Status *status)
{
    char *data;
    size_t size;
    RQ_TRY(rq_read_file(&data, &size, m->file, MAX_BYTES));
    TF_Buffer *buffer = tf->new_buffer(data, size);
    TF_ImportGraphDefOptions *import_options = tf->new_import_options();
    tf->import_graph(m->graph, buffer, import_options, status);
    tf->delete_import_options(import_options);
    tf->delete_buffer(buffer);
    free(data);
    if (tf->code(status) == 0) m->session = tf->new_session(m->graph, options, status);
    return tf->code(status) == 0 ? RQ_OK : failed(tf, status, m->file);
}

/* One thread: requant's workers run it side by side, and sums stay in one order. */
static rq_status open_session(const rq_tensorflow *tf, model *m)
{
    static const uint8_t one_thread[] = {2 << 3, 1, 5 << 3,
                                         1}; /* ConfigProto: intra_op, inter_op */
    const char *tag = "serve";
    TF_Status *status = tf->new_status();
    TF_SessionOptions *options = tf->new_session_options();
    rq_status result = RQ_OK;
    m->graph = tf->new_graph();
    tf->set_config(options, one_thread, sizeof one_thread, status);
    if (tf->code(status) == 0 && rq_is_dir(m->file))
        m->session = tf->load_saved_model(options, NULL, m->file, &tag, 1, m->graph, NULL, status);
    else if (tf->code(status) == 0)
        result = import_frozen(tf, m, options, status);
    if (result == RQ_OK && tf->code(status) != 0) result = failed(tf, status, m->file);
    tf->delete_session_options(options);
    tf->delete_status(status);
    return result;
}

static rq_status add_model(model **out, const rq_tensorflow *tf, const char *file)
{
    model *m;
    RQ_TRY(rq_calloc(&m, 1, sizeof *m, "a model of TensorFlow"));
    m->file = strdup(file);
    rq_status status = m->file ? open_session(tf, m) : rq_fail_memory(strlen(file), "a path");
    if (status != RQ_OK) {
        free(m->file);
        free(m); /* what TensorFlow made of it stays with TensorFlow */
        return status;
    }
    m->next = models;
    models = m;
    *out = m;
    return RQ_OK;
}

/* With the mutex held. */
static rq_status find_model(model **out, const rq_tensorflow **tf, const char *file)
{
    const char *why;
    if (!permission.given)
        return rq_fail(RQ_EUNSUPPORTED,
                       "TensorFlow computes a part of it, from %s: --tensorflow found permits that "
                       "(TensorFlow's graphs can read and write files: only for models that you "
                       "trust)",
                       file);
    *tf = rq_tensorflow_get(&why, permission.library);
    if (!*tf) return rq_fail(RQ_EUNSUPPORTED, "%s", why);
    for (*out = models; *out; *out = (*out)->next)
        if (!strcmp((*out)->file, file)) return RQ_OK;
    return add_model(out, *tf, file);
}

/* -- running ---------------------------------------------------------------------------------- */

static const struct {
    int type;
    rq_dtype dtype;
} types[] = {
    {1, RQ_DT_F32},  {2, RQ_DT_F64},  {3, RQ_DT_I32},   {4, RQ_DT_U8},    {5, RQ_DT_I16},
    {6, RQ_DT_I8},   {9, RQ_DT_I64},  {10, RQ_DT_BOOL}, {14, RQ_DT_BF16}, {17, RQ_DT_U16},
    {19, RQ_DT_F16}, {22, RQ_DT_U32}, {23, RQ_DT_U64},
};

static rq_dtype dtype_of(int type)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].type == type) return types[i].dtype;
    return RQ_DT_UNDEFINED;
}

typedef struct call {
    const rq_tensorflow *tf;
    const model *model;
    TF_Status *status;
    TF_Output feeds[RQ_FRAMEWORK_PORTS], fetches[RQ_FRAMEWORK_PORTS];
    TF_Tensor *in[RQ_FRAMEWORK_PORTS], *out[RQ_FRAMEWORK_PORTS];
    size_t n_feeds, n_fetches;
} call;

/* "name" or "name:2" */
static rq_status find_value(TF_Output *out, const call *c, const char *list, size_t index)
{
    char name[RQ_FRAMEWORK_NAME];
    int64_t port = 0;
    if (!rq_framework_call_name(name, list, ',', index))
        return rq_fail(RQ_EFORMAT, "'%s' has no value %zu", list, index);
    char *colon = strrchr(name, ':');
    if (colon && rq_parse_i64(colon + 1, &port)) *colon = '\0';
    out->oper = c->tf->find(c->model->graph, name);
    out->index = (int)port;
    if (out->oper && port >= 0 && port < c->tf->outputs(out->oper)) return RQ_OK;
    return rq_fail(RQ_EFORMAT, "%s has no value '%s:%d'", c->model->file, name, (int)port);
}

static rq_status find_values(TF_Output *out, size_t *n, const call *c, const char *list)
{
    *n = rq_framework_call_count(list, ',');
    if (*n > RQ_FRAMEWORK_PORTS)
        return rq_fail(RQ_EUNSUPPORTED, "%zu values, expected at most %d", *n, RQ_FRAMEWORK_PORTS);
    for (size_t i = 0; i < *n; i++) RQ_TRY(find_value(&out[i], c, list, i));
    return RQ_OK;
}

static rq_status feed(call *c, size_t i, const rq_tensor *from)
{
    int type = c->tf->output_type(c->feeds[i]);
    rq_tensor to = {dtype_of(type), from->shape, NULL};
    if (to.dtype == RQ_DT_UNDEFINED)
        return rq_fail(RQ_EUNSUPPORTED, "input %zu is of TensorFlow's type %d", i, type);
    c->in[i] = c->tf->allocate(type, from->shape.d, from->shape.rank, rq_tensor_bytes(&to));
    if (!c->in[i]) return rq_fail_memory(rq_tensor_bytes(&to), "an input of TensorFlow");
    size_t n = rq_tensor_count(from);
    return n ? rq_convert(c->tf->data(c->in[i]), to.dtype, from->data, from->dtype, n) : RQ_OK;
}

static rq_status fetch(const call *c, size_t i, rq_framework_take *take, void *ctx)
{
    const rq_tensorflow *tf = c->tf;
    rq_tensor t = {
        dtype_of(tf->type(c->out[i])), {.rank = tf->rank(c->out[i])}, tf->data(c->out[i])};
    if (t.dtype == RQ_DT_UNDEFINED || t.shape.rank < 0 || t.shape.rank > RQ_MAX_RANK)
        return rq_fail(RQ_EUNSUPPORTED, "output %zu is of TensorFlow's type %d and rank %d", i,
                       tf->type(c->out[i]), tf->rank(c->out[i]));
    for (int k = 0; k < t.shape.rank; k++) t.shape.d[k] = tf->dim(c->out[i], k);
    RQ_TRY(rq_shape_check(&t.shape, false, "an output of TensorFlow"));
    if (tf->bytes(c->out[i]) != rq_tensor_bytes(&t))
        return rq_fail(RQ_EFORMAT, "output %zu of TensorFlow has %zu bytes, not %zu", i,
                       tf->bytes(c->out[i]), rq_tensor_bytes(&t));
    return take(ctx, i, &t);
}

static rq_status run_call(call *c, const char *feeds, const char *fetches, const rq_tensor *in,
                          size_t n_in, rq_framework_take *take, void *ctx)
{
    RQ_TRY(find_values(c->feeds, &c->n_feeds, c, feeds));
    RQ_TRY(find_values(c->fetches, &c->n_fetches, c, fetches));
    if (c->n_feeds != n_in) return rq_fail(RQ_EFORMAT, "%zu inputs for feeds '%s'", n_in, feeds);
    for (size_t i = 0; i < n_in; i++) RQ_TRY(feed(c, i, &in[i]));
    c->tf->run(c->model->session, NULL, c->feeds, c->in, (int)n_in, c->fetches, c->out,
               (int)c->n_fetches, NULL, 0, NULL, c->status);
    if (c->tf->code(c->status) != 0) return failed(c->tf, c->status, c->model->file);
    for (size_t i = 0; i < c->n_fetches; i++) RQ_TRY(fetch(c, i, take, ctx));
    return RQ_OK;
}

rq_status rq_tensorflow_run(const char *file, const char *feeds, const char *fetches,
                            const rq_tensor *in, size_t n_in, rq_framework_take *take, void *ctx)
{
    call c = {0};
    model *m = NULL;
    pthread_mutex_lock(&permission.mutex);
    rq_status status = find_model(&m, &c.tf, file);
    pthread_mutex_unlock(&permission.mutex);
    RQ_TRY(status);
    c.model = m;
    c.status = c.tf->new_status();
    status = run_call(&c, feeds, fetches, in, n_in, take, ctx);
    for (size_t i = 0; i < RQ_FRAMEWORK_PORTS; i++) {
        if (c.in[i]) c.tf->delete_tensor(c.in[i]);
        if (c.out[i]) c.tf->delete_tensor(c.out[i]);
    }
    c.tf->delete_status(c.status);
    return status;
}
