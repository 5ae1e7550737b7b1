"""Cases of convolutions, products, pools, reductions, element-wise operators and activations."""
import itertools

import numpy as np
import openvino as ov
import openvino.opset1 as o1
import openvino.opset2 as o2
import openvino.opset4 as o4
import openvino.opset5 as o5
import openvino.opset7 as o7
import openvino.opset8 as o8
import openvino.opset9 as o9
import openvino.opset10 as o10
import openvino.opset13 as o13
import openvino.opset14 as o14
import openvino.opset15 as o15

from casebook import FLOATS, Casebook, const, data

book = Casebook()
CASES = book.cases
case = book.add

INTEGERS = [np.int32, np.int64]
NARROW = [np.int8, np.uint8, np.int16, np.uint16, np.uint32]


def fixed(*shape, seed=7, dtype=FLOATS):
    """A constant full of noise: weights."""
    return o1.constant(data(*shape, dtype=dtype, seed=seed))


# -- convolutions ------------------------------------------------------------------------------

# name: data shape, weights shape, strides, pads_begin, pads_end, dilations, auto_pad
CONVOLUTIONS = {
    "1x1": ((1, 5, 7, 9), (4, 5, 1, 1), [1, 1], [0, 0], [0, 0], [1, 1], "explicit"),
    "1x1 padded": ((1, 5, 7, 9), (4, 5, 1, 1), [1, 1], [1, 0], [0, 2], [1, 1], "explicit"),
    "1x1 stride": ((2, 5, 7, 9), (4, 5, 1, 1), [2, 3], [0, 0], [0, 0], [1, 1], "explicit"),
    "3x3": ((2, 3, 7, 9), (4, 3, 3, 3), [1, 1], [1, 1], [1, 1], [1, 1], "explicit"),
    "3x5 uneven pads": ((1, 3, 7, 9), (4, 3, 3, 5), [2, 1], [0, 2], [1, 1], [1, 1], "explicit"),
    "dilated": ((1, 3, 11, 13), (4, 3, 3, 2), [1, 2], [2, 1], [0, 3], [2, 3], "explicit"),
    "same upper": ((1, 3, 8, 9), (2, 3, 4, 3), [3, 2], [0, 0], [0, 0], [1, 2], "same_upper"),
    "same lower": ((1, 3, 8, 9), (2, 3, 4, 3), [3, 2], [0, 0], [0, 0], [1, 2], "same_lower"),
    "valid": ((1, 3, 8, 9), (2, 3, 4, 3), [1, 2], [5, 5], [5, 5], [1, 1], "valid"),
    "stride beyond kernel": ((1, 2, 13, 11), (3, 2, 2, 1), [5, 4], [1, 0], [0, 2], [1, 1], "explicit"),
    "pads beyond kernel": ((1, 2, 3, 3), (3, 2, 2, 2), [1, 1], [3, 4], [5, 2], [1, 1], "explicit"),
    "as large as the data": ((1, 2, 5, 6), (3, 2, 5, 6), [1, 1], [0, 0], [0, 0], [1, 1], "explicit"),
    "one dimension": ((2, 3, 17), (4, 3, 5), [2], [1], [3], [2], "explicit"),
    "three dimensions": ((1, 2, 5, 6, 7), (3, 2, 3, 2, 3), [1, 2, 1], [1, 0, 2], [0, 1, 1], [1, 1, 2],
                         "explicit"),
}
for name, (shape, weights, *window) in CONVOLUTIONS.items():
    case(f"convolution {name}",
         lambda x, w=weights, a=window: o1.convolution(x, fixed(*w), *a), data(*shape))
case("convolution weights as input", lambda x, w: o1.convolution(x, w, [1, 1], [1, 1], [0, 1], [1, 1]),
     data(1, 3, 6, 5), data(4, 3, 3, 3))
WHOLE = o1.constant(np.round(data(4, 3, 3, 3)).astype(np.float16))
case("convolution f16", lambda x: o1.convert(o1.convolution(
    o1.convert(x, "f16"), WHOLE, [1, 1], [0, 0], [0, 0], [1, 1]), "f32"), np.round(data(1, 3, 6, 5)))

