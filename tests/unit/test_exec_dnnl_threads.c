/* The door to oneDNN, used by several threads at once: each makes primitives of its own, and gets
 * what it would get alone. */
#include "tests/unit/test.h"

#include "engine/base/threads.h"
#include "engine/exec/onednn/dnnl.h"
#include "tests/unit/each_isa.h"

#include <stdlib.h>

#define THREADS 4
#define HEIGHT 4
#define INPUTS 16
#define OUTPUTS 16

/* A 3x3 convolution of ones by ones, padded with zeros: it counts the taps within the image, which
 * its posts scale. */
typedef struct counting {
    rq_dnn *dnn;
    int64_t width;
    rq_dnn_attr attr;
} counting;

static rq_shape source_shape(const counting *c)
{
    return (rq_shape){4, {1, INPUTS, HEIGHT, c->width}};
}

static rq_shape result_shape(const counting *c)
{
    return (rq_shape){4, {1, OUTPUTS, HEIGHT, c->width}};
}

static const rq_shape weight_shape = {4, {OUTPUTS, INPUTS, 3, 3}};

static rq_status describe(rq_dnn_primitive **out, const counting *c)
{
    const rq_shape src = source_shape(c), dst = result_shape(c);
    const rq_dnn_window w = {.src = rq_dnn_layout_any(c->dnn, RQ_DT_F32, &src),
                             .weights = rq_dnn_layout_any(c->dnn, RQ_DT_F32, &weight_shape),
                             .dst = rq_dnn_layout_any(c->dnn, RQ_DT_F32, &dst),
                             .stride = {1, 1},
                             .dilation = {1, 1},
                             .pad_begin = {1, 1},
                             .pad_end = {1, 1},
                             .n_spatial = 2};
    return rq_dnn_convolution(out, c->dnn, &w, &c->attr);
}

/* Ones of this shape in the layout that the primitive chose. */
static rq_status make_ones(void **out, rq_dnn *dnn, const rq_dnn_layout *to, const rq_shape *shape)
{
    size_t n = rq_shape_count(shape);
    float *ones = NULL;
    RQ_TRY(rq_calloc(&ones, n, sizeof *ones, "ones"));
    for (size_t i = 0; i < n; i++) ones[i] = 1.0f;
    rq_status status = rq_alloc_aligned(out, rq_dnn_layout_bytes(to), "ones");
    if (status == RQ_OK)
        status =
            rq_dnn_reorder_now(dnn, rq_dnn_layout_dense(dnn, RQ_DT_F32, shape), ones, to, *out);
    free(ones);
    return status;
}

static int64_t taps(int64_t at, int64_t size)
{
    return 3 - (at == 0) - (at == size - 1);
}

static float wanted(const counting *c, int64_t y, int64_t x)
{
    float sum = (float)(INPUTS * taps(y, HEIGHT) * taps(x, c->width));
    for (size_t i = 0; i < c->attr.n_posts; i++)
        sum = c->attr.posts[i].alpha * sum + c->attr.posts[i].beta;
    return sum;
}

static rq_status check(const counting *c, const float *got)
{
    for (int64_t i = 0; i < OUTPUTS * HEIGHT * c->width; i++) {
        float want = wanted(c, i / c->width % HEIGHT, i % c->width);
        if (got[i] != want)
            return rq_fail(RQ_EFORMAT, "width %lld: element %lld is %g, expected %g",
                           (long long)c->width, (long long)i, got[i], want);
    }
    return RQ_OK;
}

typedef struct memory {
    void *src, *weights, *dst, *scratch;
    float *got;
    rq_dnn_stream *stream;
    rq_dnn_call *call;
} memory;

static rq_status run_in(memory *m, const counting *c, const rq_dnn_primitive *primitive)
{
    const rq_dnn_layout *const *layouts = primitive->layouts;
    const rq_shape src = source_shape(c), dst = result_shape(c);
    RQ_TRY(make_ones(&m->src, c->dnn, layouts[RQ_DNN_SRC], &src));
    RQ_TRY(make_ones(&m->weights, c->dnn, layouts[RQ_DNN_WEIGHTS], &weight_shape));
    RQ_TRY(rq_alloc_aligned(&m->dst, rq_dnn_layout_bytes(layouts[RQ_DNN_DST]), "sums"));
    RQ_TRY(rq_alloc_aligned(&m->scratch, primitive->scratch + 1, "scratch"));
    RQ_TRY(rq_calloc(&m->got, rq_shape_count(&dst), sizeof *m->got, "sums"));
    const rq_dnn_arg args[] = {
        {RQ_DNN_SRC, m->src}, {RQ_DNN_WEIGHTS, m->weights}, {RQ_DNN_DST, m->dst}};
    RQ_TRY(rq_dnn_stream_create(&m->stream, c->dnn));
    RQ_TRY(rq_dnn_call_create(&m->call, c->dnn, primitive, args, 3, m->scratch));
    RQ_TRY(rq_dnn_call_run(m->call, m->stream));
    RQ_TRY(rq_dnn_reorder_now(c->dnn, layouts[RQ_DNN_DST], m->dst,
                              rq_dnn_layout_dense(c->dnn, RQ_DT_F32, &dst), m->got));
    return check(c, m->got);
}

static rq_status run(const counting *c, const rq_dnn_primitive *primitive)
{
    memory m = {0};
    rq_status status = run_in(&m, c, primitive);
    rq_dnn_call_destroy(&m.call);
    rq_dnn_stream_destroy(&m.stream);
    free(m.src);
    free(m.weights);
    free(m.dst);
    free(m.scratch);
    free(m.got);
    return status;
}

static rq_status count(counting *c)
{
    rq_dnn_primitive *primitive;
    RQ_TRY(rq_dnn_create(&c->dnn, 1));
    rq_status status = describe(&primitive, c);
    if (status == RQ_EUNSUPPORTED)
        status = RQ_OK; /* of this CPU */
    else if (status == RQ_OK)
        status = run(c, primitive);
    rq_dnn_destroy(&c->dnn);
    return status;
}

/* oneDNN 2.6 compiles what its cache has dropped from a description whose posts are gone. */
static rq_status count_again(void *ctx, unsigned number, size_t i)
{
    (void)ctx;
    (void)number;
    const rq_dnn_post post = {
        .kind = RQ_DNN_POST_ELTWISE, .eltwise = RQ_DNN_LINEAR, .alpha = 2.0f, .beta = -5.0f};
    counting c = {.width = 8 + (int64_t)(i / THREADS % 3), /* several want the same at once */
                  .attr = {.posts = {post}, .n_posts = 1}};
    return count(&c);
}

static void test_what_the_cache_dropped(void **state)
{
    (void)state;
    assert_ok(rq_parallel_for(THREADS, 600, count_again, NULL));
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_the_cache_dropped),
    };
    setenv("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "2", 0); /* primitives: many are dropped */
    return run_each_isa(cmocka_run_group_tests(tests, NULL, NULL), argc, argv);
}
