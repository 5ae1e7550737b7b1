/* MediaPipe's maxima with their places in the window, row * width + column, and what puts values
 * back there. Options are TfLitePoolParams. */
#include "engine/import/tflite/tflite_write.h"

enum { PADDING, STRIDE_W, STRIDE_H, WINDOW_W, WINDOW_H, ACTIVATION, VALID = 2 };
enum { MAX_SIDE = 16384 }; /* so that places of pixels are 32-bit numbers */
enum { RELU = 1, RELU6 = 3 };

/* Of each: [0] down, [1] across. */
typedef struct window {
    int64_t in[2], out[2], size[2], stride[2];
    bool valid;
} window;

static bool read_window(window *p, rq_tflite_writer *w)
{
    const rq_tflite_tensor *in = rq_tflite_in_tensor(w, 0), *out = rq_tflite_out_tensor(w, 0);
    if (!in || !out || in->shape.rank != 4 || out->shape.rank != 4) {
        rq_tflite_fail(w, RQ_EFORMAT, "no images of four dimensions");
        return false;
    }
    p->valid = rq_tflite_custom_int(w, PADDING) == VALID;
    for (int i = 0; i < 2; i++) {
        p->in[i] = in->shape.d[1 + i];
        p->out[i] = out->shape.d[1 + i];
        p->size[i] = rq_tflite_custom_int(w, i ? WINDOW_W : WINDOW_H);
        p->stride[i] = rq_tflite_custom_int(w, i ? STRIDE_W : STRIDE_H);
        if (w->status != RQ_OK) return false;
        const int64_t numbers[] = {p->in[i], p->out[i], p->size[i], p->stride[i]};
        for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++)
            if (numbers[k] < 1 || numbers[k] > MAX_SIDE) {
                rq_tflite_fail(w, RQ_EFORMAT, "a window or an image of %lld pixels",
                               (long long)numbers[k]);
                return false;
            }
    }
    return true;
}

/* Where windows begin, [1, H, 1, 1] or [1, 1, W, 1]: rows by `pitch` of pixels, or columns; pads
 * make it less than 0. */
static const char *origins(rq_tflite_writer *w, const window *p, int axis, int64_t pitch)
{
    rq_shape shape = {4, {1, 1, 1, 1}};
    shape.d[1 + axis] = p->out[axis];
    int32_t *at = rq_arena_alloc(w->out->arena, (size_t)p->out[axis], sizeof *at);
    if (!rq_tflite_ok(w, at ? RQ_OK : RQ_ENOMEM)) return "";
    int64_t lacks = (p->out[axis] - 1) * p->stride[axis] + p->size[axis] - p->in[axis];
    int64_t pad = p->valid || lacks < 0 ? 0 : lacks / 2;
    for (int64_t i = 0; i < p->out[axis]; i++)
        at[i] = (int32_t)((i * p->stride[axis] - pad) * pitch);
    return rq_tflite_constant(w, "Const", &(rq_tensor){RQ_DT_I32, shape, at});
}

/* TensorFlow counts places in the whole image, over channels too. */
static void write_places(rq_tflite_writer *w, const window *p, const char *whole, const char *out)
{
    const rq_tflite_tensor *in = rq_tflite_in_tensor(w, 0);
    const char *width = rq_tflite_int(w, p->in[1]);
    const char *channels = rq_tflite_int(w, in->shape.d[3]);
    const char *pixel = rq_tflite_node(w, "FloorDiv", NULL, RQ_VALUES(whole, channels));
    const char *rest = rq_tflite_node(w, "Sub", NULL, RQ_VALUES(pixel, origins(w, p, 0, p->in[1])));
    rest = rq_tflite_node(w, "Sub", NULL, RQ_VALUES(rest, origins(w, p, 1, 1)));
    const char *row = rq_tflite_node(w, "FloorDiv", NULL, RQ_VALUES(rest, width));
    const char *less =
        rq_tflite_node(w, "Mul", NULL, RQ_VALUES(row, rq_tflite_int(w, p->in[1] - p->size[1])));
    const char *place = rq_tflite_node(w, "Sub", NULL, RQ_VALUES(rest, less));
    const char *real = rq_tflite_node(w, "Cast", NULL, RQ_VALUES(place));
    rq_tflite_attr_dtype(w, "DstT", RQ_DT_F32);
    rq_tflite_node(w, "AddV2", out, RQ_VALUES(real, rq_tflite_float(w, 0.1F)));
}

void rq_tflite_write_max_pooling_with_argmax(rq_tflite_writer *w)
{
    window p;
    if (!read_window(&p, w)) return;
    int64_t activation = rq_tflite_custom_int(w, ACTIVATION);
    if (w->op->out.n != 2 || p.size[1] > p.in[1] ||
        (activation && activation != RELU && activation != RELU6)) {
        rq_tflite_fail(w, RQ_EUNSUPPORTED,
                       "activation %d, a window wider than the image, or places "
                       "that nobody asks for",
                       (int)activation);
        return;
    }
    const char *maxima = w->results[0], *places = w->results[1];
    if (activation) w->results[0] = rq_tflite_new_name(w, w->name, "maxima");
    w->results[1] = rq_tflite_new_name(w, w->name, "places");
    rq_tflite_whole_node(w, w->row->type);
    w->main = w->out->n_nodes - 1;
    rq_tflite_attr_text(w, "padding", p.valid ? "VALID" : "SAME");
    rq_tflite_attr_ints(w, "ksize", (int64_t[]){1, p.size[0], p.size[1], 1}, 4);
    rq_tflite_attr_ints(w, "strides", (int64_t[]){1, p.stride[0], p.stride[1], 1}, 4);
    rq_tflite_attr_dtype(w, "Targmax", RQ_DT_I32);
    if (activation)
        rq_tflite_node(w, activation == RELU ? "Relu" : "Relu6", maxima, RQ_VALUES(w->results[0]));
    if (places[0]) write_places(w, &p, w->results[1], places);
}

/* Each place of the window is a part of the channels, which become blocks of pixels. */
void rq_tflite_write_max_unpooling(rq_tflite_writer *w)
{
    window p;
    if (!read_window(&p, w)) return;
    int64_t side = p.size[0], n = side * side;
    if (p.size[1] != side || p.stride[0] != side || p.stride[1] != side || n > 64) {
        rq_tflite_fail(w, RQ_EUNSUPPORTED, "windows that are not squares side by side");
        return;
    }
    const char *x = rq_tflite_in(w, 0), *parts[65];
    const char *place = rq_tflite_node(w, "Floor", NULL, RQ_VALUES(rq_tflite_in(w, 1)));
    const char *zero = rq_tflite_float(w, 0);
    for (int64_t i = 0; i < n; i++) {
        const char *here =
            rq_tflite_node(w, "Equal", NULL, RQ_VALUES(place, rq_tflite_float(w, (double)i)));
        parts[i] = rq_tflite_node(w, "SelectV2", NULL, RQ_VALUES(here, x, zero));
    }
    parts[n] = rq_tflite_int(w, 3);
    const char *all = rq_tflite_node(w, "ConcatV2", NULL, parts, (size_t)n + 1);
    rq_tflite_node(w, w->row->type, w->results[0], RQ_VALUES(all));
    rq_tflite_attr_int(w, "block_size", side);
    w->main = w->out->n_nodes - 1;
}
