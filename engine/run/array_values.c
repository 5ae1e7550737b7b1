#include "engine/run/array_values.h"

#include "engine/base/status.h"
#include "engine/base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

typedef struct limits {
    const char *input;
    const rq_id_range *ids;
    rq_dtype dtype;
    bool integers, is_mask;
    double low, high; /* of the type, or of its numbers that a double tells apart */
} limits;

/* "[0,3]" */
static const char *place_text(const rq_shape *shape, size_t i, char buffer[RQ_SHAPE_TEXT])
{
    rq_shape at = *shape;
    for (int k = shape->rank; k-- > 0;) {
        at.d[k] = (int64_t)(i % (size_t)shape->d[k]);
        i /= (size_t)shape->d[k];
    }
    return rq_shape_text(&at, buffer);
}

static rq_status refuse(const limits *of, const rq_tensor *array, size_t i, const char *expected)
{
    char place[RQ_SHAPE_TEXT];
    return rq_fail(RQ_EFORMAT, "input '%s': %.17g at %s, expected %s", of->input,
                   rq_load_f64(array->data, array->dtype, i), place_text(&array->shape, i, place),
                   expected);
}

static rq_status check_float(const limits *of, const rq_tensor *array, size_t i, double x)
{
    if (isfinite(x) || (of->is_mask && x < 0)) return RQ_OK;
    return refuse(of, array, i, "a finite number");
}

static rq_status check_integer(const limits *of, const rq_tensor *array, size_t i, double x)
{
    char text[128];
    if (!(x >= of->low && x <= of->high && x == floor(x))) {
        snprintf(text, sizeof text, "an integer that fits into %s", rq_dtype_name(of->dtype));
        return refuse(of, array, i, text);
    }
    if (!of->ids->picker) return RQ_OK;
    if (x >= (double)of->ids->low && x <= (double)of->ids->high) return RQ_OK;
    snprintf(text, sizeof text, "%" PRId64 " to %" PRId64 ", the rows that '%.60s' picks from",
             of->ids->low, of->ids->high, of->ids->picker);
    return refuse(of, array, i, text);
}

/* What is added to scores: 0 leaves them, minus infinity leaves them out. */
static bool is_mask(const rq_tensor *array)
{
    size_t n = rq_tensor_count(array);
    for (size_t i = 0; i < n; i++) {
        double x = rq_load_f64(array->data, array->dtype, i);
        if (x != 0 && !(isinf(x) && x < 0)) return false;
    }
    return true;
}

static limits limits_of(rq_dtype dtype, const rq_id_range *ids, const char *input)
{
    limits of = {.input = input, .ids = ids, .dtype = dtype};
    rq_dtype_kind kind = rq_dtype_kind_of(dtype);
    int bits = dtype == RQ_DT_BOOL ? 1 : (int)rq_dtype_bits(dtype);
    of.integers = kind == RQ_KIND_SIGNED || kind == RQ_KIND_UNSIGNED;
    of.low = kind == RQ_KIND_SIGNED ? -ldexp(1, bits - 1) : 0;
    of.high = ldexp(1, kind == RQ_KIND_SIGNED ? bits - 1 : bits);
    if (bits < 53) of.high -= 1; /* of 64 bits the largest double is beyond, by one */
    return of;
}

rq_status rq_array_values_check(const rq_tensor *array, rq_dtype dtype, const rq_id_range *ids,
                                const char *input)
{
    limits of = limits_of(dtype, ids, input);
    size_t n = rq_tensor_count(array);
    bool floats = rq_dtype_is_float(array->dtype);
    if (!of.integers && !floats) return RQ_OK;
    for (size_t i = 0; i < n; i++) {
        double x = rq_load_f64(array->data, array->dtype, i);
        if (!of.integers && isinf(x) && !of.is_mask) of.is_mask = is_mask(array);
        RQ_TRY(of.integers ? check_integer(&of, array, i, x) : check_float(&of, array, i, x));
    }
    return RQ_OK;
}
