"""Random nodes of TensorFlow, each by its operator's rules; TensorFlow says whether they are right."""
import os
import re

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import tensorflow as tf

from random_graphs import F, FLOATS, INTS, NUMBERS, Node, axes_of, axis_of, registry

ANY = (*NUMBERS, "uint8", "bool")
BUILDERS, builder = registry()


def node(op, arguments, exact=False, **attrs):
    """`arguments`: tensors by the names of the operator's inputs; a list is a list of tensors."""
    names = []
    for value in arguments.values():
        names += value if isinstance(value, list) else [value]
    counts = {k: len(v) if isinstance(v, list) else None for k, v in arguments.items()}
    return Node(op, names, attrs={"inputs": counts, **attrs}, exact=exact)


def row(g, values, dtype="int32"):
    return g.const(np.array(values, dtype))


# Elementwise.

UNARY = ("Sigmoid Tanh Exp Erf Softplus Softsign Sin Cos Sinh Cosh Atan Asinh Elu Selu Expm1 "
         "LeakyRelu Relu6").split()


@builder(2)
def exact_unary(g):
    x = g.value(FLOATS, exact=True)
    return x and node(g.one(*"Abs Neg Relu Relu6 Floor Ceil Sign Round Rint Square Identity ZerosLike".split()),
                      {"": x}, exact=True)


@builder(2)
def unary(g):
    x = g.value(FLOATS)
    return x and node(g.one(*UNARY), {"": x})


@builder()
def leaky(g):
    x = g.value(FLOATS)
    return x and node("LeakyRelu", {"features": x}, alpha=g.int(0, 8) / 8)


@builder()
def positive_unary(g):
    x = g.value(FLOATS, test=lambda v: (v > 0).all())
    return x and node(g.one("Sqrt", "Rsqrt", "Log", "Log1p", "Reciprocal", "Inv"), {"": x})


@builder()
def bounded_unary(g):
    x = g.value(F, test=lambda v: (np.abs(v) < 1).all())
    return x and node(g.one("Asin", "Acos", "Atanh", "Tan"), {"": x})


@builder(4)
def binary(g):
    x = g.value(NUMBERS)
    if not x:
        return None
    y = g.operand(x)
    op = g.one(*("Add AddV2 Sub Mul Maximum Minimum SquaredDifference RealDiv DivNoNan".split()
                 if g.values[x].dtype.kind == "f" else
                 "Add AddV2 Sub Mul Maximum Minimum SquaredDifference".split()))
    pair = (x, y) if g.chance(0.7) else (y, x)
    if op == "DivNoNan" and pair[1] in g.rounded and (np.abs(g.values[pair[1]]) < 1e-3).any():
        return None  # is it zero?
    return node(op, dict(x=pair[0], y=pair[1]), exact=op in ("Add", "AddV2", "Sub", "Maximum", "Minimum"))


@builder(2)
def divide(g):
    x = g.value(("float32", "int32", "int64"), exact=True)
    if not x:
        return None
    y = g.operand(x)
    if (g.values[y] == 0).any() or y in g.rounded:
        return None
    integer = g.values[x].dtype.kind == "i"
    op = g.one("Div", "FloorDiv", "FloorMod", "TruncateDiv" if integer else "FloorMod",
               "TruncateMod" if integer else "Mod")
    if op == "FloorDiv" and not integer and not same_by_reciprocal(g.values[x], g.values[y]):
        return None
    return node(op, dict(x=x, y=y))


def same_by_reciprocal(x, y):
    """OpenVINO multiplies by what a constant is the reciprocal of: nearly whole may be less than whole."""
    return (np.floor(x / y) == np.floor(x * (np.float32(1) / y))).all()


@builder()
def power(g):
    x = g.value(F, test=lambda v: (v > 0).all())
    return x and node("Pow", dict(x=x, y=g.operand(x)))


@builder()
def variadic(g):
    x = g.value(NUMBERS)
    if not x:
        return None
    v = g.values[x]
    return node("AddN", dict(inputs=[x, *(g.side(g.array(v.shape, v.dtype)) for _ in range(g.int(0, 2)))]),
                exact=True)


