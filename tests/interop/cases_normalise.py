"""Cases of normalisations, adaptive pools, sums, attention, Einsum and recurrent layers."""
import numpy as np
import openvino.opset1 as o1
import openvino.opset3 as o3
import openvino.opset4 as o4
import openvino.opset5 as o5
import openvino.opset6 as o6
import openvino.opset7 as o7
import openvino.opset8 as o8
import openvino.opset10 as o10
import openvino.opset12 as o12
import openvino.opset13 as o13

from casebook import FLOATS, Casebook, const, data, ints

book = Casebook()
CASES = book.cases
case = book.add


def weights(*shape, seed=1):
    return const(data(*shape, seed=seed) * 0.3, FLOATS)


# -- normalisations -----------------------------------------------------------------------------

for shape in [(2, 5, 7), (1, 3, 4, 5), (2, 6)]:
    c = shape[1]
    case(f"batch norm {shape}", lambda x, c=c: o5.batch_norm_inference(
        x, weights(c), weights(c, seed=2), weights(c, seed=3), const(np.abs(data(c, seed=4)) + 0.1, FLOATS),
        1e-3), data(*shape))
for axes in [[2, 3], [1, 2, 3], [-1], [0, 3]]:
    for mode in ["inside_sqrt", "outside_sqrt"]:
        case(f"mvn {axes} {mode}", lambda x, a=axes, m=mode: o6.mvn(x, const(a), True, 1e-3, m),
             data(2, 3, 4, 5))
case("mvn without variance", lambda x: o6.mvn(x, const([2, 3]), False, 1e-3, "inside_sqrt"),
     data(2, 3, 4, 5))
for axes in [[1], [2, 3], [1, 2, 3], [-1]]:
    for mode in ["add", "max"]:
        case(f"normalize l2 {axes} {mode}", lambda x, a=axes, m=mode: o1.normalize_l2(
            x, const(a), 1e-2, m), data(2, 3, 4, 5))
# The CPU plugin keeps only the whole part of the bias; the page does not, nor do we.
for axes, size in [([1], 5), ([2, 3], 3), ([1], 1)]:
    case(f"lrn {axes} {size}", lambda x, a=axes, s=size: o1.lrn(x, const(a), 0.7, 0.6, 2.0, s),
         data(1, 7, 5, 6))
for groups in [1, 2, 6]:
    case(f"group normalization {groups}", lambda x, g=groups: o12.group_normalization(
        x, weights(6), weights(6, seed=2), g, 1e-4), data(2, 6, 3, 5))
for out in [[3, 4], [1, 1], [7, 5], [2, 9]]:
    case(f"adaptive avg {out}", lambda x, o=out: o8.adaptive_avg_pool(x, const(o)), data(2, 3, 7, 9))
    case(f"adaptive max {out}", lambda x, o=out: o8.adaptive_max_pool(x, const(o), "i32"),
         data(2, 3, 7, 9))
case("adaptive avg 1d", lambda x: o8.adaptive_avg_pool(x, const([4])), data(2, 3, 11))
case("adaptive max 3d", lambda x: o8.adaptive_max_pool(x, const([2, 3, 2]), "i32"),
     data(1, 2, 4, 7, 5))

# -- sums, attention ------------------------------------------------------------------------------

for exclusive in [False, True]:
    for reverse in [False, True]:
        for axis in [0, -1]:
            case(f"cum sum {axis} {exclusive} {reverse}", lambda x, a=axis, e=exclusive, r=reverse:
                 o3.cum_sum(x, const(a), e, r), data(3, 4, 5))
case("cum sum i32", lambda x: o3.cum_sum(x, const(1)), data(3, 4, dtype=np.int32))
strange = np.array([1, np.inf, -np.inf, np.nan, 0], FLOATS)
for name in ["is_inf", "is_nan", "is_finite"]:
    case(name, lambda x, n=name: getattr(o10, n)(x), strange)
