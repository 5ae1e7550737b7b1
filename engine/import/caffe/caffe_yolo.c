/* YOLOv3's last step, Yolov3DetectionOutput of MobileNet-YOLO: boxes of several maps, of which
 * those stay that no more certain box overlaps, whatever their classes are. */
#include "engine/import/caffe/caffe_map.h"

enum { COORDINATES = 4, MAX_BOXES = 64, MAX_MAPS = 16, MAX_SIDE = 1024 };

/* One map [1, boxes * (5 + classes), side, side]; box k is biases[2 * mask[k]], pixels of an image
 * `scale` as large. */
typedef struct yolo_map {
    int64_t boxes, classes, side;
    double scale;
    double widths[MAX_BOXES], heights[MAX_BOXES];
} yolo_map;

static bool number_in(double *out, const rq_ir_builder *b, const char *name, size_t i)
{
    return rq_framework_number(out, rq_framework_find_attr(b->node, name), i);
}

/* Those of a map begin at `first` of the mask. */
static bool read_boxes(yolo_map *m, const rq_ir_builder *b, size_t first)
{
    for (int64_t k = 0; k < m->boxes; k++) {
        double mask;
        if (!number_in(&mask, b, "mask", first + (size_t)k) || !(mask >= 0 && mask < 4096) ||
            !number_in(&m->widths[k], b, "biases", 2 * (size_t)mask) ||
            !number_in(&m->heights[k], b, "biases", 2 * (size_t)mask + 1))
            return false;
    }
    return true;
}

/* Of `maps` bottoms the i-th. */
static bool read_map(yolo_map *m, rq_ir_builder *b, size_t i, size_t maps)
{
    size_t n_masks = 0;
    rq_shape shape = rq_ir_builder_shape(b, rq_ir_builder_in(b, i));
    m->boxes = rq_framework_int(b->node, "num_box", 3);
    m->classes = rq_framework_int(b->node, "num_classes", 20);
    if (b->status != RQ_OK) return false;
    if (m->boxes < 1 || m->boxes > MAX_BOXES || m->classes < 1 || m->classes > INT16_MAX ||
        shape.rank != 4 || shape.d[0] != 1 || shape.d[2] < 1 || shape.d[2] > MAX_SIDE ||
        shape.d[2] != shape.d[3] || shape.d[1] != m->boxes * (COORDINATES + 1 + m->classes)) {
        rq_ir_builder_unmapped(b, "maps that are no squares of %d boxes of %d classes of one image",
                               (int)m->boxes, (int)m->classes);
        return false;
    }
    m->side = shape.d[2];
    for (double any; n_masks < MAX_MAPS * MAX_BOXES && number_in(&any, b, "mask", n_masks);)
        n_masks++;
    if (number_in(&m->scale, b, "anchors_scale", i) && m->scale > 0 &&
        read_boxes(m, b, i * (n_masks / maps)))
        return true;
    rq_ir_builder_unmapped(b, "mask, biases and anchors_scale that are not those of %zu maps",
                           maps);
    return false;
}

/* [side * side, boxes, n]: as Caffe counts boxes. */
static rq_id part(rq_ir_builder *b, const rq_node *parts, uint32_t i)
{
    return rq_emit_transpose(b, parts->out[i], (int64_t[]){2, 0, 1}, 3);
}

/* Columns and rows of pixels, [side * side, 1, 2]. */
static rq_id places(rq_ir_builder *b, int64_t side)
{
    const rq_shape shape = {3, {side * side, 1, 2}};
    float *at = rq_arena_alloc(b->arena, rq_shape_count(&shape), sizeof *at);
    if (!rq_ir_builder_ok(b, at ? RQ_OK : RQ_ENOMEM)) return RQ_NONE;
    for (int64_t i = 0; i < side * side; i++) {
        at[2 * i] = (float)(i % side);
        at[2 * i + 1] = (float)(i / side);
    }
    return rq_emit_const(b, &(rq_tensor){RQ_DT_F32, shape, at});
}

/* Sizes of boxes in parts of the image, [1, boxes, 2]. */
static rq_id sizes(rq_ir_builder *b, const yolo_map *m)
{
    const rq_shape shape = {3, {1, m->boxes, 2}};
    float pairs[2 * MAX_BOXES];
    double image = (double)m->side * m->scale;
    for (int64_t k = 0; k < m->boxes; k++) {
        pairs[2 * k] = (float)(m->widths[k] / image);
        pairs[2 * k + 1] = (float)(m->heights[k] / image);
    }
    return rq_emit_floats(b, pairs, &shape);
}

