#include "engine/ops/common/fourier.h"

#include "engine/ops/common/strided_copy.h"

#include <inttypes.h>
#include <math.h>

typedef struct complex_number {
    double re, im;
} complex_number;

typedef struct plan {
    rq_shape shape; /* of the complex input, without the pairs */
    int n, axes[RQ_MAX_RANK];
    int64_t size[RQ_MAX_RANK]; /* signal size per entry of axes */
    bool inverse, real_input, real_output;
} plan;

#define MAX_SIGNAL (INT64_C(1) << 20)

static rq_status read_sizes(plan *p, const rq_node *node, const rq_tensor *in, uint32_t n_in)
{
    int64_t given[RQ_MAX_RANK];
    bool has = rq_input_given(in, n_in, 2);
    if (has) RQ_TRY(rq_node_list(node, given, (size_t)p->n, &in[2], "signal_size"));
    for (int i = 0; i < p->n; i++) {
        int64_t dim = p->shape.d[p->axes[i]];
        bool half = p->real_output && i == p->n - 1;
        p->size[i] = has && given[i] != -1 ? given[i] : half ? 2 * (dim - 1) : dim;
        if (p->size[i] < 1 || p->size[i] > MAX_SIGNAL || dim < 1)
            return rq_node_fail(node, RQ_EFORMAT,
                                "signal size %" PRId64 " of axis %d, expected 1 to %" PRId64,
                                p->size[i], p->axes[i], (int64_t)MAX_SIGNAL);
    }
    return RQ_OK;
}

static rq_status make_plan(plan *p, const rq_node *node, const rq_tensor *in, uint32_t n_in,
                           rq_fourier kind)
{
    *p = (plan){.shape = in[0].shape,
                .inverse = kind == RQ_FOURIER_IDFT || kind == RQ_FOURIER_IRDFT,
                .real_input = kind == RQ_FOURIER_RDFT,
                .real_output = kind == RQ_FOURIER_IRDFT};
    if (!p->real_input && p->shape.d[--p->shape.rank] != 2)
        return rq_node_fail(node, RQ_EFORMAT, "the last dimension is %" PRId64 ", expected 2",
                            p->shape.d[p->shape.rank]);
    RQ_TRY(rq_node_axes(node, p->axes, &p->n, &in[1], p->shape.rank));
    if (p->n == 0) return rq_node_fail(node, RQ_EFORMAT, "no axes are given");
    return read_sizes(p, node, in, n_in);
}

/* How long axis i becomes. */
static int64_t length_after(const plan *p, int i)
{
    return p->real_input && i == p->n - 1 ? p->size[i] / 2 + 1 : p->size[i];
}

rq_status rq_fourier_infer(rq_infer *ctx, rq_fourier kind)
{
    plan p;
    RQ_TRY(rq_infer_arity(ctx, 2, 3));
    RQ_TRY(rq_infer_rank(ctx, 0, kind == RQ_FOURIER_RDFT ? 1 : 2,
                         kind == RQ_FOURIER_RDFT ? RQ_MAX_RANK - 1 : RQ_MAX_RANK));
    ctx->out[0].dtype = ctx->in[0].dtype;
    RQ_TRY(rq_infer_floats(ctx, 1));
    if (!rq_infer_known(ctx, 1) || !rq_infer_known(ctx, 2)) return rq_infer_defer(ctx);
    RQ_TRY(make_plan(&p, ctx->node, ctx->in, ctx->n_in, kind));
    rq_shape shape = p.shape;
    for (int i = 0; i < p.n; i++) {
        shape.d[p.axes[i]] = length_after(&p, i);
        RQ_TRY(rq_shape_check(&shape, false, ctx->node->name)); /* what is between passes, too */
    }
    if (!p.real_output) shape.d[shape.rank++] = 2;
    ctx->out[0].shape = shape;
    return RQ_OK;
}

/* Largest number of complex values between passes, and the longest signal. */
static void measure(const plan *p, size_t *values, size_t *signal)
{
    rq_shape shape = p->shape;
    *values = rq_shape_count(&shape);
    *signal = 0;
    for (int i = 0; i < p->n; i++) {
        shape.d[p->axes[i]] = length_after(p, i);
        if (rq_shape_count(&shape) > *values) *values = rq_shape_count(&shape);
        if ((size_t)p->size[i] > *signal) *signal = (size_t)p->size[i];
    }
}