case("is inf positive", lambda x: o10.is_inf(x, {"detect_negative": False}), strange)
for causal in [False, True]:
    case(f"attention {causal}", lambda q, k, v, c=causal: o13.scaled_dot_product_attention(
        q, k, v, causal=c), data(2, 3, 5, 8), data(2, 3, 5, 8, seed=1), data(2, 3, 5, 6, seed=2))
case("attention float mask", lambda q, k, v, m: o13.scaled_dot_product_attention(q, k, v, m),
     data(2, 3, 5, 8), data(2, 3, 7, 8, seed=1), data(2, 3, 7, 6, seed=2), data(2, 1, 5, 7))
case("attention mask and scale", lambda q, k, v, m: o13.scaled_dot_product_attention(
    q, k, v, m, const(0.5, FLOATS)), data(1, 2, 5, 8), data(1, 2, 7, 8, seed=1),
    data(1, 2, 7, 8, seed=2), data(5, 7))
for equation, shapes in [("ij,jk->ik", [(3, 4), (4, 5)]), ("bij,bjk->bik", [(2, 3, 4), (2, 4, 5)]),
                         ("ij->ji", [(3, 4)]), ("ij->", [(3, 4)]), ("i,j->ij", [(3,), (4,)]),
                         ("ii->i", [(4, 4)]), ("abc,cd,de->abe", [(2, 3, 4), (4, 5), (5, 2)]),
                         ("...ij,...jk->...ik", [(2, 1, 3, 4), (5, 4, 2)]), ("ij,jk", [(3, 4), (4, 5)]),
                         ("bhwc,hkc->bhwk", [(2, 3, 4, 5), (3, 6, 5)])]:
    case(f"einsum {equation}", lambda *x, e=equation: o7.einsum(list(x), e),
         *[data(*s, seed=i) for i, s in enumerate(shapes)])

# -- recurrent layers -------------------------------------------------------------------------------

N, T, I, S = 3, 5, 4, 6
x1, h1, c1 = data(N, I), data(N, S, seed=5), data(N, S, seed=6)
case("lstm cell", lambda x, h, c: o4.lstm_cell(x, h, c, weights(4 * S, I), weights(4 * S, S),
                                               weights(4 * S), S), x1, h1, c1)
case("lstm cell clip", lambda x, h, c: o4.lstm_cell(
    x, h, c, weights(4 * S, I), weights(4 * S, S), weights(4 * S), S, clip=0.3), x1, h1, c1)
case("rnn cell", lambda x, h: o3.rnn_cell(x, h, weights(S, I), weights(S, S), weights(S), S,
                                          ["relu"], [], [], 0.0), x1, h1)
for lbr in [False, True]:
    case(f"gru cell {lbr}", lambda x, h, l=lbr: o3.gru_cell(
        x, h, weights(3 * S, I), weights(3 * S, S), weights((4 if l else 3) * S), S,
        linear_before_reset=l), x1, h1)
for direction, d in [("forward", 1), ("reverse", 1), ("bidirectional", 2)]:
    xs, hs, cs = data(N, T, I), data(N, d, S, seed=5), data(N, d, S, seed=6)
    for lengths in [[T] * N, [5, 2, 1]]:
        case(f"lstm sequence {direction} {lengths}", lambda x, h, c, n, r=direction, d=d:
             o5.lstm_sequence(x, h, c, n, weights(d, 4 * S, I), weights(d, 4 * S, S),
                              weights(d, 4 * S), S, r), xs, hs, cs, ints(*lengths))
        case(f"rnn sequence {direction} {lengths}", lambda x, h, n, r=direction, d=d:
             o5.rnn_sequence(x, h, n, weights(d, S, I), weights(d, S, S), weights(d, S), S, r),
             xs, hs, ints(*lengths))
        for lbr in [False, True]:
            case(f"gru sequence {direction} {lengths} {lbr}", lambda x, h, n, r=direction, d=d, l=lbr:
                 o5.gru_sequence(x, h, n, weights(d, 3 * S, I), weights(d, 3 * S, S),
                                 weights(d, (4 if l else 3) * S), S, r, linear_before_reset=l),
                 xs, hs, ints(*lengths))
