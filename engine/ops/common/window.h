/* Sliding windows: sizes and padding of convolutions and pools, up to three spatial dimensions. */
#ifndef RQ_OPS_COMMON_WINDOW_H
#define RQ_OPS_COMMON_WINDOW_H

#include "engine/ops/op.h"

#define RQ_MAX_SPATIAL 3

typedef enum rq_auto_pad {
    RQ_PAD_EXPLICIT,
    RQ_PAD_NOTSET,
    RQ_PAD_SAME_UPPER,
    RQ_PAD_SAME_LOWER,
    RQ_PAD_VALID
} rq_auto_pad;
extern const char *const rq_auto_pad_names[];

/* Attributes as written; lists of n spatial entries, or empty for defaults. */
typedef struct rq_window_attrs {
    rq_ints strides, dilations, pads_begin, pads_end;
    int auto_pad; /* rq_auto_pad */
} rq_window_attrs;

/* Rows of an attribute table for a struct whose first member is an rq_window_attrs. */
#define RQ_WINDOW_SPECS                                                                            \
    {"strides", RQ_ATTR_INTS, offsetof(rq_window_attrs, strides), "", NULL},                       \
        {"dilations", RQ_ATTR_INTS, offsetof(rq_window_attrs, dilations), "", NULL},               \
        {"pads_begin", RQ_ATTR_INTS, offsetof(rq_window_attrs, pads_begin), "", NULL},             \
        {"pads_end", RQ_ATTR_INTS, offsetof(rq_window_attrs, pads_end), "", NULL},                 \
    {                                                                                              \
        "auto_pad", RQ_ATTR_ENUM, offsetof(rq_window_attrs, auto_pad), "explicit",                 \
            rq_auto_pad_names                                                                      \
    }

/* Always three dimensions, missing ones of size 1 in front: kernels loop d, h, w. */
typedef struct rq_window {
    int64_t in[RQ_MAX_SPATIAL], out[RQ_MAX_SPATIAL], kernel[RQ_MAX_SPATIAL];
    int64_t stride[RQ_MAX_SPATIAL], dilation[RQ_MAX_SPATIAL];
    int64_t pad_begin[RQ_MAX_SPATIAL], pad_end[RQ_MAX_SPATIAL];
} rq_window;

typedef enum rq_window_rounding {
    RQ_WINDOW_FLOOR,
    RQ_WINDOW_CEIL,
    RQ_WINDOW_CEIL_TORCH
} rq_window_rounding;

/* in[n], kernel[n] are the spatial sizes. Settles padding and output sizes; refuses zero strides,
 * negative pads, kernels larger than the padded input. ceil_torch: no window may start in the end
 * padding. */
rq_status rq_window_forward(rq_window *out, const rq_node *node, const rq_window_attrs *attrs,
                            const int64_t *in, const int64_t *kernel, int n,
                            rq_window_rounding rounding);

/* The same for a transposed convolution: `in` is its data, `out` its result. target[n]: the
 * output's sizes; 0 where they follow. Refuses an output that is empty, too. */
rq_status rq_window_backward(rq_window *out, const rq_node *node, const rq_window_attrs *attrs,
                             const rq_ints *output_padding, const int64_t *in,
                             const int64_t *kernel, int n, const int64_t *target);

/* Do windows reach outside: pads that are not 0, or pads that follow from the sizes? */
bool rq_window_may_pad(const rq_window_attrs *attrs);

/* Attributes that pools share. */
typedef struct rq_pool_attrs {
    rq_window_attrs window; /* first, for RQ_WINDOW_SPECS */
    rq_ints kernel;
    int rounding; /* rq_window_rounding */
} rq_pool_attrs;
extern const char *const rq_pool_rounding_names[];

/* Rows of an attribute table for a struct whose first member is an rq_pool_attrs. */
#define RQ_POOL_SPECS                                                                              \
    RQ_WINDOW_SPECS, {"kernel", RQ_ATTR_INTS, offsetof(rq_pool_attrs, kernel), NULL, NULL},        \
    {                                                                                              \
        "rounding_type", RQ_ATTR_ENUM, offsetof(rq_pool_attrs, rounding), "floor",                 \
            rq_pool_rounding_names                                                                 \
    }

/* The window of a pool on x, [N, C, spatial...]. */
rq_status rq_window_pool(rq_window *out, const rq_node *node, const rq_pool_attrs *attrs,
                         const rq_shape *x);
/* x with the spatial sizes that the window leaves. */
rq_shape rq_window_pooled(const rq_window *w, const rq_shape *x);
/* For operators whose struct begins with an rq_pool_attrs: one operation per element of a window.
 */
double rq_pool_flops(const rq_work_shapes *shapes);

static inline size_t rq_window_in_count(const rq_window *w)
{
    return (size_t)(w->in[0] * w->in[1] * w->in[2]);
}
static inline size_t rq_window_out_count(const rq_window *w)
{
    return (size_t)(w->out[0] * w->out[1] * w->out[2]);
}
static inline size_t rq_window_taps(const rq_window *w)
{
    return (size_t)(w->kernel[0] * w->kernel[1] * w->kernel[2]);
}
/* Taps of a window whose first element is at `start`: [*first, *last) lie inside the input. */
static inline void rq_window_inside(int64_t *first, int64_t *last, int64_t start, int64_t kernel,
                                    int64_t dilation, int64_t size)
{
    *first = start >= 0 ? 0 : (-start + dilation - 1) / dilation;
    *last = start >= size ? 0 : (size - start + dilation - 1) / dilation;
    if (*last > kernel) *last = kernel;
    if (*first > *last) *first = *last;
}

#endif
