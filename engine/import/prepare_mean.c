/* Subtracting a mean image (Caffe's binaryproto). */
#include "engine/import/prepare_step.h"

#include <string.h>

/* Rows and columns of the mean image that lie on the input: the middle unless offsets are given. */
static bool place(int64_t *top, int64_t *left, const rq_prepare *prepare, const rq_shape *mean,
                  const rq_shape *input)
{
    *top = prepare->has_offsets ? prepare->mean_offset[1] : (mean->d[1] - input->d[2]) / 2;
    *left = prepare->has_offsets ? prepare->mean_offset[0] : (mean->d[2] - input->d[3]) / 2;
    return *top >= 0 && *left >= 0 && *top <= mean->d[1] - input->d[2] &&
           *left <= mean->d[2] - input->d[3];
}

void rq_prepare_mean_image(rq_prepare_step *s, const rq_prepare *prepare)
{
    const rq_tensor *mean = prepare->mean_image;
    rq_shape input = rq_ir_builder_shape(s->b, s->x);
    char a[RQ_SHAPE_TEXT], m[RQ_SHAPE_TEXT];
    int64_t top, left, h = input.d[2], w = input.d[3];
    bool fits = input.rank == 4 && rq_shape_is_static(&input) && input.d[1] == mean->shape.d[0];
    if (!fits || !place(&top, &left, prepare, &mean->shape, &input)) {
        rq_ir_builder_fail(s->b, RQ_EARG, "a mean image of shape %s for input '%s' of shape %s",
                           rq_shape_text(&mean->shape, m), s->name, rq_shape_text(&input, a));
        return;
    }
    input.d[0] = 1;
    float *negative = rq_arena_alloc(s->b->arena, rq_shape_count(&input), sizeof *negative);
    if (!rq_ir_builder_ok(s->b, negative ? RQ_OK : RQ_ENOMEM)) return;
    for (int64_t i = 0; i < input.d[1] * h; i++) {
        int64_t row = i / h * mean->shape.d[1] + top + i % h;
        const float *from = (const float *)mean->data + row * mean->shape.d[2] + left;
        for (int64_t x = 0; x < w; x++) negative[i * w + x] = -from[x];
    }
    rq_tensor tensor = {.dtype = RQ_DT_F32, .shape = input, .data = negative};
    rq_id row =
        rq_emit_convert(s->b, rq_emit_const(s->b, &tensor), rq_ir_builder_dtype(s->b, s->x));
    s->x = rq_emit_binary(s->b, "Add-1", s->x, row);
}
