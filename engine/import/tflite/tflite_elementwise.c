/* Element by element, and along the last axis. */
#include "engine/import/tflite/tflite_write.h"

#include <math.h>

/* TensorFlow's operator of the same inputs. */
void rq_tflite_write_same(rq_tflite_writer *w)
{
    rq_tflite_whole_node(w, w->row->type);
    rq_tflite_attrs_of_row(w);
}

/* row->attrs: the limits. */
void rq_tflite_write_clip(rq_tflite_writer *w)
{
    bool symmetric = w->row->attrs[0] == '-';
    const char *x = rq_tflite_in(w, 0), *low = rq_tflite_float(w, symmetric ? -1 : 0);
    rq_tflite_node(w, w->row->type, w->results[0], RQ_VALUES(x, low, rq_tflite_float(w, 1)));
}

/* As Keras writes it, which the IR's PReLU is fused from: relu(x) - slope relu(-x). */
void rq_tflite_write_prelu(rq_tflite_writer *w)
{
    const char *x = rq_tflite_in(w, 0), *slope = rq_tflite_in(w, 1);
    const char *above = rq_tflite_node(w, "Relu", NULL, RQ_VALUES(x));
    const char *negative = rq_tflite_node(w, "Neg", NULL, RQ_VALUES(x));
    const char *below = rq_tflite_node(w, "Relu", NULL, RQ_VALUES(negative));
    const char *minus = rq_tflite_node(w, "Neg", NULL, RQ_VALUES(slope));
    const char *scaled = rq_tflite_node(w, "Mul", NULL, RQ_VALUES(minus, below));
    rq_tflite_node(w, "AddV2", w->results[0], RQ_VALUES(above, scaled));
}

/* x relu6(x + 3) / 6 */
void rq_tflite_write_hard_swish(rq_tflite_writer *w)
{
    const char *x = rq_tflite_in(w, 0);
    const char *moved = rq_tflite_node(w, "AddV2", NULL, RQ_VALUES(x, rq_tflite_float(w, 3)));
    const char *gate = rq_tflite_node(w, "Relu6", NULL, RQ_VALUES(moved));
    const char *product = rq_tflite_node(w, "Mul", NULL, RQ_VALUES(x, gate));
    rq_tflite_node(w, "Mul", w->results[0], RQ_VALUES(product, rq_tflite_float(w, 1.0 / 6.0)));
}

/* Hendrycks and Gimpel 2016: 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), or with erf. */
static const char *gate_of(rq_tflite_writer *w, const char *x, bool approximate)
{
    if (!approximate) {
        const char *scaled =
            rq_tflite_node(w, "Mul", NULL, RQ_VALUES(x, rq_tflite_float(w, M_SQRT1_2)));
        return rq_tflite_node(w, "Erf", NULL, RQ_VALUES(scaled));
    }
    const char *cube = rq_tflite_node(w, "Pow", NULL, RQ_VALUES(x, rq_tflite_float(w, 3)));
    const char *part =
        rq_tflite_node(w, "Mul", NULL, RQ_VALUES(cube, rq_tflite_float(w, 0.044715)));
    const char *sum = rq_tflite_node(w, "AddV2", NULL, RQ_VALUES(x, part));
    const char *scaled =
        rq_tflite_node(w, "Mul", NULL, RQ_VALUES(sum, rq_tflite_float(w, M_SQRT1_2 * M_2_SQRTPI)));
    return rq_tflite_node(w, "Tanh", NULL, RQ_VALUES(scaled));
}

void rq_tflite_write_gelu(rq_tflite_writer *w)
{
    const char *x = rq_tflite_in(w, 0);
    const char *gate = gate_of(w, x, rq_tflite_option(w, 0, RQ_DT_I8, 0));
    const char *sum = rq_tflite_node(w, "AddV2", NULL, RQ_VALUES(gate, rq_tflite_float(w, 1)));
    const char *half = rq_tflite_node(w, "Mul", NULL, RQ_VALUES(x, rq_tflite_float(w, 0.5)));
    rq_tflite_node(w, "Mul", w->results[0], RQ_VALUES(half, sum));
}

void rq_tflite_write_softmax(rq_tflite_writer *w)
{
    const char *x = rq_tflite_in(w, 0);
    double beta = rq_tflite_option_float(w, 0, 0);
    if (beta != 1) x = rq_tflite_node(w, "Mul", NULL, RQ_VALUES(x, rq_tflite_float(w, beta)));
    rq_tflite_node(w, w->row->type, w->results[0], RQ_VALUES(x));
}

/* x / max(|x|, 1e-6) along the last axis. */
void rq_tflite_write_l2_normalization(rq_tflite_writer *w)
{
    const char *x = rq_tflite_in(w, 0);
    const char *squares = rq_tflite_node(w, "Square", NULL, RQ_VALUES(x));
    const char *sum =
        rq_tflite_node(w, "Sum", NULL, RQ_VALUES(squares, rq_tflite_ints(w, (int64_t[]){-1}, 1)));
    rq_tflite_attr_int(w, "keep_dims", 1);
    const char *least =
        rq_tflite_node(w, "Maximum", NULL, RQ_VALUES(sum, rq_tflite_float(w, 1e-12)));
    const char *norm = rq_tflite_node(w, "Sqrt", NULL, RQ_VALUES(least));
    rq_tflite_node(w, "RealDiv", w->results[0], RQ_VALUES(x, norm));
}

/* Real numbers already, unless they are halves or a table of them. */
void rq_tflite_write_dequantize(rq_tflite_writer *w)
{
    const rq_tflite_tensor *out = rq_tflite_out_tensor(w, 0);
    rq_tflite_node(w, "Cast", w->results[0], RQ_VALUES(rq_tflite_in(w, 0)));
    rq_tflite_attr_dtype(w, "DstT", out && !rq_tflite_is_quantized(out) ? out->dtype : RQ_DT_F32);
}

/* The rounding to the output's codes is what follows of every operator. */
void rq_tflite_write_quantize(rq_tflite_writer *w)
{
    rq_tflite_node(w, "Identity", w->results[0], RQ_VALUES(rq_tflite_in(w, 0)));
}
