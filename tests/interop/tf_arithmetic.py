"""TensorFlow's arithmetic."""
import numpy as np
import tensorflow as tf

CASES = []
raw = tf.raw_ops


def data(*shape, low=-1, high=1, seed=0):
    return np.random.default_rng([seed, *shape]).uniform(low, high, shape).astype(np.float32)


def whole(*shape, low=-9, high=10, dtype=np.int32):
    return np.random.default_rng([7, *shape]).integers(low, high, shape).astype(dtype)


def add(name, function, *inputs):
    CASES.append((name, function, inputs))


holes = np.float32([[0, 1.5, -2], [0, 0, 3]])
positive = data(2, 3, low=0.1, high=3)
for op in (raw.Atan2, raw.DivNoNan, raw.MulNoNan, raw.SquaredDifference, raw.Pow, raw.Mod):
    add(op.__name__, lambda x, y, op=op: op(x=x, y=y), data(2, 3, low=0.2, high=2), data(2, 3, low=0.5, high=2, seed=1))
add("Atan2 of all quarters", lambda x, y: raw.Atan2(y=y, x=x), np.float32([1, -1, 0, 0, 1, -1, -1, 0]),
    np.float32([1, 1, 1, -1, 0, 0, -1, 0]))
add("DivNoNan by 0", lambda x, y: raw.DivNoNan(x=x, y=y), positive, holes)
add("MulNoNan by 0", lambda x, y: raw.MulNoNan(x=x, y=y), np.float32([[np.inf, 1, 2], [np.nan, 3, 4]]), holes)
for op in (raw.Xlogy, raw.Xdivy, raw.Xlog1py):
    add(op.__name__, lambda x, y, op=op: op(x=x, y=y), holes, positive)
    add(f"{op.__name__} of 0", lambda x, y, op=op: op(x=x, y=y), holes, np.abs(holes))
for op in (raw.Erfc, raw.Erf, raw.Expm1, raw.Log1p, raw.Rsqrt, raw.Inv, raw.Reciprocal, raw.Softsign,
           raw.Rint, raw.Sign, raw.Sinh, raw.Cosh, raw.Asinh):
    add(op.__name__, lambda x, op=op: op(x=x), data(2, 5, low=0.1, high=2)) if op not in (
        raw.Softsign,) else add("Softsign", lambda x: raw.Softsign(features=x), data(2, 5))
for op in (raw.BitwiseAnd, raw.BitwiseOr, raw.BitwiseXor, raw.TruncateDiv, raw.TruncateMod, raw.FloorDiv, raw.FloorMod):
    add(op.__name__, lambda x, y, op=op: op(x=x, y=y), whole(3, 4), whole(3, 4, low=1))
for op in (raw.LeftShift, raw.RightShift):
    add(op.__name__, lambda x, y, op=op: op(x=x, y=y), whole(3, 4), whole(3, 4, low=0, high=5))
add("Invert", lambda x: raw.Invert(x=x), whole(5))
add("L2Loss", lambda x: raw.L2Loss(t=x), data(3, 4))
add("LinSpace", lambda x: x + tf.linspace(1.0, 4.0, 7), data(7))
add("TruncateDiv of floats", lambda x, y: raw.TruncateDiv(x=x, y=y), data(5, low=-9, high=9), data(5, low=1, high=2))
