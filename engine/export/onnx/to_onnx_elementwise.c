/* Operators that work element by element, and activations. */
#include "engine/export/onnx/to_onnx_local.h"

#include "engine/base/formats/onnx_dtype.h"
#include "engine/ops/common/elementwise.h"
#include "engine/ops/common/gelu.h"

/* -- the same in ONNX ------------------------------------------------------------------------ */

void rq_to_onnx_unary(rq_to_onnx *w)
{
    rq_to_onnx_result(w, w->onnx_type, RQ_NAMES(rq_to_onnx_in(w, 0)));
}

/* The inputs as they come. numpy's broadcasting is ONNX's; without broadcasting shapes are equal.
 */
typedef struct operands {
    const char *x, *y;
} operands;

static operands read_operands(rq_to_onnx *w)
{
    const rq_broadcast_attrs *attrs = w->attrs;
    if (attrs->mode == RQ_BROADCAST_PDPD) rq_to_onnx_fail(w, "its broadcasting is pdpd's");
    return (operands){rq_to_onnx_in(w, 0), rq_to_onnx_in(w, 1)};
}

void rq_to_onnx_binary(rq_to_onnx *w)
{
    operands o = read_operands(w);
    rq_to_onnx_result(w, w->onnx_type, RQ_NAMES(o.x, o.y));
}

/* The remainder with the sign of the dividend. */
void rq_to_onnx_mod(rq_to_onnx *w)
{
    rq_to_onnx_binary(w);
    rq_to_onnx_set_int(w, "fmod", 1);
}

void rq_to_onnx_floor_mod(rq_to_onnx *w)
{
    operands o = read_operands(w);
    if (!rq_dtype_is_float(rq_to_onnx_value_in(w, 0)->dtype)) {
        rq_to_onnx_result(w, "Mod", RQ_NAMES(o.x, o.y));
        return;
    }
    const char *n = rq_to_onnx_emit(w, "Div", RQ_NAMES(o.x, o.y));
    n = rq_to_onnx_emit(w, "Floor", RQ_NAMES(n));
    n = rq_to_onnx_emit(w, "Mul", RQ_NAMES(n, o.y));
    rq_to_onnx_result(w, "Sub", RQ_NAMES(o.x, n));
}

void rq_to_onnx_not_equal(rq_to_onnx *w)
{
    operands o = read_operands(w);
    const char *equal = rq_to_onnx_emit(w, "Equal", RQ_NAMES(o.x, o.y));
    rq_to_onnx_result(w, "Not", RQ_NAMES(equal));
}

void rq_to_onnx_squared_difference(rq_to_onnx *w)
{
    operands o = read_operands(w);
    const char *d = rq_to_onnx_emit(w, "Sub", RQ_NAMES(o.x, o.y));
    rq_to_onnx_result(w, "Mul", RQ_NAMES(d, d));
}

void rq_to_onnx_select(rq_to_onnx *w)
{
    rq_to_onnx_result(w, "Where",
                      RQ_NAMES(rq_to_onnx_in(w, 0), rq_to_onnx_in(w, 1), rq_to_onnx_in(w, 2)));
}

void rq_to_onnx_convert(rq_to_onnx *w)
{
    rq_dtype from = rq_to_onnx_value_in(w, 0)->dtype, to = rq_to_onnx_value_out(w, 0)->dtype;
    rq_to_onnx_result(w, from == to ? "Identity" : "Cast", RQ_NAMES(rq_to_onnx_in(w, 0)));
    if (from != to) rq_to_onnx_set_int(w, "to", rq_onnx_dtype_number(to));
}

void rq_to_onnx_is_finite(rq_to_onnx *w)
{
    const char *x = rq_to_onnx_in(w, 0);
    const char *inf = rq_to_onnx_emit(w, "IsInf", RQ_NAMES(x));
    const char *nan = rq_to_onnx_emit(w, "IsNaN", RQ_NAMES(x));
    rq_to_onnx_result(w, "Not", RQ_NAMES(rq_to_onnx_emit(w, "Or", RQ_NAMES(inf, nan))));
}

void rq_to_onnx_is_inf(rq_to_onnx *w)
{
    rq_to_onnx_unary(w);
    rq_to_onnx_set_int(w, "detect_negative", rq_to_onnx_attr(w, "detect_negative"));
    rq_to_onnx_set_int(w, "detect_positive", rq_to_onnx_attr(w, "detect_positive"));
}

