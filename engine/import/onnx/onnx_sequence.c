#include "engine/import/onnx/onnx_sequence.h"

#include <inttypes.h>

#define MAX_LENGTH 4096

/* The elements of "s" are the values "s\x1f0", "s\x1f1", ..., and their number the constant
 * "s\x1fn": names that no model has. */
#define MARK "\x1f"

typedef struct sequence {
    rq_id *v;
    size_t n;
} sequence;

static const char *element_name(rq_ir_builder *b, const char *name, size_t k)
{
    const char *text = rq_arena_printf(b->arena, "%s" MARK "%zu", name, k);
    if (!text) b->status = RQ_ENOMEM;
    return text ? text : "";
}

static const char *length_name(rq_ir_builder *b, const char *name)
{
    const char *text = rq_arena_printf(b->arena, "%s" MARK "n", name);
    rq_ir_builder_ok(b, text ? RQ_OK : RQ_ENOMEM);
    return text;
}

static rq_id length_of(rq_ir_builder *b, const char *name)
{
    const char *text = length_name(b, name);
    return text ? rq_ir_builder_find(b, text) : RQ_NONE;
}

/* Room for `more` elements behind those of input i. False where it is no sequence of known length.
 */
static bool read_sequence(sequence *s, rq_ir_builder *b, size_t i, size_t more)
{
    const char *name = rq_ir_builder_has(b, i) ? b->node->in[i] : "";
    int64_t n = 0;
    size_t numbers;
    if (!rq_ir_builder_ints(b, length_of(b, name), &n, 1, &numbers) || b->status != RQ_OK) {
        rq_ir_builder_unmapped(b, "a sequence of unknown length");
        return false;
    }
    s->n = (size_t)n;
    s->v = rq_arena_alloc(b->arena, s->n + more, sizeof *s->v);
    if (!rq_ir_builder_ok(b, s->v ? RQ_OK : RQ_ENOMEM)) return false;
    for (size_t k = 0; k < s->n; k++) s->v[k] = rq_ir_builder_find(b, element_name(b, name, k));
    return b->status == RQ_OK;
}

static void set_sequence(rq_ir_builder *b, const sequence *s)
{
    const char *name = b->node->n_out ? b->node->out[0] : "";
    const char *length = length_name(b, name);
    if (b->status != RQ_OK) return;
    if (s->n > MAX_LENGTH) {
        rq_ir_builder_unmapped(b, "a sequence of %zu tensors", s->n);
        return;
    }
    for (size_t k = 0; k < s->n; k++) rq_ir_builder_name(b, element_name(b, name, k), s->v[k]);
    rq_ir_builder_name(b, length, rq_emit_int(b, (int64_t)s->n));
}

bool rq_onnx_is_sequence(rq_ir_builder *b, size_t i)
{
    return rq_ir_builder_has(b, i) && length_of(b, b->node->in[i]) != RQ_NONE;
}

void rq_onnx_pass_sequence(rq_ir_builder *b)
{
    sequence s;
    if (read_sequence(&s, b, 0, 0)) set_sequence(b, &s);
}

/* Place from input i, or without one `fallback`: among n elements, or with `behind` at their end;
 * below 0 from there. */
static bool read_place(size_t *out, rq_ir_builder *b, size_t i, size_t n, bool behind,
                       size_t fallback)
{
    int64_t place;
    size_t numbers;
    *out = fallback;
    if (!rq_ir_builder_has(b, i)) return behind || n > 0;
    if (!rq_ir_builder_ints(b, rq_ir_builder_in(b, i), &place, 1, &numbers)) {
        rq_ir_builder_unmapped(b, "a place that is known only when it runs");
        return false;
    }
    if (place < 0) place += (int64_t)n;
    if (place < 0 || place >= (int64_t)n + behind) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "place %" PRId64 " of %zu", place, n);
        return false;
    }
    *out = (size_t)place;
    return true;
}

static void map_construct(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    sequence s = {rq_arena_alloc(b->arena, b->node->n_in + 1, sizeof *s.v), b->node->n_in};
    (void)row;
    if (!rq_ir_builder_ok(b, s.v ? RQ_OK : RQ_ENOMEM)) return;
    for (size_t i = 0; i < s.n; i++) s.v[i] = rq_ir_builder_in(b, i);
    set_sequence(b, &s);
}

static void map_at(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    sequence s;
    size_t place;
    (void)row;
    if (read_sequence(&s, b, 0, 0) && read_place(&place, b, 1, s.n, false, 0))
        rq_ir_builder_set(b, 0, s.v[place]);
}

static void map_length(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    sequence s;
    (void)row;
    if (read_sequence(&s, b, 0, 0)) rq_ir_builder_set(b, 0, rq_emit_int(b, (int64_t)s.n));
}

static void map_insert(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    sequence s;
    size_t place;
    (void)row;
    if (!read_sequence(&s, b, 0, 1) || !read_place(&place, b, 2, s.n, true, s.n)) return;
    for (size_t k = s.n; k > place; k--) s.v[k] = s.v[k - 1];
    s.v[place] = rq_ir_builder_in(b, 1);
    s.n++;
    set_sequence(b, &s);
}

