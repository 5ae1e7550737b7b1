/* SVDF: filters of a matrix, each a sum over what came in (feature) and over the last steps (time):
 * every run is a step, and leaves those before it as a state. */
#include "engine/import/tflite/tflite_state.h"

enum { DATA, FEATURE, TIME, BIAS }; /* [B, I], [F, I], [F, T], [F / rank] */

/* The filters' outputs of the last steps, [B, F, T], this one's last. */
static rq_id remember(rq_ir_builder *b, rq_id now, int64_t steps)
{
    const int64_t last = 2;
    rq_id shape =
        rq_emit(b, "Concat-1", RQ_IN(rq_emit_shape_of(b, now), RQ_EMIT_INTS(b, steps)), "axis=0");
    rq_id zeros = rq_emit(b, "Broadcast-3", RQ_IN(rq_emit_like(b, now, 0), shape), "mode=numpy");
    rq_id before = rq_tflite_read_state(b, b->node->name, zeros);
    rq_id kept = rq_emit_slice(b, before, last, 1, steps, 1);
    now = rq_emit_unsqueeze(b, now, &last, 1);
    rq_id all = steps == 1 ? now : rq_emit(b, "Concat-1", RQ_IN(kept, now), "axis=2");
    rq_tflite_leave_state(b, b->node->name, all);
    return all;
}

/* The sum of each unit's filters over the steps: a product, since OpenVINO adds a bias wrongly to
 * what ReduceSum gives of several images. */
static rq_id sum_steps(rq_ir_builder *b, rq_id all, rq_id time, int64_t units, int64_t terms)
{
    rq_id rows = rq_emit_reshape(b, all, (int64_t[]){0, units, 1, terms}, 4);
    rq_id columns = rq_emit_reshape(b, time, (int64_t[]){units, terms, 1}, 3);
    return rq_emit_reshape(b, rq_emit_mat_mul(b, rows, columns, false, false),
                           (int64_t[]){0, units}, 2);
}

static void map_svdf(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id time = rq_ir_builder_in(b, TIME);
    rq_shape shape = rq_ir_builder_shape(b, time);
    int64_t rank = rq_framework_int(b->node, "rank", 1);
    (void)row;
    if (b->status != RQ_OK) return;
    if (shape.rank != 2 || rank < 1 || shape.d[0] < rank || shape.d[0] % rank || shape.d[1] < 1) {
        rq_ir_builder_unmapped(b, "filters that are not %d for each unit", (int)rank);
        return;
    }
    rq_id now =
        rq_emit_mat_mul(b, rq_ir_builder_in(b, DATA), rq_ir_builder_in(b, FEATURE), false, true);
    rq_id all = remember(b, now, shape.d[1]);
    rq_id y = sum_steps(b, all, time, shape.d[0] / rank, rank * shape.d[1]);
    if (rq_ir_builder_has(b, BIAS)) y = rq_emit_binary(b, "Add-1", y, rq_ir_builder_in(b, BIAS));
    rq_ir_builder_set(b, 0, y);
}

static const rq_op_mapping_row rows[] = {
    {"", "SVDF", map_svdf, NULL},
};
RQ_OP_MAPPING_GROUP(tflite_svdf, rows)