# name: data shape, weights shape (groups, outputs, inputs, ...)
GROUPS = {
    "depthwise": ((2, 5, 7, 9), (5, 1, 1, 3, 3)),
    "depthwise 5x1": ((1, 5, 9, 9), (5, 1, 1, 5, 1)),
    "depthwise multiplier": ((1, 5, 7, 9), (5, 3, 1, 3, 3)),
    "depthwise 1x1": ((1, 5, 7, 9), (5, 1, 1, 1, 1)),
    "two groups": ((2, 6, 7, 9), (2, 4, 3, 3, 2)),
    "three groups 1x1": ((1, 6, 7, 9), (3, 5, 2, 1, 1)),
    "one group": ((1, 6, 7, 9), (1, 5, 6, 3, 3)),
}
WINDOWS = [([1, 1], [1, 1], [1, 1], [1, 1]), ([2, 3], [0, 2], [1, 0], [1, 1]),
           ([1, 2], [2, 1], [3, 0], [2, 2])]
for (name, (shape, weights)), window in itertools.product(GROUPS.items(), WINDOWS):
    case(f"group convolution {name} {window}",
         lambda x, w=weights, a=window: o1.group_convolution(x, fixed(*w), *a), data(*shape))
case("group convolution one dimension",
     lambda x: o1.group_convolution(x, fixed(4, 1, 1, 4), [2], [1], [2], [1]), data(2, 4, 15))
case("group convolution three dimensions",
     lambda x: o1.group_convolution(x, fixed(2, 2, 2, 2, 3, 2), [1, 2, 1], [1, 0, 1], [0, 1, 0],
                                    [1, 1, 2]), data(1, 4, 5, 6, 7))
for pad in ["same_upper", "same_lower", "valid"]:
    case(f"group convolution {pad}",
         lambda x, p=pad: o1.group_convolution(x, fixed(4, 1, 1, 4, 3), [2, 3], [0, 0], [0, 0], [1, 1],
                                               p), data(1, 4, 8, 9))

# name: weights tail, strides, pads_begin, pads_end, dilations, output_padding
BACKWARD = {
    "2x2 stride 2": ((2, 2), [2, 2], [0, 0], [0, 0], [1, 1], [0, 0]),
    "3x3 padded": ((3, 3), [2, 2], [1, 1], [1, 1], [1, 1], [1, 1]),
    "uneven": ((4, 3), [3, 1], [1, 0], [0, 2], [1, 1], [0, 0]),
    "dilated": ((3, 2), [1, 2], [0, 1], [1, 0], [2, 3], [0, 1]),
    "1x1": ((1, 1), [1, 1], [0, 0], [0, 0], [1, 1], [0, 0]),
    "stride beyond kernel": ((2, 1), [3, 4], [0, 0], [0, 0], [1, 1], [0, 0]),
}
for name, (tail, strides, begin, end, dilations, extra) in BACKWARD.items():
    def backward(x, op, weights, a=(strides, begin, end, dilations), e=extra):
        return op(x, fixed(*weights), *a, output_padding=e)
    case(f"transposed convolution {name}",
         lambda x, f=backward, t=tail: f(x, lambda d, w, s, b, e, i, output_padding:
                                         o1.convolution_backprop_data(
                                             d, w, s, None, b, e, i, "explicit", output_padding),
                                         (3, 4, *t)), data(2, 3, 5, 6))
    case(f"transposed group convolution {name}",
         lambda x, f=backward, t=tail: f(x, lambda d, w, s, b, e, i, output_padding:
                                         o1.group_convolution_backprop_data(
                                             d, w, s, None, b, e, i, "explicit", output_padding),
                                         (2, 3, 2, *t)), data(1, 6, 5, 6))
for pad, target in itertools.product(["same_upper", "same_lower"], [[10, 18], [9, 17], [8, 16]]):
    case(f"transposed convolution {pad} to {target}",
         lambda x, p=pad, t=target: o1.convolution_backprop_data(
             x, fixed(3, 4, 4, 3), [2, 3], const(t), [0, 0], [0, 0], [1, 1], p), data(1, 3, 5, 6))
