/* TensorFlow's ScaleAndTranslate (tf.image.resize with antialias, Lanczos, Gauss, Mitchell): a
 * product with a matrix along each axis. The weights are those of scale_and_translate_op.cc:
 * the kernel around where an output lies in the image, made wider by the scale when an antialiased
 * image shrinks, what falls outside left out, and the rest made to sum up to 1. An output that lies
 * outside the image is 0. */
#include "engine/import/axis_product.h"
#include "engine/import/tensorflow/ops/tf_layout.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define MAX_WEIGHTS ((int64_t)1 << 24)
#define PI 3.14159265359f

typedef struct filter {
    const char *name;
    float radius;
    float (*weight)(float x, float radius); /* of a distance from 0 on */
} filter;

/* One axis. */
typedef struct axis {
    int64_t in, out;
    float scale, translation;
    const filter *filter;
    bool antialias;
} axis;

/* -- kernels --------------------------------------------------------------------------------- */

static float lanczos(float x, float radius)
{
    if (x > radius) return 0.0f;
    if (x <= 1e-3f) return 1.0f;
    return radius * sinf(PI * x) * sinf(PI * x / radius) / (PI * PI * x * x);
}

static float gaussian(float x, float radius)
{
    float sigma = radius / 3.0f;
    return x >= radius ? 0.0f : expf(-x * x / (2.0f * sigma * sigma));
}

static float box(float x, float radius)
{
    (void)radius;
    return x < 0.5f ? 1.0f : x == 0.5f ? 0.5f : 0.0f;
}

static float triangle(float x, float radius)
{
    return x < radius ? 1.0f - x : 0.0f;
}

static float keys_cubic(float x, float radius)
{
    if (x >= radius) return 0.0f;
    if (x >= 1.0f) return ((-0.5f * x + 2.5f) * x - 4.0f) * x + 2.0f;
    return (1.5f * x - 2.5f) * x * x + 1.0f;
}

static float mitchell_cubic(float x, float radius)
{
    if (x >= radius) return 0.0f;
    if (x >= 1.0f) return ((-7.0f / 18.0f * x + 2.0f) * x - 10.0f / 3.0f) * x + 16.0f / 9.0f;
    return (7.0f / 6.0f * x - 2.0f) * x * x + 8.0f / 9.0f;
}

static const filter filters[] = {
    {"lanczos1", 1.0f, lanczos},
    {"lanczos3", 3.0f, lanczos},
    {"lanczos5", 5.0f, lanczos},
    {"gaussian", 1.5f, gaussian},
    {"box", 1.0f, box},
    {"triangle", 1.0f, triangle},
    {"keyscubic", 2.0f, keys_cubic},
    {"mitchellcubic", 2.0f, mitchell_cubic},
};

static const filter *find_filter(rq_ir_builder *b)
{
    const char *name = rq_framework_string(b->node, "kernel_type", "lanczos3");
    for (size_t i = 0; i < sizeof filters / sizeof *filters; i++)
        if (!strcmp(filters[i].name, name)) return &filters[i];
    rq_ir_builder_unmapped(b, "a kernel '%s'", name);
    return NULL;
}

/* -- weights --------------------------------------------------------------------------------- */

static int64_t within(const axis *s, float x)
{
    return x < 0.0f ? 0 : x > (float)(s->in - 1) ? s->in - 1 : (int64_t)x;
}

static void fill_row(float *row, const void *ctx, int64_t i)
{
    const axis *s = ctx;
    float inverse = 1.0f / s->scale, sum = 0.0f;
    float wide = s->antialias ? fmaxf(inverse, 1.0f) : 1.0f, reach = s->filter->radius * wide;
    float at = ((float)i + 0.5f) * inverse - inverse * s->translation;
    if (at < 0.0f || at > (float)s->in) return;
    int64_t begin = within(s, ceilf(at - reach - 0.5f)), end = within(s, floorf(at + reach - 0.5f));
    for (int64_t k = begin; k <= end; k++) {
        row[k] = s->filter->weight(fabsf(((float)k + 0.5f - at) / wide), s->filter->radius);
        sum += row[k];
    }
    for (int64_t k = begin; k <= end; k++)
        row[k] = fabsf(sum) >= 1000.0f * FLT_MIN ? row[k] / sum : 0.0f;
}

static rq_id resize_axis(rq_ir_builder *b, rq_id x, const axis *s, int64_t at)
{
    return rq_emit_axis_product(b, x, &(rq_axis_rows){fill_row, s, s->out, s->in}, at);
}

/* -- the graph ------------------------------------------------------------------------------- */

static bool is_pair(const rq_tensor *t)
{
    return t && rq_tensor_count(t) == 2;
}

static bool read_axes(axis *axes, rq_ir_builder *b, rq_id x)
{
    rq_shape shape = rq_ir_builder_shape(b, x);
    const rq_tensor *scales = rq_ir_builder_const(b, rq_ir_builder_in(b, 2));
    const rq_tensor *moves = rq_ir_builder_const(b, rq_ir_builder_in(b, 3));
    const filter *kernel = find_filter(b);
    int64_t sizes[RQ_MAX_RANK];
    size_t n;
    if (!kernel || !rq_tf_ints(b, 1, sizes, &n, "sizes")) return false;
    bool known = n == 2 && is_pair(scales) && is_pair(moves) && shape.rank == 4;
    for (int i = 0; known && i < 2; i++) {
        axes[i] = (axis){.in = shape.d[i + 2],
                         .out = sizes[i],
                         .scale = (float)rq_load_f64(scales->data, scales->dtype, (size_t)i),
                         .translation = (float)rq_load_f64(moves->data, moves->dtype, (size_t)i),
                         .filter = kernel,
                         .antialias = rq_framework_int(b->node, "antialias", 1) != 0};
        known = axes[i].in > 0 && axes[i].out > 0 && axes[i].out <= MAX_WEIGHTS / axes[i].in &&
                axes[i].scale > 0.0f;
    }
    if (!known) rq_ir_builder_unmapped(b, "its sizes are not constant (--input_shape may help)");
    return known;
}

static void map_scale_and_translate(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_emit_convert(b, rq_tf_to_channels_first(b, rq_ir_builder_in(b, 0)), RQ_DT_F32);
    axis axes[2];
    (void)row;
    if (!read_axes(axes, b, x)) return;
    for (int i = 0; i < 2; i++) x = resize_axis(b, x, &axes[i], i + 2);
    rq_tf_set_channels_first(b, 0, x);
}

static const rq_op_mapping_row rows[] = {
    {"", "ScaleAndTranslate", map_scale_and_translate, NULL},
};
RQ_OP_MAPPING_GROUP(tf_scale_translate, rows)
