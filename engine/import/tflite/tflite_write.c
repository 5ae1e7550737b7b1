#include "engine/import/tflite/tflite_write.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void rq_tflite_fail(rq_tflite_writer *w, rq_status status, const char *format, ...)
{
    char text[512];
    va_list args;
    if (w->status != RQ_OK) return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    w->status = rq_fail(status, "%s: '%s' (%s): %s", w->out->path, w->name, w->row->name, text);
}

/* -- the operator being written --------------------------------------------------------------- */

static rq_tflite_tensor *tensor_of(const rq_tflite_writer *w, rq_flat_vector list, size_t i)
{
    if (i >= list.n) return NULL;
    int64_t index = rq_flat_item_int(&w->model->file, list, i, RQ_DT_I32);
    return rq_tflite_find_tensor(w->graph, index);
}

rq_tflite_tensor *rq_tflite_in_tensor(const rq_tflite_writer *w, size_t i)
{
    return tensor_of(w, w->op->in, i);
}

rq_tflite_tensor *rq_tflite_out_tensor(const rq_tflite_writer *w, size_t i)
{
    return tensor_of(w, w->op->out, i);
}

int64_t rq_tflite_option(rq_tflite_writer *w, unsigned field, rq_dtype dtype, int64_t fallback)
{
    return rq_flat_int(&w->model->file, w->op->options, field, dtype, fallback);
}

double rq_tflite_option_float(rq_tflite_writer *w, unsigned field, double fallback)
{
    return rq_flat_float(&w->model->file, w->op->options, field, fallback);
}

int64_t rq_tflite_custom_int(rq_tflite_writer *w, unsigned i)
{
    rq_flat_vector bytes = w->op->custom_options;
    if (bytes.n >= 4 * (size_t)(i + 1))
        return rq_flat_item_int(&w->model->file, bytes, i, RQ_DT_I32);
    rq_tflite_fail(w, RQ_EFORMAT, "%zu bytes of options", bytes.n);
    return 1;
}

/* -- nodes ------------------------------------------------------------------------------------ */

const char *rq_tflite_new_name(rq_tflite_writer *w, const char *name, const char *what)
{
    rq_arena *arena = w->out->arena;
    if (w->status != RQ_OK) return "";
    const char *made = rq_arena_printf(arena, "%s/%s", name, what);
    for (unsigned k = 1; made && rq_map_get(w->model->names, made) != RQ_NONE; k++)
        made = rq_arena_printf(arena, "%s/%s_%u", name, what, k);
    if (!rq_tflite_ok(w, made ? rq_map_put(w->model->names, made, 0) : RQ_ENOMEM)) return "";
    return made;
}

static rq_framework_node *add_node(rq_tflite_writer *w, const char *type, const char *name,
                                   size_t n_in, size_t n_out)
{
    rq_framework_node *node = NULL;
    if (w->status != RQ_OK) return NULL;
    rq_tflite_ok(w, rq_framework_model_add_node(&node, w->out, name, type, n_in, n_out));
    return w->status == RQ_OK ? node : NULL;
}

const char *rq_tflite_node(rq_tflite_writer *w, const char *type, const char *out,
                           const char *const *in, size_t n_in)
{
    if (!out) out = rq_tflite_new_name(w, w->name, type);
    while (n_in && !in[n_in - 1][0]) n_in--;
    rq_framework_node *node = add_node(w, type, out, n_in, 1);
    if (!node) return "";
    for (size_t i = 0; i < n_in; i++) node->in[i] = in[i];
    node->out[0] = out;
    return out;
}

void rq_tflite_whole_node(rq_tflite_writer *w, const char *type)
{
    size_t n = w->op->in.n;
    const char **in = rq_arena_alloc(w->out->arena, n, sizeof *in);
    if (!rq_tflite_ok(w, in ? RQ_OK : RQ_ENOMEM)) return;
    for (size_t i = 0; i < n; i++) in[i] = rq_tflite_in(w, i); /* may write nodes itself */
    while (n && !in[n - 1][0]) n--;
    rq_framework_node *node = add_node(w, type, w->name, n, w->op->out.n);
    for (size_t i = 0; node && i < n; i++) node->in[i] = in[i];
    for (size_t i = 0; node && i < w->op->out.n; i++) node->out[i] = w->results[i];
}

rq_framework_attr *rq_tflite_attr(rq_tflite_writer *w, const char *name,
                                  rq_framework_attr_kind kind)
{
    rq_framework_attr *attr = NULL;
    if (w->status != RQ_OK) return NULL;
    rq_framework_node *node = &w->out->nodes[w->out->n_nodes - 1];
    rq_tflite_ok(w, rq_framework_model_add_attr(&attr, w->out, node, name, kind));
    return attr;
}

void rq_tflite_attr_int(rq_tflite_writer *w, const char *name, int64_t value)
{
    rq_framework_attr *attr = rq_tflite_attr(w, name, RQ_FRAMEWORK_INT);
    if (attr) attr->i = value;
}

void rq_tflite_attr_float(rq_tflite_writer *w, const char *name, double value)
{
    rq_framework_attr *attr = rq_tflite_attr(w, name, RQ_FRAMEWORK_FLOAT);
    if (attr) attr->f = value;
}

void rq_tflite_attr_text(rq_tflite_writer *w, const char *name, const char *value)
{
    rq_framework_attr *attr = rq_tflite_attr(w, name, RQ_FRAMEWORK_STRING);
    if (!attr) return;
    attr->s = value;
    attr->n = strlen(value);
}

