#include "engine/import/tflite/tflite_sparse.h"

#include <string.h>

/* Source of the format: tensorflow/lite/schema/schema.fbs. A tensor's axes, some of them cut into
 * blocks that are axes behind them, are levels in the order in which they are gone through: each
 * dense, or a list of what is there (compressed sparse rows). */
enum { SPARSITY_ORDER, SPARSITY_BLOCK_MAP, SPARSITY_LEVELS };
enum { LEVEL_FORMAT, LEVEL_SIZE, LEVEL_SEGMENTS_TYPE, LEVEL_SEGMENTS, LEVEL_INDICES_TYPE };
enum { LEVEL_INDICES = 5 };

#define MAX_LEVELS (2 * RQ_MAX_RANK)

typedef struct numbers {
    rq_flat_vector list;
    rq_dtype dtype;
} numbers;

typedef struct level {
    bool dense;
    int64_t size;
    numbers segments, indices;
    int axis;      /* of the tensor */
    int64_t block; /* what its index counts, in elements of that axis */
} level;

typedef struct walk {
    rq_flatbuffer *file;
    const rq_shape *shape;
    const uint8_t *from;
    uint8_t *to;
    size_t element, n_values;
    level levels[MAX_LEVELS];
    size_t n_levels;
} walk;

static bool damaged(walk *w)
{
    if (!w->file->damage) w->file->damage = "a sparse tensor of other places than its own";
    return false;
}

static numbers read_numbers(walk *w, rq_flat_table table, unsigned type, unsigned field)
{
    static const rq_dtype dtypes[] = {RQ_DT_I32, RQ_DT_I32, RQ_DT_U16, RQ_DT_U8};
    int64_t kind = rq_flat_int(w->file, table, type, RQ_DT_U8, 0);
    numbers n = {.dtype = dtypes[kind > 0 && kind < 4 ? kind : 0]};
    n.list =
        rq_flat_list(w->file, rq_flat_child(w->file, table, field), 0, rq_dtype_bits(n.dtype) / 8);
    return n;
}

static bool load(int64_t *out, walk *w, const numbers *n, size_t i)
{
    if (i >= n->list.n) return damaged(w);
    *out = rq_flat_item_int(w->file, n->list, i, n->dtype);
    return *out >= 0 || damaged(w);
}

static void read_level(level *l, walk *w, rq_flat_table table)
{
    l->dense = rq_flat_int(w->file, table, LEVEL_FORMAT, RQ_DT_I8, 0) == 0;
    l->size = rq_flat_int(w->file, table, LEVEL_SIZE, RQ_DT_I32, 0);
    l->block = 1;
    if (l->dense) return;
    l->segments = read_numbers(w, table, LEVEL_SEGMENTS_TYPE, LEVEL_SEGMENTS);
    l->indices = read_numbers(w, table, LEVEL_INDICES_TYPE, LEVEL_INDICES);
}

/* Levels below `rank` are the tensor's axes, others the blocks that block_map names the axes of. */
static bool place_levels(walk *w, rq_flat_vector order, rq_flat_vector block_map)
{
    int rank = w->shape->rank;
    const rq_flatbuffer *f = w->file;
    for (size_t i = 0; i < w->n_levels; i++) {
        int64_t axis = rq_flat_item_int(f, order, i, RQ_DT_I32), block = axis - rank;
        if (axis < 0 || (block >= 0 && (size_t)block >= block_map.n)) return damaged(w);
        if (block >= 0) axis = rq_flat_item_int(f, block_map, (size_t)block, RQ_DT_I32);
        if (axis < 0 || axis >= rank || w->levels[i].size < 0) return damaged(w);
        w->levels[i].axis = (int)axis;
        if (block < 0) continue;
        for (size_t k = 0; k < w->n_levels; k++)
            if (k != i && w->levels[k].axis == axis) w->levels[k].block = w->levels[i].size;
    }
    return true;
}

static bool read_levels(walk *w, rq_flat_table sparsity)
{
    rq_flatbuffer *f = w->file;
    rq_flat_vector order = rq_flat_list(f, sparsity, SPARSITY_ORDER, 4);
    rq_flat_vector block_map = rq_flat_list(f, sparsity, SPARSITY_BLOCK_MAP, 4);
    rq_flat_vector levels = rq_flat_list(f, sparsity, SPARSITY_LEVELS, 4);
    if (f->damage || levels.n > MAX_LEVELS || order.n != levels.n ||
        order.n != (size_t)w->shape->rank + block_map.n)
        return damaged(w);
    w->n_levels = levels.n;
    for (size_t i = 0; i < levels.n; i++) read_level(&w->levels[i], w, rq_flat_item(f, levels, i));
    return place_levels(w, order, block_map);
}

static bool put(walk *w, size_t value, const int64_t *place)
{
    const rq_shape *shape = w->shape;
    size_t at = 0;
    if (value >= w->n_values) return damaged(w);
    for (int i = 0; i < shape->rank; i++) at = at * (size_t)shape->d[i] + (size_t)place[i];
    memcpy(w->to + at * w->element, w->from + value * w->element, w->element);
    return true;
}

/* Everything below item number `item` of the level above, at that place. At most MAX_LEVELS deep.
 */
static bool visit(walk *w, size_t depth, size_t item, int64_t *place)
{
    if (depth == w->n_levels) return put(w, item, place);
    const level *l = &w->levels[depth];
    int64_t begin = 0, end = l->size, index, was = place[l->axis];
    if (!l->dense &&
        (!load(&begin, w, &l->segments, item) || !load(&end, w, &l->segments, item + 1)))
        return false;
    for (int64_t i = begin; i < end; i++) {
        index = i;
        if (!rq_flat_spend(w->file, 1) || (!l->dense && !load(&index, w, &l->indices, (size_t)i)))
            return false;
        place[l->axis] = was + index * l->block;
        if (place[l->axis] >= w->shape->d[l->axis]) return damaged(w);
        size_t inner = l->dense ? item * (size_t)l->size + (size_t)i : (size_t)i;
        if (!visit(w, depth + 1, inner, place)) return false;
    }
    place[l->axis] = was;
    return true;
}

rq_status rq_tflite_densify(rq_tensor *tensor, rq_arena *arena, rq_flatbuffer *file,
                            rq_flat_table sparsity, size_t at, size_t bytes)
{
    int64_t place[RQ_MAX_RANK] = {0};
    walk w = {.file = file, .shape = &tensor->shape, .from = file->data + at};
    w.element = rq_dtype_bits(tensor->dtype) / 8;
    w.n_values = bytes / w.element;
    if (!rq_flat_spend(file, rq_tensor_bytes(tensor))) return RQ_OK;
    tensor->data = w.to = rq_arena_alloc(arena, rq_tensor_bytes(tensor), 1);
    if (!w.to) return RQ_ENOMEM;
    if (rq_tensor_count(tensor) && read_levels(&w, sparsity)) visit(&w, 0, 0, place);
    return RQ_OK;
}