/* *boxes [n, 4]: middle, width and height; *scores [n, classes]. */
static bool decode(rq_ir_builder *b, rq_id x, const yolo_map *m, rq_id *boxes, rq_id *scores)
{
    x = rq_emit_reshape(b, x,
                        (int64_t[]){m->boxes, COORDINATES + 1 + m->classes, m->side * m->side}, 3);
    const rq_node *parts = rq_emit_node(
        b, "VariadicSplit-1", RQ_IN(x, rq_emit_int(b, 1), RQ_EMIT_INTS(b, 2, 2, 1, m->classes)), 4,
        "%s", "");
    if (!parts) return false;
    rq_id middle = rq_emit_binary(b, "Add-1", rq_emit_unary(b, "Sigmoid-1", part(b, parts, 0)),
                                  places(b, m->side));
    middle = rq_emit_binary(b, "Divide-1", middle, rq_emit_like(b, middle, (double)m->side));
    rq_id size =
        rq_emit_binary(b, "Multiply-1", rq_emit_unary(b, "Exp-1", part(b, parts, 1)), sizes(b, m));
    *boxes = rq_emit_reshape(b, rq_emit(b, "Concat-1", RQ_IN(middle, size), "axis=2"),
                             (int64_t[]){-1, COORDINATES}, 2);
    rq_id certain = rq_emit_unary(b, "Sigmoid-1", part(b, parts, 2));
    rq_id kinds = rq_emit_unary(b, "Sigmoid-1", part(b, parts, 3));
    *scores = rq_emit_reshape(b, rq_emit_binary(b, "Multiply-1", kinds, certain),
                              (int64_t[]){-1, m->classes}, 2);
    return b->status == RQ_OK;
}

/* Rows [k, 7] with one of nothing, -1, where there is none. */
static rq_id at_least_one(rq_ir_builder *b, rq_id rows)
{
    static const float none[] = {0, -1, -1, -1, -1, -1, -1};
    rq_id one = RQ_EMIT_INTS(b, 1);
    rq_id n = rq_emit_gather(b, rq_emit_shape_of(b, rows), RQ_EMIT_INTS(b, 0), 0);
    rq_id missing = rq_emit_binary(b, "Subtract-1", one, rq_emit_binary(b, "Minimum-1", n, one));
    rq_id nothing = rq_emit(b, "Slice-8",
                            RQ_IN(rq_emit_floats(b, none, &(rq_shape){2, {1, 7}}),
                                  RQ_EMIT_INTS(b, 0), missing, one, RQ_EMIT_INTS(b, 0)),
                            "%s", "");
    return rq_emit(b, "Concat-1", RQ_IN(rows, nothing), "axis=0");
}

/* Boxes of the same place overlap wholly: of a box' classes the most certain alone can stay. */
static rq_id select_boxes(rq_ir_builder *b, rq_id boxes, rq_id scores)
{
    const int64_t front = 0, column = 1;
    const rq_node *best =
        rq_emit_node(b, "TopK-11", RQ_IN(scores, rq_emit_int(b, 1)), 2,
                     "axis=1;mode=max;sort=value;stable=true;index_element_type=i32");
    if (!best) return RQ_NONE;
    rq_id each = rq_emit_transpose(b, best->out[0], (int64_t[]){1, 0}, 2);
    const rq_node *kept = rq_emit_node(
        b, "NonMaxSuppression-9",
        RQ_IN(rq_emit_unsqueeze(b, boxes, &front, 1), rq_emit_unsqueeze(b, each, &front, 1),
              rq_emit_int(b, INT32_MAX),
              rq_emit_scalar(b, RQ_DT_F32, rq_framework_float(b->node, "nms_threshold", 0.45)),
              rq_emit_scalar(b, RQ_DT_F32,
                             rq_framework_float(b->node, "confidence_threshold", 0.01))),
        3, "box_encoding=center;sort_result_descending=true;output_type=i32");
    if (!kept) return RQ_NONE;
    rq_id index = rq_emit_gather(b, kept->out[0], rq_emit_int(b, 2), 1);
    rq_id label = rq_emit_convert(b, rq_emit_gather(b, best->out[1], index, 0), RQ_DT_F32);
    rq_id box = rq_emit_gather(b, boxes, index, 0);
    rq_id middle = rq_emit_slice(b, box, column, 0, 2, 1);
    rq_id half = rq_emit_slice(b, box, column, 2, 4, 1);
    half = rq_emit_binary(b, "Multiply-1", half, rq_emit_like(b, half, 0.5));
    label = rq_emit_binary(b, "Add-1", label, rq_emit_like(b, label, 1));
    rq_id image = rq_emit_binary(b, "Multiply-1", label, rq_emit_like(b, label, 0));
    return rq_emit(b, "Concat-1",
                   RQ_IN(image, label, rq_emit_gather(b, best->out[0], index, 0),
                         rq_emit_binary(b, "Subtract-1", middle, half),
                         rq_emit_binary(b, "Add-1", middle, half)),
                   "axis=1");
}

/* [1, 1, n, 7]: image, class from 1, certainty, left, top, right, bottom. */
static void map_yolo_v3(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id boxes[MAX_MAPS], scores[MAX_MAPS];
    size_t n = rq_caffe_bottoms(b);
    yolo_map m;
    (void)row;
    if (n < 1 || n > MAX_MAPS) {
        rq_ir_builder_unmapped(b, "%zu maps", n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        if (!read_map(&m, b, i, n) || !decode(b, rq_ir_builder_in(b, i), &m, &boxes[i], &scores[i]))
            return;
    rq_id all = n == 1 ? boxes[0] : rq_emit(b, "Concat-1", boxes, n, "axis=0");
    rq_id score = n == 1 ? scores[0] : rq_emit(b, "Concat-1", scores, n, "axis=0");
    rq_id rows = at_least_one(b, select_boxes(b, all, score));
    rq_ir_builder_set(b, 0, rq_emit_unsqueeze(b, rows, (int64_t[]){0, 1}, 2));
}

static const rq_op_mapping_row rows[] = {
    {"", "Yolov3DetectionOutput", map_yolo_v3, NULL},
};
RQ_OP_MAPPING_GROUP(caffe_yolo, rows)