for target in [[11, 18], [12, 19], [9, 14]]:
    case(f"transposed convolution explicit to {target}",
         lambda x, t=target: o1.convolution_backprop_data(
             x, fixed(3, 4, 4, 3), [2, 3], const(t), [0, 0], [0, 0], [1, 1], "explicit"),
         data(1, 3, 5, 6))
case("transposed convolution valid",
     lambda x: o1.convolution_backprop_data(x, fixed(3, 4, 4, 3), [2, 3], None, [1, 1], [1, 1], [1, 1],
                                            "valid"), data(1, 3, 5, 6))
case("transposed convolution one dimension",
     lambda x: o1.convolution_backprop_data(x, fixed(3, 4, 5), [3], None, [1], [2], [2], "explicit",
                                            [0]), data(1, 3, 7))
case("transposed convolution three dimensions",
     lambda x: o1.convolution_backprop_data(x, fixed(2, 3, 2, 3, 2), [2, 1, 2], None, [0, 1, 0],
                                            [1, 0, 0], [1, 1, 1], "explicit", [0, 0, 0]),
     data(1, 2, 3, 4, 5))

# -- products ----------------------------------------------------------------------------------

PRODUCTS = [((5, 7), (7, 3)), ((2, 5, 7), (2, 7, 3)), ((2, 5, 7), (7, 3)), ((5, 7), (2, 7, 3)),
            ((2, 1, 5, 7), (1, 3, 7, 4)), ((1, 7), (7, 1)), ((3, 2, 1, 7), (7, 5)), ((1, 1), (1, 1)),
            ((2, 3, 4, 5, 6), (2, 3, 4, 6, 2))]
for (a, b), left, right in itertools.product(PRODUCTS, [False, True], [False, True]):
    x = a[:-2] + (a[:-3:-1] if left else a[-2:])
    y = b[:-2] + (b[:-3:-1] if right else b[-2:])
    case(f"product {x} {left} by {y} {right}",
         lambda p, q, s=left, t=right: o1.matmul(p, q, s, t), data(*x), data(*y, seed=1))
for (x, y), left, right in itertools.product([((7,), (7,)), ((7,), (7, 3)), ((7,), (2, 7, 3)),
                                              ((5, 7), (7,)), ((2, 5, 7), (7,))],
                                             [False, True], [False, True]):
    if (len(x) > 1 and left) or (len(y) > 1 and right):
        continue
    case(f"product {x} {left} by {y} {right}",
         lambda p, q, s=left, t=right: o1.matmul(p, q, s, t), data(*x), data(*y, seed=1))
case("product by constant", lambda x: o1.matmul(x, fixed(9, 7), False, True), data(3, 7))

# -- pools -------------------------------------------------------------------------------------

# name: data shape, strides, pads_begin, pads_end, kernel
POOLS = {
    "2x2": ((2, 3, 8, 8), [2, 2], [0, 0], [0, 0], [2, 2]),
    "odd": ((1, 3, 9, 7), [2, 2], [0, 0], [0, 0], [3, 2]),
    "padded": ((1, 3, 9, 7), [2, 2], [1, 1], [1, 0], [3, 2]),
    "uneven": ((1, 3, 10, 11), [3, 2], [0, 2], [2, 1], [4, 3]),
    "step 1": ((1, 2, 5, 6), [1, 1], [1, 1], [1, 1], [3, 3]),
    "step beyond kernel": ((1, 2, 11, 12), [5, 4], [0, 0], [0, 0], [2, 3]),
    "global": ((2, 5, 7, 9), [1, 1], [0, 0], [0, 0], [7, 9]),
    "one dimension": ((2, 3, 13), [3], [1], [2], [4]),
    "three dimensions": ((1, 2, 5, 6, 7), [2, 1, 2], [1, 0, 1], [0, 1, 1], [2, 2, 3]),
}
for (name, (shape, *window)), rounding, pad in itertools.product(
        POOLS.items(), ["floor", "ceil"], ["explicit", "same_upper", "same_lower", "valid"]):
    if pad != "explicit" and rounding == "ceil":
        continue
    case(f"max pool {name} {rounding} {pad}",
         lambda x, w=window, r=rounding, p=pad: o1.max_pool(x, *w, r, p), data(*shape))
    for exclude in [False, True]:
        case(f"average pool {name} {rounding} {pad} {exclude}",
             lambda x, w=window, r=rounding, p=pad, e=exclude: o1.avg_pool(x, *w, e, r, p), data(*shape))
