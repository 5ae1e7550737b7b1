"""TensorFlow's arithmetic."""
import numpy as np
import tensorflow as tf

from functionbook import Functionbook, data, whole

raw = tf.raw_ops
book = Functionbook()
add = book.add
CASES = book.cases

holes = np.float32([[0, 1.5, -2], [0, 0, 3]])
positive = data(2, 3, low=0.1, high=3)
for op in (raw.Atan2, raw.DivNoNan, raw.MulNoNan, raw.SquaredDifference, raw.Pow, raw.Mod):
    add(op.__name__, lambda x, y, op=op: op(x=x, y=y), data(2, 3, low=0.2, high=2),
        data(2, 3, low=0.5, high=2, seed=1))
add("Atan2 of all quarters", lambda x, y: raw.Atan2(y=y, x=x),
    np.float32([1, -1, 0, 0, 1, -1, -1, 0]), np.float32([1, 1, 1, -1, 0, 0, -1, 0]))
add("DivNoNan by 0", lambda x, y: raw.DivNoNan(x=x, y=y), positive, holes)
add("MulNoNan by 0", lambda x, y: raw.MulNoNan(x=x, y=y),
    np.float32([[np.inf, 1, 2], [np.nan, 3, 4]]), holes)
for op in (raw.Xlogy, raw.Xdivy, raw.Xlog1py):
    add(op.__name__, lambda x, y, op=op: op(x=x, y=y), holes, positive)
    add(f"{op.__name__} of 0", lambda x, y, op=op: op(x=x, y=y), holes, np.abs(holes))
for op in (raw.Erfc, raw.Erf, raw.Expm1, raw.Log1p, raw.Rsqrt, raw.Inv, raw.Reciprocal, raw.Rint,
           raw.Sign, raw.Sinh, raw.Cosh, raw.Asinh):
    add(op.__name__, lambda x, op=op: op(x=x), data(2, 5, low=0.1, high=2))
for op in (raw.BitwiseAnd, raw.BitwiseOr, raw.BitwiseXor, raw.TruncateDiv,
           raw.TruncateMod, raw.FloorDiv, raw.FloorMod):
    add(op.__name__, lambda x, y, op=op: op(x=x, y=y), whole(3, 4), whole(3, 4, low=1))
for op in (raw.LeftShift, raw.RightShift):
    add(op.__name__, lambda x, y, op=op: op(x=x, y=y), whole(3, 4), whole(3, 4, low=0, high=5))
add("Invert", lambda x: raw.Invert(x=x), whole(5))
add("L2Loss", lambda x: raw.L2Loss(t=x), data(3, 4))
add("LinSpace", lambda x: x + tf.linspace(1.0, 4.0, 7), data(7))
add("TruncateDiv of floats", lambda x, y: raw.TruncateDiv(x=x, y=y), data(5, low=-9, high=9),
    data(5, low=1, high=2))
add("ApproximateEqual", lambda x: raw.ApproximateEqual(x=x, y=x * 1.2, tolerance=0.1), data(9))
add("Cross", lambda x, y: raw.Cross(a=x, b=y), data(4, 3), data(4, 3, seed=1))
add("Cumsum", lambda x: tf.cumsum(x, axis=-1, reverse=True), data(2, 5))
add("Bincount", lambda x: tf.raw_ops.Bincount(arr=x, size=6, weights=np.float32([])), whole(20, low=0, high=9))
add("Bincount, weighted", lambda x, w: tf.raw_ops.Bincount(arr=x, size=6, weights=w), whole(20, low=0, high=9), data(20))
add("gelu", lambda x: tf.nn.gelu(x) + tf.nn.gelu(x, approximate=True), data(9, low=-3, high=3))
add("EuclideanNorm", lambda x: tf.math.reduce_euclidean_norm(x, 1), data(3, 4))
add("ReduceLogSumExp", lambda x: tf.math.reduce_logsumexp(x, 1), data(3, 4))
add("ClipByValue", lambda x: tf.clip_by_value(x, -0.2, 0.4), data(3, 4))
add("InTopK", lambda x, t: tf.math.in_top_k(t, x, 2), data(5, 6), whole(5, low=0, high=6))
add("Softmax cross entropy", lambda x, y: tf.nn.softmax_cross_entropy_with_logits(y, x), data(3, 5), data(3, 5, low=0, seed=1))
add("Sparse cross entropy", lambda x, y: tf.nn.sparse_softmax_cross_entropy_with_logits(y, x), data(3, 5), whole(3, low=0, high=5))
for exclusive in (False, True):
    for reverse in (False, True):
        add(f"Cumprod exclusive {exclusive} reverse {reverse}",
            lambda x, e=exclusive, r=reverse: tf.math.cumprod(x, -2, e, r), data(2, 5, 3))
for name, values, to in (("float32 as int32", data(2, 3), tf.int32), ("int32 as uint8", whole(3), tf.uint8),
                         ("uint8 as float32", whole(3, 4, dtype=np.uint8, low=0, high=9), tf.float32)):
    add(f"Bitcast of constants, {name}", lambda x, v=values, t=to: x + tf.cast(
        tf.reduce_sum(tf.cast(tf.bitcast(v, t), tf.float32)), tf.float32), data(3))
for old, new in ((np.int8, tf.uint8), (np.uint8, tf.int8), (np.int16, tf.uint16)):
    add(f"Bitcast {old.__name__} as {new.name}", lambda x, t=new: tf.bitcast(x, t),
        np.arange(np.iinfo(old).min, np.iinfo(old).max, 7).astype(old))
