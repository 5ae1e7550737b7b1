/* Caffe's layers with weights that slide or multiply. */
#include "engine/import/caffe/caffe_map.h"

#include <stdio.h>
#include <string.h>

rq_id rq_caffe_add_bias(rq_ir_builder *b, rq_id x, size_t blob, int axis)
{
    if (!rq_framework_int(b->node, "bias_term", 1) || !rq_caffe_has_blob(b, blob)) return x;
    rq_id bias =
        rq_caffe_per_axis(b, rq_caffe_blob(b, blob), axis, rq_ir_builder_require_rank(b, x));
    return rq_emit_binary(b, "Add-1", x, bias);
}

/* Weights [O, I/G, K..] as they are, or [G, O/G, I/G, K..]. */
static rq_id group_weights(rq_ir_builder *b, rq_id weights, int64_t groups)
{
    rq_shape shape = rq_ir_builder_shape(b, weights);
    int64_t dims[RQ_MAX_RANK + 1] = {groups};
    if (groups == 1 || b->status != RQ_OK) return weights;
    if (groups < 1 || shape.d[0] % groups || shape.rank >= RQ_MAX_RANK) {
        rq_ir_builder_fail(b, RQ_EFORMAT, "%lld groups of %lld channels", (long long)groups,
                           (long long)shape.d[0]);
        return RQ_NONE;
    }
    memcpy(dims + 1, shape.d, (size_t)shape.rank * sizeof *dims);
    dims[1] /= groups;
    return rq_emit_reshape(b, weights, dims, (size_t)shape.rank + 1);
}

/* row->ir: the operator without groups; with them "Group" comes before it. */
static void map_convolution(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    int64_t stride[RQ_MAX_RANK], pad[RQ_MAX_RANK], dilation[RQ_MAX_RANK];
    int64_t groups = rq_framework_int(b->node, "group", 1);
    rq_id weights = rq_caffe_blob(b, 0);
    int rank = rq_ir_builder_require_rank(b, weights);
    size_t n = rank > 2 ? (size_t)rank - 2 : 0;
    char type[64];
    if (b->status == RQ_OK && (!n || rq_framework_int(b->node, "axis", 1) != 1))
        rq_ir_builder_unmapped(b, "weights of %d dimensions, or channels elsewhere than on axis 1",
                               rank);
    if (b->status != RQ_OK || !n) return;
    rq_caffe_spatial(b, "stride", "stride", n, 1, stride);
    rq_caffe_spatial(b, "pad", "pad", n, 0, pad);
    rq_caffe_spatial(b, "", "dilation", n, 1, dilation);
    snprintf(type, sizeof type, "%s%s", groups == 1 ? "" : "Group", row->ir);
    const char *pads = rq_ir_builder_text(b, pad, n);
    for (size_t i = 0; i < rq_caffe_bottoms(b) && i < b->node->n_out; i++) {
        rq_id y = rq_emit(b, type, RQ_IN(rq_ir_builder_in(b, i), group_weights(b, weights, groups)),
                          "strides=%s;pads_begin=%s;pads_end=%s;dilations=%s;auto_pad=explicit",
                          rq_ir_builder_text(b, stride, n), pads, pads,
                          rq_ir_builder_text(b, dilation, n));
        rq_ir_builder_set(b, i, rq_caffe_add_bias(b, y, 1, 1));
    }
}

/* The axes from `axis` on as one. */
static rq_id flatten_from(rq_ir_builder *b, rq_id x, int axis, int rank)
{
    int64_t dims[RQ_MAX_RANK] = {0}; /* 0: as it was */
    if (rank == axis + 1) return x;
    dims[axis] = -1;
    return rq_emit_reshape(b, x, dims, (size_t)axis + 1);
}

static void map_inner_product(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    int rank = rq_ir_builder_require_rank(b, x);
    int axis = rq_caffe_axis(b, "axis", 1, rank);
    bool transposed = rq_framework_int(b->node, "transpose", 0);
    int64_t outputs = rq_framework_int(b->node, "num_output", -1);
    int64_t dims[2] = {transposed ? -1 : outputs, transposed ? outputs : -1};
    (void)row;
    rq_id weights = rq_caffe_blob_as(b, 0, dims, 2);
    rq_id y = rq_emit_mat_mul(b, flatten_from(b, x, axis, rank), weights, false, !transposed);
    rq_ir_builder_set(b, 0, rq_caffe_add_bias(b, y, 1, axis));
}

/* Rows of a table, by number. */
static void map_embed(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    int64_t dims[2] = {-1, rq_framework_int(b->node, "num_output", -1)};
    rq_id table = rq_caffe_blob_as(b, 0, dims, 2);
    rq_id index = rq_emit_convert(b, rq_ir_builder_in(b, 0), RQ_DT_I32);
    (void)row;
    rq_id y = rq_emit_gather(b, table, index, 0);
    rq_ir_builder_set(b, 0, rq_caffe_add_bias(b, y, 1, rq_ir_builder_require_rank(b, y) - 1));
}

static const rq_op_mapping_row rows[] = {
    {"", "Convolution", map_convolution, "Convolution-1"},
    {"", "ConvolutionDepthwise", map_convolution, "Convolution-1"},
    {"", "Deconvolution", map_convolution, "ConvolutionBackpropData-1"},
    {"", "DepthwiseConvolution", map_convolution, "Convolution-1"},
    {"", "Embed", map_embed, NULL},
    {"", "InnerProduct", map_inner_product, NULL},
};
RQ_OP_MAPPING_GROUP(caffe_convolution, rows)