for (name, (shape, strides, *window)), axis in itertools.product(POOLS.items(), [0, 1, 2, -1]):
    case(f"max pool-8 {name} axis {axis}",
         lambda x, s=strides, w=window, a=axis: o8.max_pool(
             x, s, [1] * len(s), *w, axis=a).outputs(), data(*shape))
for dilations, kind in itertools.product([[2, 1], [1, 3], [2, 2]], ["i32", "i64"]):
    case(f"max pool-8 dilations {dilations} {kind}",
         lambda x, d=dilations, k=kind: o8.max_pool(x, [1, 2], d, [1, 1], [0, 1], [2, 3],
                                                    index_element_type=k).outputs(), data(2, 3, 9, 11))
for (name, (shape, strides, *window)), rounding in itertools.product(POOLS.items(),
                                                                     ["ceil", "ceil_torch"]):
    case(f"max pool-14 {name} {rounding}",
         lambda x, s=strides, w=window, r=rounding: o14.max_pool(
             x, s, [1] * len(s), *w, r).outputs(), data(*shape))
    for exclude in [False, True]:
        case(f"average pool-14 {name} {rounding} {exclude}",
             lambda x, s=strides, w=window, r=rounding, e=exclude: o14.avg_pool(x, s, *w, e, r),
             data(*shape))
for dtype in [np.int8, np.uint8, np.int32]:
    case(f"max pool {np.dtype(dtype).name}",
         lambda x: o1.max_pool(x, [2, 2], [1, 1], [0, 1], [3, 3], "floor", "explicit"),
         data(1, 2, 7, 8, dtype=dtype))

# -- reductions --------------------------------------------------------------------------------

REDUCTIONS = {"max": o1.reduce_max, "min": o1.reduce_min, "sum": o1.reduce_sum, "mean": o1.reduce_mean,
              "prod": o1.reduce_prod, "l1": o4.reduce_l1, "l2": o4.reduce_l2}
for (name, op), axes, keep in itertools.product(
        REDUCTIONS.items(), [0, [1], [-1], [2, 0], [-1, -2], [0, 1, 2, 3]], [False, True]):
    case(f"reduce {name} {axes} {keep}", lambda x, f=op, a=axes, k=keep: f(x, const(a), k),
         data(3, 5, 2, 7))
for (name, op), dtype in itertools.product(REDUCTIONS.items(), [np.int32, np.int64, np.int8, np.uint8]):
    if name in ("l1", "l2") and dtype in (np.int8, np.uint8):
        continue
    values = data(3, 4, 2, dtype=dtype)
    small = (values % 4 + 1).astype(dtype) if name in ("prod", "sum", "mean") else values
    case(f"reduce {name} {np.dtype(dtype).name}", lambda x, f=op: f(x, const([1]), False), small)
for (name, op), axes, keep in itertools.product(
        {"and": o1.reduce_logical_and, "or": o1.reduce_logical_or}.items(), [[0], [-1, 1]],
        [False, True]):
    case(f"reduce logical {name} {axes} {keep}", lambda x, f=op, a=axes, k=keep: f(x, const(a), k),
         data(3, 2, 4, dtype=np.bool_, seed=3))
case("reduce large mean", lambda x: o1.reduce_mean(x, const([2, 3]), True), data(2, 3, 61, 67) + 100)

# -- two inputs --------------------------------------------------------------------------------

BROADCASTS = [((3, 4, 5), (3, 4, 5)), ((3, 4, 5), (5,)), ((5,), (3, 4, 5)), ((3, 1, 5), (4, 1)),
              ((1, 4, 1), (3, 1, 5)), ((3, 4, 5), (1,)), ((3, 4, 5), ()), ((2, 3, 4, 5), (3, 1, 1)),
              ((2, 3, 4, 5, 2), (2, 1, 4, 1, 2)), ((1,), (1, 1, 1))]