@builder()
def compare(g):
    x = g.value(NUMBERS, exact=True)
    if not x:
        return None
    y = g.operand(x)
    if y in g.rounded:
        return None
    return node(g.one("Equal", "NotEqual", "Less", "LessEqual", "Greater", "GreaterEqual"), dict(x=x, y=y))


@builder()
def logical(g):
    x = g.value(("bool",))
    return x and g.one(node("LogicalNot", dict(x=x)),
                       node(g.one("LogicalAnd", "LogicalOr"), dict(x=x, y=g.operand(x))))


@builder(2)
def select(g):
    x = g.value(ANY)
    if not x:
        return None
    v = g.values[x]
    if g.chance(0.3):
        shape = v.shape if g.chance() else v.shape[:1]
        return node("Select", dict(condition=g.side(g.array(shape, "bool")), x=x,
                                   y=g.side(g.array(v.shape, v.dtype))), exact=True)
    return node("SelectV2", dict(condition=g.side(g.array(v.shape[g.int(0, v.ndim):], "bool")), t=x,
                                 e=g.operand(x)), exact=True)


@builder()
def clip(g):
    x = g.value(("float32", "int32"))
    if not x:
        return None
    low, high = sorted(g.ints(2, -6, 6))
    dtype = g.values[x].dtype
    return node("ClipByValue", dict(t=x, clip_value_min=row(g, low, dtype), clip_value_max=row(g, high, dtype)),
                exact=True)


@builder(2)
def cast(g):
    x = g.value(ANY, exact=True)
    if not x:
        return None
    to = g.one(*ANY)
    if to == "uint8" and g.values[x].min() < 0:
        return None  # undefined
    return node("Cast", dict(x=x), DstT=tf.as_dtype(to), exact=True)


@builder(2)
def bias_add(g):
    x = g.value(F, rank=(2, 5))
    return x and node("BiasAdd", dict(value=x, bias=g.const(g.array([g.values[x].shape[-1]], "float32"))))


# Windows.

def window(g, count, dilate=True):
    strides = [1, *(g.int(1, 3) for _ in range(count)), 1]
    dilations = [1] * (count + 2)
    if dilate and g.chance(0.3):
        strides, dilations = dilations, [1, *(g.int(1, 2) for _ in range(count)), 1]
    return strides, dilations, [g.int(1, 3) for _ in range(count)]


def padding(g, kernel, explicit=True):
    if explicit and g.chance(0.25):
        pads = [g.int(0, k - 1) for k in kernel * 2]
        return dict(padding="EXPLICIT", explicit_paddings=[0, 0, *pads, 0, 0])
    return dict(padding=g.one("SAME", "VALID"))


