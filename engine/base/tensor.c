#include "engine/base/tensor.h"

#include "engine/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

rq_shape rq_shape_make(int rank, const int64_t *dims)
{
    rq_shape shape = {.rank = rank};
    for (int i = 0; i < rank && i < RQ_MAX_RANK; i++) shape.d[i] = dims[i];
    return shape;
}

bool rq_shape_equal(const rq_shape *a, const rq_shape *b)
{
    if (a->rank != b->rank) return false;
    for (int i = 0; i < a->rank; i++)
        if (a->d[i] != b->d[i]) return false;
    return true;
}

bool rq_shape_is_static(const rq_shape *s)
{
    for (int i = 0; i < s->rank; i++)
        if (s->d[i] < 0) return false;
    return s->rank >= 0;
}

size_t rq_shape_count(const rq_shape *s)
{
    return rq_shape_span(s, 0, s->rank);
}

size_t rq_shape_span(const rq_shape *s, int begin, int end)
{
    size_t product = 1;
    for (int i = begin; i < end; i++) product *= (size_t)s->d[i];
    return product;
}

size_t rq_shape_channels_last(const rq_shape *s, size_t i)
{
    size_t channels = (size_t)s->d[1], positions = rq_shape_span(s, 2, s->rank);
    size_t plane = i / positions, image = plane / channels;
    return (image * positions + i % positions) * channels + plane % channels;
}

rq_status rq_shape_check(const rq_shape *s, bool dynamic_ok, const char *what)
{
    char text[RQ_SHAPE_TEXT];
    if (s->rank > RQ_MAX_RANK)
        return rq_fail(RQ_EUNSUPPORTED, "%s: rank %d, at most %d is supported", what, s->rank,
                       RQ_MAX_RANK);
    if (!dynamic_ok && !rq_shape_is_static(s))
        return rq_fail(RQ_EFORMAT, "%s: shape %s, expected known dimensions of 0 or more", what,
                       rq_shape_text(s, text));
    int64_t product = 1; /* zeros left out, so that the product of any part is in bounds too */
    for (int i = 0; i < s->rank; i++) {
        if (s->d[i] < 0 && s->d[i] != RQ_DYNAMIC)
            return rq_fail(RQ_EFORMAT, "%s: negative dimension %" PRId64, what, s->d[i]);
        if (s->d[i] > 0 && (!rq_mul_i64(&product, product, s->d[i]) || product > RQ_MAX_ELEMENTS))
            return rq_fail(RQ_EFORMAT, "%s: shape %s has more than %" PRId64 " elements", what,
                           rq_shape_text(s, text), RQ_MAX_ELEMENTS);
    }
    return RQ_OK;
}

const char *rq_shape_text(const rq_shape *s, char buffer[RQ_SHAPE_TEXT])
{
    if (s->rank < 0) return strcpy(buffer, "[?...]");
    size_t used = (size_t)snprintf(buffer, RQ_SHAPE_TEXT, "[");
    for (int i = 0; i < s->rank && i < RQ_MAX_RANK; i++) {
        const char *comma = i ? "," : "";
        int n = s->d[i] == RQ_DYNAMIC
                    ? snprintf(buffer + used, RQ_SHAPE_TEXT - used, "%s?", comma)
                    : snprintf(buffer + used, RQ_SHAPE_TEXT - used, "%s%" PRId64, comma, s->d[i]);
        used += (size_t)n;
    }
    snprintf(buffer + used, RQ_SHAPE_TEXT - used, "]");
    return buffer;
}

void rq_shape_strides(const rq_shape *s, int64_t strides[RQ_MAX_RANK])
{
    int64_t stride = 1;
    for (int i = s->rank - 1; i >= 0; i--) {
        strides[i] = stride;
        stride *= s->d[i];
    }
}

rq_status rq_axis_normalize(int *out, int64_t axis, int rank, const char *what)
{
    if (axis < -rank || axis >= rank)
        return rq_fail(RQ_EARG, "%s: axis %" PRId64 " is outside [%d, %d)", what, axis, -rank,
                       rank);
    *out = (int)(axis < 0 ? axis + rank : axis);
    return RQ_OK;
}

size_t rq_tensor_bytes(const rq_tensor *t)
{
    size_t bytes = 0;
    return rq_dtype_bytes(&bytes, t->dtype, rq_tensor_count(t)) ? bytes : SIZE_MAX;
}

rq_status rq_tensor_clone(rq_tensor *out, const rq_tensor *from)
{
    size_t bytes = rq_tensor_bytes(from);
    *out = *from;
    out->data = NULL;
    RQ_TRY(rq_alloc_aligned(&out->data, bytes, "a value"));
    if (bytes) memcpy(out->data, from->data, bytes);
    return RQ_OK;
}