ARITHMETIC = {"add": o1.add, "subtract": o1.subtract, "multiply": o1.multiply, "divide": o1.divide,
              "maximum": o1.maximum, "minimum": o1.minimum, "power": o1.power, "mod": o1.mod,
              "floor mod": o1.floor_mod, "squared difference": o1.squared_difference}
COMPARISONS = {"equal": o1.equal, "not equal": o1.not_equal, "less": o1.less,
               "less equal": o1.less_equal, "greater": o1.greater, "greater equal": o1.greater_equal}
LOGIC = {"and": o1.logical_and, "or": o1.logical_or, "xor": o1.logical_xor}


def operand(name, *shape, seed=0):
    """Away from what rounding may tip over: a base above 0, a divisor away from 0."""
    x = data(*shape, seed=seed)
    if name == "power" and seed == 0:
        return np.abs(x) + FLOATS(0.1)
    if name in ("divide", "mod", "floor mod") and seed:
        return np.asarray(np.sign(x) * (np.abs(x) + 0.5)).astype(FLOATS)
    return x


for (name, op), (a, b) in itertools.product(ARITHMETIC.items(), BROADCASTS):
    case(f"{name} {a} {b}", op, operand(name, *a), operand(name, *b, seed=1))
for (name, op), (a, b) in itertools.product(COMPARISONS.items(), BROADCASTS):
    case(f"{name} {a} {b}", op, np.asarray(np.round(data(*a))), np.asarray(np.round(data(*b, seed=1))))
for (name, op), (a, b) in itertools.product(LOGIC.items(), BROADCASTS):
    case(f"logical {name} {a} {b}", op, data(*a, dtype=np.bool_), data(*b, dtype=np.bool_, seed=1))
for name, op in (ARITHMETIC | COMPARISONS).items():
    case(f"{name} none", lambda x, y, f=op: f(x, y, "none"), operand(name, 3, 4),
         operand(name, 3, 4, seed=1))
    for dtype in INTEGERS + NARROW:
        unsigned = np.issubdtype(dtype, np.unsignedinteger)
        if name == "squared difference" and dtype in (np.int8, np.uint8):
            continue  # the plugin gives 0
        # Small, as the plugin saturates where integers wrap.
        x, y = data(4, 6, dtype=dtype) // 2, data(6, dtype=dtype, seed=1) // 2
        if name in ("divide", "mod", "floor mod"):
            y = np.where(y == 0, 7, y).astype(dtype)
        if name == "divide":  # at run time the plugin rounds towards zero, against m_pythondiv
            x, y = np.abs(x), np.abs(y)
        if name == "power":
            x, y = (x % 6).astype(dtype), (y % 3).astype(dtype)
        if name == "multiply" or name == "squared difference":
            x, y = (x % 6).astype(dtype), (y % 5).astype(dtype)
        if name in ("subtract", "squared difference") and unsigned:
            x, y = np.maximum(x, y).astype(dtype), np.minimum(x, y).astype(dtype)
        case(f"{name} {np.dtype(dtype).name}", op, x, y)
for name, op in {"add": o1.add, "multiply": o1.multiply, "maximum": o1.maximum}.items():
    case(f"{name} f16", lambda x, y, f=op: o1.convert(f(o1.convert(x, "f16"), o1.convert(y, "f16")),
                                                      "f32"),
         np.round(data(3, 5) * 8), np.round(data(5, seed=1) * 8))
for x, y in [(7, 2), (-7, 2), (7, -2), (-7, -2), (6, -3)]:
    for dtype in INTEGERS:
        for name in ["mod", "floor mod"]:
            case(f"{name} {x} by {y} {np.dtype(dtype).name}", ARITHMETIC[name],
                 np.array([x], dtype), np.array([y], dtype))
        case(f"divide {x} by {y} {np.dtype(dtype).name} constants", lambda z, a=x, b=y, d=dtype: o1.add(
            z, o1.divide(const([a], d), const([b], d))), np.array([0], dtype))