/* Halves away from zero: sign(x) floor(|x| + 0.5). */
void rq_to_onnx_round(rq_to_onnx *w)
{
    const char *x = rq_to_onnx_in(w, 0);
    rq_dtype dtype = rq_to_onnx_value_in(w, 0)->dtype;
    if (!rq_to_onnx_attr(w, "mode")) {
        rq_to_onnx_result(w, "Round", RQ_NAMES(x));
        return;
    }
    const char *y = rq_to_onnx_emit(w, "Abs", RQ_NAMES(x));
    y = rq_to_onnx_emit(w, "Add", RQ_NAMES(y, rq_to_onnx_scalar(w, dtype, 0.5)));
    y = rq_to_onnx_emit(w, "Floor", RQ_NAMES(y));
    rq_to_onnx_result(w, "Mul", RQ_NAMES(y, rq_to_onnx_emit(w, "Sign", RQ_NAMES(x))));
}

/* -- activations ----------------------------------------------------------------------------- */

void rq_to_onnx_clamp(rq_to_onnx *w)
{
    rq_dtype dtype = rq_to_onnx_value_in(w, 0)->dtype;
    double low = rq_to_onnx_attr_float(w, "min"), high = rq_to_onnx_attr_float(w, "max");
    if (!rq_dtype_is_float(dtype)) low = ceil(low), high = floor(high);
    rq_to_onnx_result(w, "Clip",
                      RQ_NAMES(rq_to_onnx_in(w, 0), rq_to_onnx_scalar(w, dtype, low),
                               rq_to_onnx_scalar(w, dtype, high)));
}

void rq_to_onnx_elu(rq_to_onnx *w)
{
    rq_to_onnx_unary(w);
    rq_to_onnx_set_float(w, "alpha", rq_to_onnx_attr_float(w, "alpha"));
}

/* Two numbers that are inputs in the IR, attributes in ONNX. */
static void write_two_numbers(rq_to_onnx *w, const char *first, const char *second)
{
    double a = 0.0, b = 0.0;
    rq_to_onnx_require_number(w, 1, &a, first);
    rq_to_onnx_require_number(w, 2, &b, second);
    rq_to_onnx_unary(w);
    rq_to_onnx_set_float(w, first, a);
    rq_to_onnx_set_float(w, second, b);
}

void rq_to_onnx_selu(rq_to_onnx *w)
{
    write_two_numbers(w, "alpha", "gamma");
}

void rq_to_onnx_hard_sigmoid(rq_to_onnx *w)
{
    write_two_numbers(w, "alpha", "beta");
}

void rq_to_onnx_hsigmoid(rq_to_onnx *w)
{
    rq_to_onnx_unary(w);
    rq_to_onnx_set_float(w, "alpha", 1.0 / 6.0);
    rq_to_onnx_set_float(w, "beta", 0.5);
}

void rq_to_onnx_swish(rq_to_onnx *w)
{
    const char *x = rq_to_onnx_in(w, 0), *scaled = x;
    if (rq_to_onnx_has(w, 1)) scaled = rq_to_onnx_emit(w, "Mul", RQ_NAMES(x, rq_to_onnx_in(w, 1)));
    const char *gate = rq_to_onnx_emit(w, "Sigmoid", RQ_NAMES(scaled));
    rq_to_onnx_result(w, "Mul", RQ_NAMES(x, gate));
}

void rq_to_onnx_gelu(rq_to_onnx *w)
{
    rq_to_onnx_need(w, 20);
    rq_to_onnx_unary(w);
    if (rq_to_onnx_attr(w, "approximation_mode") == RQ_GELU_TANH)
        rq_to_onnx_set_string(w, "approximate", "tanh");
}

/* A slope of one dimension that is as long as the channels lies along them. */
void rq_to_onnx_prelu(rq_to_onnx *w)
{
    const rq_shape *x = &rq_to_onnx_value_in(w, 0)->shape, *s = &rq_to_onnx_value_in(w, 1)->shape;
    const char *slope = rq_to_onnx_in(w, 1);
    int64_t dims[RQ_MAX_RANK] = {s->rank == 1 ? s->d[0] : 0};
    if (s->rank == 1 && s->d[0] != 1 && x->rank > 2 && x->d[1] == s->d[0]) {
        for (int d = 1; d < x->rank - 1; d++) dims[d] = 1;
        slope = rq_to_onnx_emit(w, "Reshape",
                                RQ_NAMES(slope, rq_to_onnx_ints(w, dims, (size_t)x->rank - 1)));
    }
    rq_to_onnx_result(w, "PRelu", RQ_NAMES(rq_to_onnx_in(w, 0), slope));
}