static void map_erase(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    sequence s;
    size_t place;
    (void)row;
    if (!read_sequence(&s, b, 0, 0) || !read_place(&place, b, 1, s.n, false, s.n - 1)) return;
    for (size_t k = place; k + 1 < s.n; k++) s.v[k] = s.v[k + 1];
    s.n--;
    set_sequence(b, &s);
}

static void map_concat(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    sequence s;
    int64_t axis = rq_framework_int(b->node, "axis", 0);
    (void)row;
    if (!read_sequence(&s, b, 0, 0)) return;
    for (size_t k = 0; k < s.n && rq_framework_int(b->node, "new_axis", 0); k++)
        s.v[k] = rq_emit_unsqueeze(b, s.v[k], &axis, 1);
    rq_ir_builder_set(b, 0,
                      s.n == 1 ? s.v[0] : rq_emit(b, "Concat-1", s.v, s.n, "axis=%d", (int)axis));
}

/* -- SplitToSequence ------------------------------------------------------------------------- */

/* Lengths of the parts: each of 1, of a number, or as they are listed. */
static bool read_lengths(rq_ir_builder *b, int64_t **out, size_t *n, int64_t dim)
{
    int64_t given[MAX_LENGTH], each = 1;
    size_t listed = 0;
    rq_id split = rq_ir_builder_in(b, 1);
    if (split != RQ_NONE &&
        !rq_ir_builder_require_ints(b, split, given, MAX_LENGTH, &listed, "lengths"))
        return false;
    bool list = listed > 0 && rq_ir_builder_rank(b, split) == 1;
    if (listed && !list) each = given[0] < dim ? given[0] : dim > 0 ? dim : 1;
    if (!list && (dim < 0 || each < 1 || dim / each >= MAX_LENGTH)) {
        rq_ir_builder_unmapped(b, "parts of an axis of unknown or great size");
        return false;
    }
    *n = list ? listed : (size_t)((dim + each - 1) / each);
    *out = rq_arena_alloc(b->arena, *n, sizeof **out);
    if (!rq_ir_builder_ok(b, *out ? RQ_OK : RQ_ENOMEM)) return false;
    for (size_t k = 0; k < *n; k++) {
        int64_t left = dim - (int64_t)k * each;
        (*out)[k] = list ? given[k] : left < each ? left : each;
    }
    return true;
}

static void map_split(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_shape shape = rq_ir_builder_shape(b, x);
    int64_t axis = rq_onnx_axis(rq_framework_int(b->node, "axis", 0), shape.rank), *lengths;
    sequence s;
    (void)row;
    if (rq_ir_builder_require_rank(b, x) < 0) return;
    if (axis < 0 || axis >= shape.rank) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "axis %" PRId64 " of %d", axis, shape.rank);
        return;
    }
    if (!read_lengths(b, &lengths, &s.n, shape.d[axis])) return;
    s.v = rq_arena_alloc(b->arena, s.n, sizeof *s.v);
    rq_node *node = rq_emit_node(b, "VariadicSplit-1",
                                 RQ_IN(x, rq_emit_int(b, axis), rq_emit_ints(b, lengths, s.n)),
                                 (uint32_t)s.n, "%s", "");
    if (!node || !rq_ir_builder_ok(b, s.v ? RQ_OK : RQ_ENOMEM)) return;
    bool drop = !rq_ir_builder_has(b, 1) && !rq_framework_int(b->node, "keepdims", 1);
    for (size_t k = 0; k < s.n; k++)
        s.v[k] = drop ? rq_emit_squeeze(b, node->out[k], &axis, 1) : node->out[k];
    set_sequence(b, &s);
}

/* -- optionals: those of tensors are there, or not, once and for all --------------------------- */

static void map_has_element(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit_scalar(b, RQ_DT_BOOL, rq_ir_builder_has(b, 0)));
}

static void map_get_element(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    if (rq_onnx_is_sequence(b, 0))
        rq_onnx_pass_sequence(b);
    else if (rq_ir_builder_has(b, 0))
        rq_map_identity(b, row);
    else
        rq_ir_builder_fail(b, RQ_EFORMAT, "nothing is given");
}

static const rq_op_mapping_row rows[] = {
    {"", "OptionalGetElement", map_get_element, NULL},
    {"", "OptionalHasElement", map_has_element, NULL},
    {"", "ConcatFromSequence", map_concat, NULL},
    {"", "SequenceAt", map_at, NULL},
    {"", "SequenceConstruct", map_construct, NULL},
    {"", "SequenceEmpty", map_construct, NULL},
    {"", "SequenceErase", map_erase, NULL},
    {"", "SequenceInsert", map_insert, NULL},
    {"", "SequenceLength", map_length, NULL},
    {"", "SplitToSequence", map_split, NULL},
};
RQ_OP_MAPPING_GROUP(onnx_sequence, rows)