case("mod of floats by sign", o1.mod, np.array([5.5, -5.5, 5.5, -5.5], FLOATS),
     np.array([2, 2, -2, -2], FLOATS))
case("floor mod of floats by sign", o1.floor_mod, np.array([5.5, -5.5, 5.5, -5.5], FLOATS),
     np.array([2, 2, -2, -2], FLOATS))
case("compare infinities and zeros", lambda x, y: [f(x, y).output(0) for f in COMPARISONS.values()],
     np.array([np.inf, -np.inf, np.inf, 0.0, 1], FLOATS),
     np.array([np.inf, np.inf, -np.inf, -0.0, np.inf], FLOATS))
# In the plugin's AVX-512 kernels any NaN makes Greater and GreaterEqual true, not in its AVX2 ones.
NANS = np.array([[np.nan, 1, np.nan, np.nan, -np.inf], [np.nan, np.nan, 1, np.inf, np.nan]], FLOATS)
case("compare with nan", lambda x, y: [f(x, y).output(0) for f in COMPARISONS.values()], *NANS,
     want=[getattr(np, name.replace(" ", "_"))(*NANS) for name in COMPARISONS])
BITWISE = {"and": o13.bitwise_and, "or": o13.bitwise_or, "xor": o13.bitwise_xor}
for (name, op), dtype in itertools.product(BITWISE.items(), INTEGERS + NARROW + [np.bool_]):
    case(f"bitwise {name} {np.dtype(dtype).name}", op, data(4, 6, dtype=dtype),
         data(6, dtype=dtype, seed=1))
for dtype in [np.int32, np.uint8, np.int8, np.bool_]:
    case(f"bitwise not {np.dtype(dtype).name}", o13.bitwise_not, data(4, 6, dtype=dtype))
for name, op in {"left": o15.bitwise_left_shift, "right": o15.bitwise_right_shift}.items():
    for dtype in [np.int32, np.int64, np.uint8]:
        case(f"bitwise {name} shift {np.dtype(dtype).name}", op,
             np.abs(data(4, 6, dtype=dtype)).astype(dtype) % 20, (data(6, dtype=dtype) % 3).astype(dtype))
case("prelu one", o1.prelu, data(2, 3, 4, 5), np.array([0.25], FLOATS))
case("prelu channels", o1.prelu, data(2, 3, 4, 5), data(3, seed=1))
case("prelu channels as wide as last", o1.prelu, data(2, 3, 4, 3), data(3, seed=1))
case("prelu broadcast", o1.prelu, data(2, 3, 4, 5), data(3, 1, 1, seed=1))
case("prelu 2d", o1.prelu, data(6, 5), data(5, seed=1))
case("prelu 3d constant", lambda x: o1.prelu(x, fixed(7)), data(2, 7, 5))

# -- select, quantize, soft max ----------------------------------------------------------------

for c, a, b in [((3, 4), (3, 4), (3, 4)), ((4,), (3, 4), (1,)), ((3, 1), (4,), (2, 3, 4)),
                ((2, 1, 1), (3, 1), (4,)), ((1,), (3, 4), (3, 4))]:
    case(f"select {c} {a} {b}", lambda m, x, y: o1.select(m, x, y), data(*c, dtype=np.bool_),
         data(*a), data(*b, seed=1))
for dtype in INTEGERS + [np.int8, np.uint8]:
    case(f"select {np.dtype(dtype).name}", lambda m, x, y: o1.select(m, x, y),
         data(3, 4, dtype=np.bool_), data(3, 4, dtype=dtype), data(4, dtype=dtype, seed=1))
case("select none", lambda m, x, y: o1.select(m, x, y, "none"), data(3, 4, dtype=np.bool_), data(3, 4),
     data(3, 4, seed=1))


def ranges(low, high, shape=(1,)):
    return [o1.constant(np.full(shape, v, FLOATS)) for v in (low, high)]