void rq_tflite_attr_dtype(rq_tflite_writer *w, const char *name, rq_dtype dtype)
{
    rq_framework_attr *attr = rq_tflite_attr(w, name, RQ_FRAMEWORK_DTYPE);
    if (attr) attr->i = dtype;
}

void rq_tflite_attr_ints(rq_tflite_writer *w, const char *name, const int64_t *values, size_t n)
{
    rq_framework_attr *attr = rq_tflite_attr(w, name, RQ_FRAMEWORK_INTS);
    int64_t *copy = rq_arena_alloc(w->out->arena, n, sizeof *copy);
    if (!attr || !rq_tflite_ok(w, copy ? RQ_OK : RQ_ENOMEM)) return;
    for (size_t i = 0; i < n; i++) copy[i] = values[i];
    attr->ints = copy;
    attr->n = n;
}

/* -- attributes that the row lists ------------------------------------------------------------- */

static void add_int_list(rq_tflite_writer *w, const char *name, unsigned field)
{
    rq_flat_vector list = rq_flat_list(&w->model->file, w->op->options, field, 4);
    int64_t *values = rq_arena_alloc(w->out->arena, list.n, sizeof *values);
    if (!rq_tflite_ok(w, values ? RQ_OK : RQ_ENOMEM)) return;
    for (size_t i = 0; i < list.n; i++)
        values[i] = rq_flat_item_int(&w->model->file, list, i, RQ_DT_I32);
    rq_tflite_attr_ints(w, name, values, list.n);
}

static void add_float_list(rq_tflite_writer *w, const char *name, unsigned field)
{
    rq_flat_vector list = rq_flat_list(&w->model->file, w->op->options, field, 4);
    rq_framework_attr *attr = rq_tflite_attr(w, name, RQ_FRAMEWORK_FLOATS);
    double *values = rq_arena_alloc(w->out->arena, list.n, sizeof *values);
    if (!attr || !rq_tflite_ok(w, values ? RQ_OK : RQ_ENOMEM)) return;
    for (size_t i = 0; i < list.n; i++) values[i] = rq_flat_item_float(&w->model->file, list, i);
    attr->floats = values;
    attr->n = list.n;
}

static void add_listed(rq_tflite_writer *w, const char *name, char kind, unsigned field)
{
    const rq_tflite_tensor *out = rq_tflite_out_tensor(w, 0);
    switch (kind) {
    case 'f':
        rq_tflite_attr_float(w, name, rq_tflite_option_float(w, field, 0));
        break;
    case 'v':
        add_int_list(w, name, field);
        break;
    case 'F':
        add_float_list(w, name, field);
        break;
    case 'B':
        rq_tflite_attr_int(w, name, rq_tflite_option(w, field, RQ_DT_I8, 1));
        break;
    case 't':
        rq_tflite_attr_dtype(w, name, rq_tflite_dtype(rq_tflite_option(w, field, RQ_DT_I8, 2)));
        break;
    case 'o':
        rq_tflite_attr_dtype(w, name, out ? out->dtype : RQ_DT_UNDEFINED);
        break;
    default:
        rq_tflite_attr_int(w, name,
                           rq_tflite_option(w, field,
                                            kind == 'b'   ? RQ_DT_I8
                                            : kind == 'l' ? RQ_DT_I64
                                                          : RQ_DT_I32,
                                            0));
    }
}

void rq_tflite_attrs_of_row(rq_tflite_writer *w)
{
    for (const char *text = w->row->attrs; *text && w->status == RQ_OK;) {
        size_t length = strcspn(text, " ");
        const char *name = rq_arena_strndup(w->out->arena, text, length);
        unsigned field = 0;
        if (!rq_tflite_ok(w, name ? RQ_OK : RQ_ENOMEM)) return;
        char kind = text[length + 1];
        for (text += length + 2; *text && *text != ','; text++)
            if (*text != ' ') field = field * 10 + (unsigned)(*text - '0');
        add_listed(w, name, kind, field);
        if (*text) text++;
    }
}

/* -- constants -------------------------------------------------------------------------------- */

const char *rq_tflite_constant(rq_tflite_writer *w, const char *what, const rq_tensor *tensor)
{
    const char *name = rq_tflite_new_name(w, w->name, what);
    if (w->status == RQ_OK)
        rq_tflite_ok(w, rq_framework_model_add_constant(w->model->source, name, tensor));
    return name;
}

static const char *add_ints(rq_tflite_writer *w, const int64_t *values, const rq_shape *shape)
{
    size_t n = rq_shape_count(shape);
    int32_t *copy = rq_arena_alloc(w->out->arena, n, sizeof *copy);
    if (!rq_tflite_ok(w, copy ? RQ_OK : RQ_ENOMEM)) return "";
    for (size_t i = 0; i < n; i++) copy[i] = (int32_t)values[i];
    return rq_tflite_constant(w, "Const", &(rq_tensor){RQ_DT_I32, *shape, copy});
}

const char *rq_tflite_ints(rq_tflite_writer *w, const int64_t *values, size_t n)
{
    return add_ints(w, values, &(rq_shape){1, {(int64_t)n}});
}

const char *rq_tflite_int(rq_tflite_writer *w, int64_t value)
{
    return add_ints(w, &value, &RQ_SHAPE_SCALAR);
}

const char *rq_tflite_float(rq_tflite_writer *w, double value)
{
    float *copy = rq_arena_alloc(w->out->arena, 1, sizeof *copy);
    if (!rq_tflite_ok(w, copy ? RQ_OK : RQ_ENOMEM)) return "";
    *copy = (float)value;
    return rq_tflite_constant(w, "Const", &(rq_tensor){RQ_DT_F32, RQ_SHAPE_SCALAR, copy});
}