size_t rq_fourier_scratch(const rq_infer *ctx, rq_fourier kind)
{
    plan p;
    size_t values, signal;
    if (make_plan(&p, ctx->node, ctx->in, ctx->n_in, kind) != RQ_OK) return 0;
    measure(&p, &values, &signal);
    return (2 * values + signal) * sizeof(complex_number);
}

/* One axis: n_in elements, taken as a signal of `size` (cut, or with zeros after it; `half`: the
 * front half of a spectrum whose rest mirrors it), to n_out elements of its transform. */
typedef struct pass {
    size_t outer, inner;
    int64_t n_in, n_out, size;
    bool half;
    double scale;
    const complex_number *roots; /* exp(-+ 2 pi i k / size) */
} pass;

static complex_number fetch(const pass *p, const complex_number *line, int64_t j)
{
    bool mirrored = p->half && j > p->size / 2;
    int64_t at = mirrored ? p->size - j : j;
    if (at >= p->n_in) return (complex_number){0, 0};
    complex_number x = line[(size_t)at * p->inner];
    if (mirrored) x.im = -x.im;
    return x;
}

static complex_number transform_one(const pass *p, const complex_number *line, int64_t k)
{
    complex_number sum = {0, 0};
    for (int64_t j = 0; j < p->size; j++) {
        complex_number x = fetch(p, line, j), w = p->roots[j * k % p->size];
        sum.re += x.re * w.re - x.im * w.im;
        sum.im += x.re * w.im + x.im * w.re;
    }
    return (complex_number){sum.re * p->scale, sum.im * p->scale};
}

static void run_pass(const pass *p, complex_number *out, const complex_number *in)
{
    for (size_t o = 0; o < p->outer; o++)
        for (int64_t k = 0; k < p->n_out; k++)
            for (size_t i = 0; i < p->inner; i++)
                *out++ = transform_one(p, in + o * (size_t)p->n_in * p->inner + i, k);
}

static void fill_roots(complex_number *roots, int64_t size, bool inverse)
{
    double turn = (inverse ? 2.0 : -2.0) * 3.14159265358979323846 / (double)size;
    for (int64_t k = 0; k < size; k++)
        roots[k] = (complex_number){cos(turn * (double)k), sin(turn * (double)k)};
}

static const complex_number *transform(const plan *p, complex_number *spare[2],
                                       complex_number *roots)
{
    rq_shape shape = p->shape;
    for (int i = 0; i < p->n; i++) {
        int axis = p->axes[i];
        fill_roots(roots, p->size[i], p->inverse);
        pass step = {.outer = rq_shape_span(&shape, 0, axis),
                     .inner = rq_shape_span(&shape, axis + 1, shape.rank),
                     .n_in = shape.d[axis],
                     .n_out = length_after(p, i),
                     .size = p->size[i],
                     .half = p->real_output && i == p->n - 1,
                     .scale = p->inverse ? 1.0 / (double)p->size[i] : 1.0,
                     .roots = roots};
        run_pass(&step, spare[(i + 1) % 2], spare[i % 2]);
        shape.d[axis] = step.n_out;
    }
    return spare[p->n % 2];
}

rq_status rq_fourier_run(rq_call *call, rq_fourier kind)
{
    plan p;
    size_t values, signal;
    RQ_TRY(make_plan(&p, call->node, call->in, call->n_in, kind));
    measure(&p, &values, &signal);
    complex_number *room = call->scratch;
    complex_number *spare[2] = {room, room + values};
    const float *x = call->in[0].data;
    float *y = call->out[0].data;
    size_t n_in = rq_shape_count(&p.shape), n_out = rq_tensor_count(&call->out[0]);
    for (size_t i = 0; i < n_in; i++)
        room[i] =
            p.real_input ? (complex_number){x[i], 0} : (complex_number){x[2 * i], x[2 * i + 1]};
    const complex_number *result = transform(&p, spare, room + 2 * values);
    for (size_t i = 0; i < n_out; i++)
        y[i] = (float)(p.real_output ? result[i].re : i % 2 ? result[i / 2].im : result[i / 2].re);
    return RQ_OK;
}