for levels, (low, high), (out_low, out_high) in itertools.product(
        [2, 16, 255, 256, 1000], [(-2.0, 2.0), (0.0, 1.5), (-1.0, 3.0)],
        [(-2.0, 2.0), (0.0, 255.0), (3.0, -1.0)]):
    case(f"fake quantize {levels} {low} {high} to {out_low} {out_high}",
         lambda x, n=levels, i=(low, high), o=(out_low, out_high): o1.fake_quantize(
             x, *ranges(*i), *ranges(*o), n), data(2, 3, 5, 7) * 2)
case("fake quantize channels", lambda x: o1.fake_quantize(
    x, fixed(1, 3, 1, 1), o1.add(fixed(1, 3, 1, 1), const(2.0, FLOATS)), fixed(3, 1, 1, seed=8),
    o1.add(fixed(3, 1, 1, seed=8), const(3.0, FLOATS)), 256), data(2, 3, 5, 7) * 2)
case("fake quantize elements", lambda x: o1.fake_quantize(
    x, fixed(7), o1.add(fixed(7), const(2.0, FLOATS)), *ranges(-1, 1), 16), data(2, 3, 7) * 2)
case("fake quantize weights", lambda x: o1.multiply(x, o1.fake_quantize(
    fixed(5, 3), *ranges(-1, 1, (5, 1)), *ranges(-1, 1, (5, 1)), 255)), data(5, 3))
case("fake quantize ties", lambda x: o1.fake_quantize(x, *ranges(0, 8), *ranges(0, 8), 9),
     np.arange(-1, 10, 0.25).astype(FLOATS))
for shape, axis in [((7,), 0), ((3, 5), 0), ((3, 5), 1), ((2, 3, 4, 5), 1), ((2, 3, 4, 5), 3)]:
    case(f"soft max-1 {shape} {axis}", lambda x, a=axis: o1.softmax(x, a), data(*shape) * 5)
    case(f"soft max-8 {shape} {axis - len(shape)}",
         lambda x, a=axis - len(shape): o8.softmax(x, a), data(*shape) * 5)
    case(f"log soft max {shape} {axis}", lambda x, a=axis: o5.log_softmax(x, a), data(*shape) * 5)
    case(f"log soft max {shape} {axis - len(shape)}",
         lambda x, a=axis - len(shape): o5.log_softmax(x, a), data(*shape) * 5)
case("soft max large", lambda x: o8.softmax(x, -1), data(3, 1001) * 300)
case("soft max masked", lambda x: o8.softmax(x, -1),
     np.array([[0, 1, -np.inf], [-np.inf, 3, 2]], FLOATS))

# -- conversions -------------------------------------------------------------------------------

KINDS = {"f32": np.float32, "f16": np.float16, "i64": np.int64, "i32": np.int32, "i16": np.int16,
         "i8": np.int8, "u8": np.uint8, "u16": np.uint16, "u32": np.uint32, "boolean": np.bool_}
for (source, dtype), target in itertools.product(KINDS.items(), KINDS):
    values = data(3, 7, dtype=dtype)
    if np.issubdtype(dtype, np.floating):
        values = (np.abs(values) if target.startswith("u") else values) * dtype(20)
    elif target.startswith("u"):
        values = values.astype(dtype) if dtype == np.bool_ else np.abs(values)
    case(f"convert {source} to {target}", lambda x, t=target: o1.convert(x, t), values)
for packed in ["i4", "u4"]:
    case(f"convert constant {packed}", lambda x, k=packed: o1.add(x, o1.convert(
        ov.op.Constant(getattr(ov.Type, k), ov.Shape([7]), [1, 7, 0, 3, 5, 2, 6]), "f32")), data(7))
for target in ["f16", "bf16", "f8e4m3", "f8e5m2"]:
    case(f"convert through constant {target}", lambda x, k=target: o1.add(x, o1.convert(
        ov.op.Constant(getattr(ov.Type, k), ov.Shape([5]), [1.0, -0.3, 2.7, 100.0, 0.004]), "f32")),
         data(5))
case("convert floats to boolean", lambda x: o1.convert(x, "boolean"),
     np.array([0, -0.0, 0.2, -3, 1], FLOATS))

# -- one input ---------------------------------------------------------------------------------