@builder(3)
def convolution(g):
    x = g.value(F, rank=(4, 5))
    if not x:
        return None
    v = g.values[x]
    count = v.ndim - 2
    strides, dilations, kernel = window(g, count)
    group = g.one(1, 1, v.shape[-1]) if count == 2 else 1
    weights = g.const(g.array([*kernel, v.shape[-1] // group, group * g.int(1, 3)], "float32", -1, 1))
    return node(f"Conv{count}D", dict(input=x, filter=weights), strides=strides, dilations=dilations,
                **padding(g, kernel, count == 2))


@builder(2)
def depthwise(g):
    x = g.value(F, rank=(4, 4))
    if not x:
        return None
    strides, dilations, kernel = window(g, 2)
    strides[2] = strides[1]
    weights = g.const(g.array([*kernel, g.values[x].shape[-1], g.int(1, 3)], "float32", -1, 1))
    return node("DepthwiseConv2dNative", dict(input=x, filter=weights), strides=strides,
                dilations=dilations, **padding(g, kernel))


@builder(2)
def transposed(g):
    x = g.value(F, rank=(4, 4))
    if not x:
        return None
    n, h, w, c = g.values[x].shape
    strides, _, kernel = window(g, 2, dilate=False)
    how, channels = g.one("SAME", "VALID"), g.int(1, 3)
    if how == "SAME":
        size = [d * s - g.int(0, s - 1) for d, s in zip((h, w), strides[1:3])]
    else:
        size = [d * s + max(k - s, 0) for d, s, k in zip((h, w), strides[1:3], kernel)]
    return node("Conv2DBackpropInput", dict(
        input_sizes=row(g, [n, *size, channels]), filter=g.const(g.array([*kernel, channels, c], "float32", -1, 1)),
        out_backprop=x), strides=strides, padding=how)


@builder(3)
def pool(g):
    x = g.value(F, rank=(4, 5))
    if not x:
        return None
    count = g.values[x].ndim - 2
    strides, _, kernel = window(g, count, dilate=False)
    op, first = g.one(("MaxPool", "input"), ("AvgPool", "value"))
    if count == 3:
        op, first = op + "3D", "input"
    explicit = op == "MaxPool"
    return node(op, {first: x}, ksize=[1, *kernel, 1], strides=strides, exact=op.startswith("Max"),
                **padding(g, kernel, explicit))


@builder(4)
def resize(g):
    x = g.value(F, rank=(4, 4))
    op = g.one("ResizeBilinear", "ResizeNearestNeighbor", "ResizeBicubic", "ResizeArea")
    how = g.one({}, dict(half_pixel_centers=True), dict(align_corners=True))
    if op == "ResizeArea":
        how.pop("half_pixel_centers", None)
    return x and node(op, dict(images=x, size=row(g, g.ints(2, 1, 12))), **how,
                      exact=op == "ResizeNearestNeighbor")


@builder()
def crop_and_resize(g):
    x = g.value(F, rank=(4, 4))
    if not x:
        return None
    count = g.int(1, 3)
    low = g.rng.random((count, 2)) * 0.6
    boxes = np.concatenate([low, low + 0.1 + g.rng.random((count, 2)) * 0.6], 1).astype(np.float32)
    return node("CropAndResize", dict(image=x, boxes=g.side(boxes), crop_size=row(g, g.ints(2, 1, 5)),
                                      box_ind=g.side(g.rng.integers(0, g.values[x].shape[0], count).astype(np.int32))),
                method=g.one("bilinear", "nearest"), extrapolation_value=g.int(-4, 4) / 2)


@builder()
def blocks(g):
    if g.chance():
        x = g.value(F, (4, 4), lambda v: v.shape[3] % 4 == 0)
        return x and node("DepthToSpace", dict(input=x), block_size=2, exact=True)
    x = g.value(F, (4, 4), lambda v: v.shape[1] % 2 == 0 and v.shape[2] % 2 == 0)
    return x and node("SpaceToDepth", dict(input=x), block_size=2, exact=True)


@builder()
def space_to_batch(g):
    x = g.value(F, rank=(3, 4))
    if not x:
        return None
    blocks, pads = [], []
    for d in g.values[x].shape[1:-1]:
        blocks.append(g.int(1, 3))
        before = g.int(0, 2)
        pads.append([before, -(d + before) % blocks[-1]])
    return node("SpaceToBatchND", dict(input=x, block_shape=row(g, blocks), paddings=row(g, pads)), exact=True)


@builder()
def batch_to_space(g):
    x = g.value(F, (3, 4), lambda v: v.shape[0] % 2 == 0)
    if not x:
        return None
    blocks = [2] + [1] * (g.values[x].ndim - 3)
    crops = [[g.int(0, min(1, d * b - 1)), 0] for d, b in zip(g.values[x].shape[1:-1], blocks)]
    return node("BatchToSpaceND", dict(input=x, block_shape=row(g, blocks), crops=row(g, crops)), exact=True)


# Movement.

@builder(2)
def gather(g):
    x = g.value(ANY)
    if not x:
        return None
    v, axis = g.values[x], axis_of(g, x)
    batch = 0
    indices = g.rng.integers(0, v.shape[axis], g.shape(0, 2))
    if g.chance(0.2) and v.ndim > 1:
        axis, batch = 1, 1
        indices = g.rng.integers(0, v.shape[1], [v.shape[0], 3])
    return node("GatherV2", dict(params=x, indices=g.side(indices.astype(g.one(*INTS))), axis=row(g, axis)),
                batch_dims=batch, exact=True)


@builder()
def gather_nd(g):
    x = g.value(ANY)
    if not x:
        return None
    shape = g.values[x].shape
    depth = g.int(1, len(shape))
    indices = np.stack([g.rng.integers(0, d, 3) for d in shape[:depth]], -1)
    return node("GatherNd", dict(params=x, indices=g.side(indices.astype(np.int32))), exact=True)


@builder()
def scatter_nd(g):
    x = g.value(("float32", "int32"))
    if not x:
        return None
    v = g.values[x]
    depth = g.int(1, v.ndim)
    op = g.one("TensorScatterUpdate", "TensorScatterAdd", "TensorScatterSub", "TensorScatterMax", "ScatterNd")
    indices = np.stack([g.rng.integers(0, d, 3) for d in v.shape[:depth]], -1).astype(np.int32)
    if op == "TensorScatterUpdate":
        indices = np.unique(indices, axis=0)
    updates = g.side(g.array([len(indices), *v.shape[depth:]], v.dtype))
    if op == "ScatterNd":
        return node(op, dict(indices=g.side(indices), updates=updates, shape=row(g, v.shape)), exact=True)
    return node(op, dict(tensor=x, indices=g.side(indices), updates=updates), exact=True)


@builder(4)
def strided_slice(g):
    x = g.value(ANY)
    if not x:
        return None
    shape = g.values[x].shape
    count = g.int(1, len(shape))
    begin, end, strides = [], [], []
    for d in shape[:count]:
        begin.append(g.int(-d, d - 1))
        end.append(g.int(-d - 1, d + 1))
        strides.append(g.one(1, 1, 1, 2, -1, -2))
    shrink = sum(1 << i for i in range(count) if strides[i] == 1 and g.chance(0.2))
    extra = dict(new_axis_mask=1 << g.int(0, count - 1)) if g.chance(0.15) else {}
    if not extra and g.chance(0.2):
        extra = dict(ellipsis_mask=1 << g.int(0, count - 1))
    return node("StridedSlice", dict(input=x, begin=row(g, begin), end=row(g, end), strides=row(g, strides)),
                begin_mask=g.int(0, (1 << count) - 1), end_mask=g.int(0, (1 << count) - 1),
                shrink_axis_mask=shrink, exact=True, **extra)


@builder()
def slice_(g):
    x = g.value(ANY)
    if not x:
        return None
    begin = [g.int(0, d - 1) for d in g.values[x].shape]
    size = [g.one(-1, g.int(1, d - b)) for d, b in zip(g.values[x].shape, begin)]
    return node("Slice", dict(input=x, begin=row(g, begin), size=row(g, size)), exact=True)


@builder(2)
def pad(g):
    x = g.value(("float32", "float32", "int32"))
    if not x:
        return None
    v = g.values[x]
    op = g.one("Pad", "PadV2", "MirrorPad")
    mode = g.one("REFLECT", "SYMMETRIC")
    most = [2 if op != "MirrorPad" else d - (mode == "REFLECT") for d in v.shape]
    pads = row(g, [[g.int(0, min(m, 2)), g.int(0, min(m, 2))] for m in most], g.one(*INTS))
    given = dict(input=x, paddings=pads)
    if op == "PadV2":
        given["constant_values"] = row(g, g.int(-3, 3), v.dtype)
    return node(op, given, exact=True, **(dict(mode=mode) if op == "MirrorPad" else {}))


@builder(3)
def transpose(g):
    x = g.value(ANY)
    return x and node("Transpose", dict(x=x, perm=row(g, g.rng.permutation(g.values[x].ndim))), exact=True)


@builder(2)
def reshape(g):
    x = g.value(ANY)
    if not x:
        return None
    shape = g.reshaped(x)
    if g.chance():
        shape[g.int(0, len(shape) - 1)] = -1
    return node("Reshape", dict(tensor=x, shape=row(g, shape, g.one(*INTS))), exact=True)


@builder()
def squeeze(g):
    x = g.value(ANY, test=lambda v: 1 in v.shape)
    if not x:
        return None
    ones = [i for i, d in enumerate(g.values[x].shape) if d == 1]
    return node("Squeeze", dict(input=x), axis=[] if g.chance(0.3) else ones[:g.int(1, len(ones))], exact=True)


@builder()
def expand_dims(g):
    x = g.value(ANY, rank=(1, 4))
    return x and node("ExpandDims", dict(input=x, axis=row(g, g.int(-g.values[x].ndim - 1, g.values[x].ndim))),
                      exact=True)


@builder(2)
def concat(g):
    x = g.value(ANY)
    if not x:
        return None
    v, axis, others = g.values[x], axis_of(g, x), []
    for _ in range(g.int(0, 2)):
        shape = list(v.shape)
        shape[axis] = g.int(1, 4)
        others.append(x if g.chance(0.3) else g.side(g.array(shape, v.dtype)))
    names = [x, *others]
    names = [names[i] for i in g.rng.permutation(len(names))]
    return len(names) > 1 and node("ConcatV2", dict(values=names, axis=row(g, axis)), exact=True) or None


@builder()
def pack(g):
    x = g.value(ANY, rank=(1, 4))
    if not x:
        return None
    v = g.values[x]
    return node("Pack", dict(values=[x, *(g.side(g.array(v.shape, v.dtype)) for _ in range(g.int(0, 2)))]),
                axis=g.int(-v.ndim - 1, v.ndim), exact=True)


@builder(2)
def split(g):
    x = g.value(ANY)
    if not x:
        return None
    axis, v = axis_of(g, x), g.values[x]
    d = v.shape[axis]
    op = g.one("Split", "SplitV", "Unpack")
    if op == "Split":
        count = g.one(*(c for c in range(1, d + 1) if d % c == 0))
        return node(op, dict(axis=row(g, axis), value=x), num_split=count, exact=True)
    if op == "Unpack":
        return node(op, dict(value=x), num=d, axis=axis, exact=True) if v.ndim > 1 else None
    cut = g.int(1, d)
    sizes = [p for p in (cut, d - cut) if p]
    if g.chance(0.3):
        sizes[0] = -1
    return node(op, dict(value=x, size_splits=row(g, sizes, g.one(*INTS)), axis=row(g, axis)),
                num_split=len(sizes), exact=True)


@builder()
def tile(g):
    x = g.value(ANY)
    return x and node("Tile", dict(input=x, multiples=row(g, g.ints(g.values[x].ndim, 1, 3))), exact=True)


@builder()
def broadcast_to(g):
    x = g.value(ANY)
    if not x:
        return None
    shape = [d if d > 1 else g.int(1, 3) for d in g.values[x].shape]
    return node("BroadcastTo", dict(input=x, shape=row(g, (g.ints(1, 1, 3) if g.chance(0.3) else []) + shape)),
                exact=True)


@builder()
def reverse(g):
    x = g.value(ANY)
    return x and node("ReverseV2", dict(tensor=x, axis=row(g, axes_of(g, x))), exact=True)


@builder()
def reverse_sequence(g):
    x = g.value(F, rank=(2, 4))
    if not x:
        return None
    batch, shape = g.int(0, 1), g.values[x].shape
    lengths = g.rng.integers(1, shape[1 - batch] + 1, shape[batch]).astype(np.int32)
    return node("ReverseSequence", dict(input=x, seq_lengths=g.side(lengths)), seq_dim=1 - batch,
                batch_dim=batch, exact=True)


@builder()
def roll(g):
    x = g.value(ANY)
    return x and node("Roll", dict(input=x, shift=row(g, g.int(-3, 3)), axis=row(g, axis_of(g, x))), exact=True)


@builder()
def one_hot(g):
    x = g.value(INTS, rank=(1, 3))
    if not x:
        return None
    dtype = g.one("float32", "int32")
    return node("OneHot", dict(indices=x, depth=row(g, g.int(1, 9)), on_value=row(g, 3, dtype),
                               off_value=row(g, -1, dtype)), axis=g.int(-1, g.values[x].ndim), exact=True)


@builder()
def shape_of(g):
    x = g.value(ANY)
    return x and node(g.one("Shape", "Size", "Rank"), dict(input=x))


@builder()
def band_part(g):
    x = g.value(F, rank=(2, 4))
    return x and node("MatrixBandPart", dict(input=x, num_lower=row(g, g.int(-1, 2)),
                                             num_upper=row(g, g.int(-1, 2))), exact=True)


# Reductions, rows, products.

@builder(3)
def reduce(g):
    op = g.one("Sum", "Mean", "Max", "Min", "Prod", "EuclideanNorm")
    x = g.value(("float32", "float32", "int32") if op != "EuclideanNorm" else F,
                test=(lambda v: v.size < 5) if op == "Prod" else None)
    if not x:
        return None
    axis = axis_of(g, x) if g.chance(0.3) else axes_of(g, x)
    if isinstance(axis, list):
        axis = list({a % g.values[x].ndim: a for a in axis}.values())
    return node(op, dict(input=x, axis=row(g, axis)), keep_dims=g.chance(), exact=op in ("Sum", "Max", "Min"))


@builder()
def reduce_bool(g):
    x = g.value(("bool",))
    return x and node(g.one("All", "Any"), dict(input=x, axis=row(g, axis_of(g, x))), keep_dims=g.chance())


@builder(2)
def arg(g):
    x = g.value(("float32", "float32", "int32"), exact=True)
    return x and node(g.one("ArgMax", "ArgMin"), dict(input=x, dimension=row(g, axis_of(g, x))),
                      output_type=g.one(tf.int32, tf.int64))


@builder(2)
def top_k(g):
    x = g.value(("float32", "float32", "int32"), exact=True)
    return x and node("TopKV2", dict(input=x, k=row(g, g.int(1, g.values[x].shape[-1]))), sorted=True, exact=True)


@builder()
def cum(g):
    op = g.one("Cumsum", "Cumprod")
    x = g.value(("float32", "int32"))
    return x and node(op, dict(x=x, axis=row(g, axis_of(g, x))), exclusive=g.chance(), reverse=g.chance())


@builder(2)
def softmax(g):
    x = g.value(F)
    return x and node(g.one("Softmax", "LogSoftmax"), dict(logits=x))


@builder(2)
def matmul(g):
    x = g.value(F, rank=(2, 2))
    if not x:
        return None
    a, b = g.chance(), g.chance()
    k, n = g.values[x].shape[0 if a else 1], g.int(1, 5)
    return node("MatMul", dict(a=x, b=g.side(g.array([n, k] if b else [k, n], "float32", -1, 1))),
                transpose_a=a, transpose_b=b)


@builder(3)
def batch_matmul(g):
    x = g.value(F, rank=(2, 4))
    if not x:
        return None
    v, a, b = g.values[x], g.chance(0.3), g.chance(0.3)
    k, n = v.shape[-2 if a else -1], g.int(1, 5)
    batch = [1 if g.chance(0.3) else d for d in v.shape[:-2]]
    return node("BatchMatMulV2", dict(x=x, y=g.side(g.array([*batch, *([n, k] if b else [k, n])], "float32", -1, 1))),
                adj_x=a, adj_y=b)


@builder()
def einsum(g):
    x = g.value(F, rank=(3, 3))
    if not x:
        return None
    a, b, c = g.values[x].shape
    equation, shape = g.one(("abc,cd->abd", [c, 3]), ("abc,adc->abd", [a, 2, c]), ("abc,bd->acd", [b, 3]),
                            ("abc,c->ab", [c]), ("abc,dcb->ad", [2, c, b]))
    return node("Einsum", dict(inputs=[x, g.side(g.array(shape, "float32", -1, 1))]), equation=equation)


@builder(2)
def batch_norm(g):
    x = g.value(F, rank=(4, 4))
    if not x:
        return None
    c = [g.values[x].shape[-1]]
    scale, shift, mean = (g.const(g.array(c, "float32")) for _ in range(3))
    training = g.chance(0.2)
    if training:
        mean = g.const(np.zeros(0, np.float32))
    variance = g.const(np.zeros(0, np.float32) if training else g.array(c, "float32", 1, 3))
    return node("FusedBatchNormV3", dict(x=x, scale=scale, offset=shift, mean=mean, variance=variance),
                is_training=training, epsilon=g.one(1e-3, 1e-2))


@builder()
def lrn(g):
    x = g.value(F, rank=(4, 4))
    return x and node("LRN", dict(input=x), depth_radius=g.int(1, 3), bias=1.5, alpha=g.int(1, 8) / 8, beta=0.75)


@builder()
def fake_quantize(g):
    x = g.value(F)
    return x and node("FakeQuantWithMinMaxArgs", dict(inputs=x), min=-g.int(1, 5) + 0.1, max=g.int(1, 5) + 0.15,
                      num_bits=8, narrow_range=g.chance())


@builder()
def extract_patches(g):
    x = g.value(F, rank=(4, 4))
    return x and node("ExtractImagePatches", dict(images=x), ksizes=[1, *g.ints(2, 1, 3), 1],
                      strides=[1, *g.ints(2, 1, 3), 1], rates=[1, *g.ints(2, 1, 2), 1],
                      padding=g.one("SAME", "VALID"), exact=True)


@builder()
def segment(g):
    x = g.value(F)
    if not x:
        return None
    ids = g.rng.integers(0, 4, g.values[x].shape[0]).astype(np.int32)
    return node("UnsortedSegmentSum", dict(data=x, segment_ids=g.side(ids), num_segments=row(g, 4)))


def shorter_than_a_block(graph):
    """SpaceToBatchND of an axis that ends, with the pad before it, within the first block."""
    for n in graph.nodes:
        if n.op == "SpaceToBatchND":
            x, blocks, pads = (graph.values[name] for name in n.inputs)
            if (x.shape[1:1 + len(blocks)] + pads[:, 0] < blocks).any():
                return True
    return False


def reshaped_output_of_what_is_read_channels_first(graph):
    """One value is read by a convolution or a resize, and by what gives an output of another shape."""
    first = {i for n in graph.nodes if re.match("Conv|DepthwiseConv|Resize", n.op) for i in n.inputs}
    shaped = {i for n in graph.nodes if n.names[0] in graph.outputs() and (
        re.match("Reshape|ExpandDims|Squeeze", n.op) or (n.op == "Pack" and len(n.inputs) == 1)) for i in n.inputs}
    return bool(first & shaped)


def larger_kernel(graph):
    """A convolution of one channel whose kernel is larger than the image."""
    for n in graph.nodes:
        if re.match("Conv.D$|DepthwiseConv", n.op):
            image, kernel = (graph.values[name].shape for name in n.inputs[:2])
            if image[-1] == 1 and any(k > d for k, d in zip(kernel, image[1:-1])):
                return True
    return False


class Tensorflow:
    name, dims, builders = "tf", 6, BUILDERS
    known = [  # of requant's import
        (r"ResizeArea\(.*dynamic=True.*import: .*sizes are not constant", "weights of an area's resize need the input's size"),
        (r"ResizeBicubic\(.*dynamic=True.*: differs",
         "TensorFlow's weights of a bicubic resize need the input's size; else IR's cubic"),
        (r"Cumprod\(.*dynamic=True.*import: .*axis of unknown size", "its steps are as many as elements"),
        (r"Conv2D\(.*dynamic=True.*requant: .*data .* channels, weights .* expect", "groups by an unknown number of channels"),
        # of OpenVINO's CPU
        (r"Squeeze\(.*axis=\[\]\).*dynamic=True.*doesn't support Squeeze operation with dynamic rank", "no unknown ranks"),
        (r"LRN\(.*depth_radius=[^1],.*dynamic=True.*OpenVINO: \w+: shape \(.*\b0\b", "a dynamic LRN over 5 channels gives nothing"),
        (r"SpaceToBatchND\(.*OpenVINO: \w+: differs", "SpaceToBatch of less than a block", shorter_than_a_block),
        (r"Conv2DBackpropInput\(.*dynamic=True.*OpenVINO: .*(deconvolution|undefined|Can not clone)",
         "a dynamic transposed convolution of one pixel"),
        (r"OpenVINO: \w+: differs", "what is convolved or resized, and reshaped to be an output, too, is overwritten",
         reshaped_output_of_what_is_read_channels_first),
        (r"\b(TopKV2|SplitV?|Unpack)\(.*(BatchToSpaceND|SpaceToBatchND)\(.*OpenVINO: Default output not supported",
         "blocks of one of several outputs"),
        (r"Select(?:V2)?\((\w+):bool[^\n;]*, \1:bool.*OpenVINO: Argument 1 and 2 element types must match",
         "a condition that is one of what it selects, too"),
        (r": \w+: differs", "oneDNN's convolution of one channel smaller than the kernel, TensorFlow's, too", larger_kernel),
        (r"FakeQuantWithMinMaxArgs\(.*narrow_range=True.*OpenVINO: \w+: differs",
         "where it quantizes 255 levels that are not symmetric, it takes 256"),
        (r"FakeQuantWithMinMaxArgs\(.*ClipByValue\(.*OpenVINO: \w+: differs", "limits behind FakeQuantize are rounded to its levels"),
        (r"\b(Max|Min|Sum|Prod)\([^\n]*:int(32|64).*\b(Div|TruncateDiv|FloorDiv)\(.*OpenVINO: \w+: \d+ of \d+ differ",
         "a division of integers that is fused to a reduction is rounded"),
    ]

    def start(self, graph):
        graph.options["dynamic"] = graph.chance(0.2)

    def apply(self, node, tensors, name=None):
        attrs, given = dict(node.attrs), {}
        at = 0
        for key, count in attrs.pop("inputs").items():
            given[key] = tensors[at] if count is None else tensors[at:at + count]
            at += count or 1
        function = getattr(tf.raw_ops, node.op)
        if "" in given:
            parameters = function.__signature__.parameters
            given = {next(iter(parameters)): given[""]}
        outputs = function(**given, **attrs, **({"name": name} if name else {}))
        return list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]

    def evaluate(self, node, arrays, graph):
        shapes = self.inferred(node, arrays)
        if node.op == "BatchMatMulV2":  # where it broadcasts a batch, it writes beyond its output
            x, y = arrays
            arrays = [x, np.broadcast_to(y, x.shape[:-2] + y.shape[-2:])]
        outputs = [o.numpy() for o in self.apply(node, [tf.constant(a) for a in arrays])]
        if not all(shape.is_compatible_with(o.shape) for shape, o in zip(shapes, outputs)):
            raise ValueError("another shape in graphs: Conv3D swaps dilations there")
        return outputs[:1] if node.op == "FusedBatchNormV3" else outputs

    def inferred(self, node, arrays):
        """Shapes of outputs in a graph; no elements are refused: MaxPool crashes then."""
        with tf.Graph().as_default():
            shapes = [o.shape for o in self.apply(node, [tf.constant(a) for a in arrays])]
        if any(0 in shape for shape in shapes):
            raise ValueError("no elements")
        return shapes

    def write(self, graph, folder):
        tensors = {}
        with tf.Graph().as_default() as made:
            for name in graph.inputs:
                a = graph.values[name]
                shape = a.shape
                if graph.options["dynamic"]:  # but for the channels
                    shape = [*[None] * (a.ndim - 1), *a.shape[-1:]]
                tensors[name] = tf.compat.v1.placeholder(a.dtype, shape, name)
            for name in graph.constants:
                tensors[name] = tf.constant(graph.values[name], name=name)
            for node in graph.nodes:
                outputs = self.apply(node, [tensors[i] for i in node.inputs])
                tensors.update(zip(node.names, outputs))
            for name in graph.outputs():
                tf.identity(tensors[name], name=name)
        (folder / "model.pb").write_bytes(made.as_graph_def().SerializeToString())
        return [folder / "model.pb", "--output", ",".join(graph.outputs())]
