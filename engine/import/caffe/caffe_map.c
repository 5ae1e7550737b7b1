#include "engine/import/caffe/caffe_map.h"

#include "engine/base/text.h"

#include <stdio.h>

size_t rq_caffe_bottoms(const rq_ir_builder *b)
{
    return (size_t)rq_framework_int(b->node, "bottoms", (int64_t)b->node->n_in);
}

bool rq_caffe_has_blob(const rq_ir_builder *b, size_t i)
{
    return rq_ir_builder_has(b, rq_caffe_bottoms(b) + i);
}

rq_id rq_caffe_blob(rq_ir_builder *b, size_t i)
{
    if (rq_caffe_has_blob(b, i)) return rq_ir_builder_in(b, rq_caffe_bottoms(b) + i);
    if (rq_framework_int(b->node, "weightless", 0)) return rq_caffe_missing_blob(b, i);
    rq_ir_builder_fail(b, RQ_EFORMAT,
                       "it has %zu blobs, at least %zu are needed: is the .caffemodel given, and "
                       "of this prototxt?",
                       b->node->n_in - rq_caffe_bottoms(b), i + 1);
    return RQ_NONE;
}

rq_id rq_caffe_blob_as(rq_ir_builder *b, size_t i, const int64_t *dims, size_t n)
{
    return rq_emit_reshape(b, rq_caffe_blob(b, i), n ? dims : (int64_t[]){-1}, n ? n : 1);
}

void rq_caffe_spatial(const rq_ir_builder *b, const char *short_name, const char *list, size_t n,
                      int64_t fallback, int64_t *out)
{
    static const char axes[] = "hw";
    size_t listed;
    char name[32];
    const int64_t *values = rq_framework_ints(b->node, list, &listed);
    int64_t last = rq_framework_int(b->node, list, fallback); /* pooling has one number */
    for (size_t i = 0; i < n; i++) {
        out[i] = listed ? values[i < listed ? i : listed - 1] : last;
        if (n > 2) continue;
        snprintf(name, sizeof name, "%s_%c", short_name, axes[i]);
        out[i] = rq_framework_int(b->node, name, out[i]);
    }
}

int rq_caffe_axis(rq_ir_builder *b, const char *name, int64_t fallback, int rank)
{
    int axis = 0;
    if (b->status != RQ_OK) return 0;
    int64_t value = rq_framework_int(b->node, name, fallback);
    if (rq_axis_normalize(&axis, value, rank, name) != RQ_OK)
        rq_ir_builder_fail(b, RQ_EFORMAT, "%s %lld of a blob of %d dimensions", name,
                           (long long)value, rank);
    return axis;
}

const int64_t *rq_caffe_ints(const rq_ir_builder *b, const char *name, size_t *n)
{
    const rq_framework_attr *attr = rq_framework_find_attr(b->node, name);
    *n = 0;
    if (!attr || attr->kind != RQ_FRAMEWORK_INT) return rq_framework_ints(b->node, name, n);
    *n = 1;
    return &attr->i;
}

const char *rq_caffe_floats(rq_ir_builder *b, const char *name)
{
    const rq_framework_attr *attr = rq_framework_find_attr(b->node, name);
    rq_buf text = {0};
    double number;
    for (size_t i = 0; rq_framework_number(&number, attr, i); i++)
        rq_buf_printf(&text, "%s%.9g", i ? "," : "", number);
    const char *copy = text.data ? rq_arena_strdup(b->arena, text.data) : "";
    rq_ir_builder_ok(b, text.failed || !copy ? RQ_ENOMEM : RQ_OK);
    rq_buf_free(&text);
    return copy ? copy : "";
}

rq_id rq_caffe_per_axis(rq_ir_builder *b, rq_id row, int axis, int rank)
{
    int64_t dims[RQ_MAX_RANK];
    if (b->status != RQ_OK || rank < 1) return RQ_NONE;
    for (int i = 0; i < rank; i++) dims[i] = i == axis ? -1 : 1;
    return rq_emit_reshape(b, row, dims, (size_t)rank);
}