ANY = data(3, 5, 7) * 3
INSIDE = np.tanh(data(3, 5, 7)).astype(FLOATS) * FLOATS(0.99)
POSITIVE = np.abs(data(3, 5, 7)) + FLOATS(0.05)
EXTREMES = np.array([0, -0.0, 1e-20, -1e-20, 1, -1, 20, -20, 50, -50, 87, -87, 1e4, -1e4], FLOATS)
UNARY = {
    "abs": (o1.abs, ANY), "acos": (o1.acos, INSIDE), "acosh": (o4.acosh, POSITIVE + 1),
    "asin": (o1.asin, INSIDE), "asinh": (o4.asinh, ANY), "atan": (o1.atan, ANY),
    "atanh": (o4.atanh, INSIDE), "ceiling": (o1.ceiling, ANY), "cos": (o1.cos, ANY),
    "cosh": (o1.cosh, ANY), "erf": (o1.erf, ANY), "exp": (o1.exp, ANY), "floor": (o1.floor, ANY),
    "gelu-2": (o2.gelu, ANY),
    "gelu-7 erf": (lambda x: o7.gelu(x, "erf"), ANY), "gelu-7 tanh": (lambda x: o7.gelu(x, "tanh"), ANY),
    "hsigmoid": (o5.hsigmoid, ANY), "hswish": (o4.hswish, ANY), "log": (o1.log, POSITIVE),
    "mish": (o4.mish, ANY), "negative": (o1.negative, ANY), "relu": (o1.relu, ANY),
    "round even": (lambda x: o5.round(x, "half_to_even"), np.round(ANY * 2) / 2),
    "round away": (lambda x: o5.round(x, "half_away_from_zero"), np.round(ANY * 2) / 2),
    "sigmoid": (o1.sigmoid, ANY), "sign": (o1.sign, np.round(ANY)), "sin": (o1.sin, ANY),
    "sinh": (o1.sinh, ANY), "soft plus": (o4.softplus, ANY), "soft sign": (o9.softsign, ANY),
    "sqrt": (o1.sqrt, POSITIVE), "tan": (o1.tan, INSIDE), "tanh": (o1.tanh, ANY),
    "swish": (lambda x: o4.swish(x), ANY),
    "swish beta": (lambda x: o4.swish(x, const(1.7, FLOATS)), ANY),
    "elu": (lambda x: o1.elu(x, 0.7), ANY),
    "selu": (lambda x: o1.selu(x, const([1.67], FLOATS), const([1.05], FLOATS)), ANY),
    "hard sigmoid": (lambda x: o1.hard_sigmoid(x, const(0.2, FLOATS), const(0.5, FLOATS)), ANY),
    "clamp": (lambda x: o1.clamp(x, -1.5, 2.25), ANY),
    "clamp 0 6": (lambda x: o1.clamp(x, 0.0, 6.0), ANY * 3),
}
for name, (op, values) in UNARY.items():
    case(name, op, values)
for name in ["gelu-7 erf", "gelu-7 tanh", "hsigmoid", "hswish", "mish", "sigmoid", "soft plus",
             "soft sign", "tanh", "swish", "swish beta", "elu", "selu", "erf", "relu", "hard sigmoid",
             "atan"]:
    case(f"{name} of extremes", UNARY[name][0], EXTREMES)
for dtype in INTEGERS + [np.int8]:
    for name in ["abs", "negative", "sign", "relu", "clamp", "ceiling", "floor"]:
        case(f"{name} {np.dtype(dtype).name}", UNARY[name][0], data(3, 5, dtype=dtype))
case("clamp u8", lambda x: o1.clamp(x, 10.0, 60.0), data(3, 5, dtype=np.uint8))
case("logical not", o1.logical_not, data(3, 5, dtype=np.bool_))
SPECIAL = np.array([0, 1, np.nan, np.inf, -np.inf, -3.4e38], FLOATS)
case("is finite", o10.is_finite, SPECIAL)
case("is nan", o10.is_nan, SPECIAL)
for name in ["abs", "relu", "clamp", "sign", "floor", "negative", "sigmoid", "tanh"]:
    case(f"{name} of infinities", UNARY[name][0], np.array([np.inf, -np.inf], FLOATS))
