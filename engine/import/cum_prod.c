#include "engine/import/cum_prod.h"

/* x moved by `by` along the axis, with ones where nothing was; `back`: towards the axis' beginning.
 */
static rq_id shifted(rq_ir_builder *b, rq_id x, int64_t axis, int64_t by, bool back)
{
    int64_t begin[RQ_MAX_RANK] = {0}, end[RQ_MAX_RANK] = {0};
    size_t rank = (size_t)rq_ir_builder_rank(b, x);
    begin[axis] = back ? -by : by; /* what is added in front is taken away behind */
    end[axis] = -begin[axis];
    return rq_emit(
        b, "Pad-12",
        RQ_IN(x, rq_emit_ints(b, begin, rank), rq_emit_ints(b, end, rank), rq_emit_like(b, x, 1)),
        "pad_mode=constant");
}

/* Products of 1, 2, 4, ... elements, each of two of those before. */
rq_id rq_emit_cum_prod(rq_ir_builder *b, rq_id x, rq_id along)
{
    rq_shape shape = rq_ir_builder_shape(b, x);
    bool back = rq_framework_int(b->node, "reverse", 0) != 0;
    int64_t axis;
    size_t n;
    if (!rq_ir_builder_require_ints(b, along, &axis, 1, &n, "axis")) return RQ_NONE;
    if (n == 1 && axis < 0) axis += shape.rank;
    if (n != 1 || axis < 0 || axis >= shape.rank || shape.d[axis] == RQ_DYNAMIC) {
        rq_ir_builder_unmapped(b, "an axis of unknown size");
        return RQ_NONE;
    }
    if (rq_framework_int(b->node, "exclusive", 0)) x = shifted(b, x, axis, 1, back);
    for (int64_t by = 1; by < shape.d[axis]; by *= 2)
        x = rq_emit_binary(b, "Multiply-1", x, shifted(b, x, axis, by, back));
    return x;
}
