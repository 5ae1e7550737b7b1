/* Reading a constant: a range of the .bin, checked against its type and shape. */
#include "engine/base/mem.h"
#include "engine/base/text.h"
#include "engine/ir/ir_read.h"

#include <string.h>

#define SMALL 4096 /* bytes: what others look at before they know whether they need the rest */

static rq_status need_data(const char **out, const rq_node *node, const char *name)
{
    *out = rq_node_attr(node, name);
    if (*out) return RQ_OK;
    return rq_fail(RQ_EFORMAT, "<data> has no attribute '%s'", name);
}

static rq_status need_size(size_t *out, const rq_node *node, const char *name)
{
    const char *text = NULL;
    int64_t number = 0;
    RQ_TRY(need_data(&text, node, name));
    if (!rq_parse_i64(text, &number) || number < 0)
        return rq_fail(RQ_EFORMAT, "%s \"%s\", expected a number of bytes", name, text);
    *out = (size_t)number;
    return RQ_OK;
}

static rq_status read_type(rq_dtype *out, const rq_node *node)
{
    const char *text = NULL;
    RQ_TRY(need_data(&text, node, "element_type"));
    *out = rq_dtype_parse(text);
    if (*out != RQ_DT_COUNT && *out != RQ_DT_UNDEFINED) return RQ_OK;
    return rq_fail(RQ_EUNSUPPORTED, "element type '%s' is not one that requant knows", text);
}

static rq_status read_dims(rq_shape *out, const rq_node *node)
{
    const char *text = NULL;
    int64_t dims[RQ_MAX_RANK];
    size_t rank = 0;
    RQ_TRY(need_data(&text, node, "shape"));
    if (!rq_parse_i64_list(text, dims, RQ_MAX_RANK, &rank))
        return rq_fail(RQ_EFORMAT, "shape \"%s\", expected at most %d numbers", text, RQ_MAX_RANK);
    *out = rq_shape_make((int)rank, dims);
    return rq_shape_check(out, false, "shape");
}

/* The type and shape of <data> are those of the output port. */
static rq_status check_port(const rq_value *value, rq_dtype dtype, const rq_shape *shape)
{
    char found[RQ_SHAPE_TEXT], expected[RQ_SHAPE_TEXT];
    if (value->dtype != dtype)
        return rq_fail(RQ_EFORMAT, "its output port says %s, its <data> %s",
                       rq_dtype_name(value->dtype), rq_dtype_name(dtype));
    if (!rq_shape_equal(&value->shape, shape))
        return rq_fail(RQ_EFORMAT, "its output port says shape %s, its <data> %s",
                       rq_shape_text(&value->shape, found), rq_shape_text(shape, expected));
    return RQ_OK;
}

/* Strings are packed with their own lengths; their bytes pass through as they are. */
static rq_status check_size(size_t size, rq_dtype dtype, const rq_shape *shape)
{
    size_t expected = 0;
    char text[RQ_SHAPE_TEXT];
    if (dtype == RQ_DT_STRING) return RQ_OK;
    if (rq_shape_count(shape) == 0 && size == 1) return RQ_OK; /* as OpenVINO writes no elements */
    if (rq_dtype_bytes(&expected, dtype, rq_shape_count(shape)) && expected == size) return RQ_OK;
    return rq_fail(RQ_EFORMAT, "size %zu bytes, expected %zu for %s %s", size, expected,
                   rq_dtype_name(dtype), rq_shape_text(shape, text));
}

static rq_status check_range(size_t offset, size_t size, const rq_ir_file *file)
{
    size_t end = 0;
    if (!file->bin)
        return rq_fail(RQ_EIO, "its constant is in %s, which is missing", file->bin_path);
    if (rq_add_size(&end, offset, size) && end <= file->bin->size) return RQ_OK;
    return rq_fail(RQ_EFORMAT,
                   "its constant is %zu bytes at offset %zu, past the end of %s "
                   "(%zu bytes)",
                   size, offset, file->bin_path, file->bin->size);
}

/* -- where the bytes are ---------------------------------------------------------------------- */

typedef struct range {
    const rq_open_file *file;
    size_t offset, alignment;
} range;

static rq_status read_range(void *out, const void *ctx, size_t offset, size_t n)
{
    const range *r = ctx;
    return rq_file_read(out, r->file, r->offset + offset, n);
}

static rq_status leave(rq_graph *graph, rq_node *node, const rq_open_file *file, size_t offset,
                       size_t alignment)
{
    range *r = rq_arena_alloc(graph->arena, 1, sizeof *r);
    rq_source *source = rq_arena_alloc(graph->arena, 1, sizeof *source);
    if (!r || !source) return RQ_ENOMEM;
    *r = (range){file, offset, alignment};
    *source = (rq_source){read_range, r};
    node->source = source;
    return RQ_OK;
}

static rq_status copy(rq_graph *graph, rq_node *node, const rq_open_file *file, size_t offset)
{
    void *bytes = rq_arena_alloc(graph->arena, node->data_bytes, 1);
    if (!bytes) return RQ_ENOMEM;
    if (node->data_bytes) RQ_TRY(rq_file_read(bytes, file, offset, node->data_bytes));
    node->data = bytes;
    return RQ_OK;
}

static rq_status map_const(rq_graph *graph, rq_node *node, const rq_mapping *bin)
{
    const range *r = node->source->ctx;
    const uint8_t *bytes = bin->data + r->offset;
    if ((uintptr_t)bytes % r->alignment == 0) {
        node->data = bytes;
        return RQ_OK;
    }
    if (node->data) return RQ_OK; /* a copy already */
    void *aligned = rq_arena_alloc(graph->arena, node->data_bytes, 1);
    if (!aligned) return RQ_ENOMEM;
    memcpy(aligned, bytes, node->data_bytes);
    node->data = aligned;
    return RQ_OK;
}

rq_status rq_ir_map_consts(rq_graph *graph, const rq_mapping *bin)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        rq_node *node = graph->nodes[i];
        bool lies_there = node && node->source && node->source->read == read_range;
        if (lies_there) RQ_TRY(map_const(graph, node, bin));
        for (size_t b = 0; node && b < node->n_bodies; b++)
            RQ_TRY(rq_ir_map_consts(node->bodies[b].graph, bin));
    }
    return RQ_OK;
}

rq_status rq_ir_read_const(rq_graph *graph, rq_node *node, const rq_ir_file *file)
{
    rq_dtype dtype;
    rq_shape shape;
    size_t offset = 0, size = 0;
    if (node->n_in != 0 || node->n_out != 1)
        return rq_fail(RQ_EFORMAT, "%u inputs and %u outputs, expected 0 and 1", node->n_in,
                       node->n_out);
    RQ_TRY(read_type(&dtype, node));
    RQ_TRY(read_dims(&shape, node));
    RQ_TRY(need_size(&offset, node, "offset"));
    RQ_TRY(need_size(&size, node, "size"));
    RQ_TRY(check_port(graph->values[node->out[0]], dtype, &shape));
    RQ_TRY(check_size(size, dtype, &shape));
    if (rq_shape_count(&shape) == 0) size = 0;
    if (size > 0) RQ_TRY(check_range(offset, size, file));
    node->data_bytes = size;
    if (size > 0) RQ_TRY(leave(graph, node, file->bin, offset, rq_ir_alignment(dtype)));
    return size <= SMALL ? copy(graph, node, file->bin, offset) : RQ_OK;
}
