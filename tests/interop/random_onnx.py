"""Random nodes of ONNX, each by its operator's rules; ONNX Runtime says whether they are right."""
import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper

from random_graphs import F, FLOATS, INTS, NUMBERS, Node, axes_of, axis_of, registry

ANY = (*NUMBERS, "uint8", "int8", "bool")
BUILDERS, builder = registry()

onnxruntime.set_default_logger_severity(4)


def as_input_or_attr(g, node, since, key, ints):
    """What became an input with that opset."""
    if g.options["opset"] >= since:
        node.inputs.append(g.const(np.array(ints, np.int64)))
    else:
        node.attrs[key] = ints
    return node


# Elementwise.

EXACT_UNARY = "Abs Neg Relu Floor Ceil Sign Identity".split()
UNARY = ("Sigmoid Tanh Exp Erf Softplus Softsign Sin Cos Sinh Cosh Atan Asinh Elu Selu HardSigmoid "
         "LeakyRelu Celu HardSwish Mish ThresholdedRelu Reciprocal Gelu Shrink").split()
ALPHAS = {"Elu", "Selu", "HardSigmoid", "LeakyRelu", "Celu", "ThresholdedRelu"}


@builder(2)
def exact_unary(g):
    x = g.value(FLOATS, exact=True)
    return x and Node(g.one(*EXACT_UNARY, "Round"), [x], exact=True)


@builder(2)
def unary(g):
    op = g.one(*UNARY)
    x = g.value(FLOATS if op != "Celu" else F, test=lambda v: (v != 0).all() if op == "Reciprocal" else True,
                exact=op in ("ThresholdedRelu", "Shrink"))
    attrs = {}
    if op in ALPHAS and g.chance():
        attrs["alpha"] = g.int(1, 16) / 8
    if op == "HardSigmoid" and g.chance():
        attrs["beta"] = g.int(-4, 8) / 8
    if op == "Gelu":
        attrs["approximate"] = g.one("none", "tanh")
    if op == "Shrink":
        attrs = dict(lambd=g.int(0, 8) / 8, bias=g.int(-4, 4) / 8)
    return x and Node(op, [x], attrs=attrs)


@builder()
def positive_unary(g):
    x = g.value(FLOATS, test=lambda v: (v > 0).all())
    return x and Node(g.one("Sqrt", "Log", "Reciprocal"), [x])


@builder()
def bounded_unary(g):
    x = g.value(F, test=lambda v: (np.abs(v) < 1).all())
    return x and Node(g.one("Asin", "Acos", "Atanh", "Tan"), [x])


@builder()
def integer_unary(g):
    x = g.value((*INTS, "int8"))
    return x and Node(g.one("Abs", "Neg", "Sign", "Relu"), [x])


@builder(4)
def binary(g):
    x = g.value(NUMBERS)
    if not x:
        return None
    y, op = g.operand(x), g.one("Add", "Sub", "Mul", "Div", "Max", "Min", "Pow", "Mean", "Sum")
    if g.values[x].dtype.kind == "i" and op == "Div" and (g.values[y] == 0).any():
        return None
    pair = [x, y] if g.chance(0.7) else [y, x]
    return Node(op, pair, exact=op in ("Add", "Sub", "Max", "Min", "Sum"))


@builder()
def variadic(g):
    x = g.value(NUMBERS)
    return x and Node(g.one("Max", "Min", "Sum", "Mean"), [x, *(g.operand(x) for _ in range(g.int(0, 3)))])


@builder()
def modulo(g):
    fmod = g.int(0, 1)
    x = g.value(F if fmod and g.chance() else INTS, exact=True)
    if not x:
        return None
    y = g.operand(x)
    if (g.values[y] == 0).any() or y in g.rounded:
        return None
    return Node("Mod", [x, y], attrs={"fmod": fmod})


@builder()
def compare(g):
    x = g.value(NUMBERS, exact=True)
    if not x:
        return None
    y = g.operand(x)
    if y in g.rounded:
        return None
    return Node(g.one("Equal", "Less", "LessOrEqual", "Greater", "GreaterOrEqual"), [x, y])


@builder()
def logical(g):
    x = g.value(("bool",))
    return x and g.one(Node("Not", [x]), Node(g.one("And", "Or", "Xor"), [x, g.operand(x)]))


@builder()
def bitwise(g):
    x = g.value((*INTS, "uint8", "int8"))
    return x and g.one(Node("BitwiseNot", [x]),
                       Node(g.one("BitwiseAnd", "BitwiseOr", "BitwiseXor"), [x, g.operand(x)]))


@builder()
def bit_shift(g):
    x = g.value(("uint8",))
    return x and Node("BitShift", [x, g.const(g.rng.integers(0, 9, g.values[x].shape).astype(np.uint8))],
                      attrs={"direction": g.one("LEFT", "RIGHT")})


@builder(2)
def where(g):
    x = g.value(ANY)
    if not x:
        return None
    y = g.operand(x)
    shape = g.values[x].shape if g.chance() else g.values[y].shape
    condition = g.new(g.array(shape, "bool"), constant=g.chance(0.2))
    return Node("Where", [condition, x, y] if g.chance() else [condition, y, x], exact=True)


@builder()
def clip(g):
    x = g.value(NUMBERS)
    if not x:
        return None
    dtype = g.values[x].dtype
    low, high = sorted(g.ints(2, -6, 6))
    bounds = [g.const(np.array(v, dtype)) if g.chance(0.7) else "" for v in (low, high)]
    return Node("Clip", [x, *bounds] if any(bounds) else [x], exact=True)


@builder(2)
def cast(g):
    x = g.value(ANY, exact=True)
    if not x:
        return None
    to = g.one(*ANY)
    if to == "uint8" and g.values[x].min() < 0:
        return None  # undefined
    return Node("Cast", [x], attrs={"to": helper.np_dtype_to_tensor_dtype(np.dtype(to))}, exact=True)


@builder()
def prelu(g):
    x = g.value(FLOATS)
    if not x:
        return None
    v = g.values[x]
    shape = [1 if g.chance() else d for d in v.shape][g.int(0, v.ndim - 1):]
    return Node("PRelu", [x, g.side(g.array(shape, v.dtype))])


# Windows.

def window(g, name, groups=False):
    spatial = g.values[name].shape[2:]
    attrs = {}
    dilations = [g.int(1, 2) for _ in spatial]
    if g.chance(0.6):
        attrs["strides"] = [g.int(1, 3) for _ in spatial]
    if g.chance(0.3):
        attrs["dilations"] = dilations
    kernel = [g.int(1, 3) for _ in spatial]
    how = g.one("explicit", "explicit", "SAME_UPPER", "SAME_LOWER", "VALID")
    if how == "explicit":
        if g.chance(0.7):
            attrs["pads"] = [g.int(0, k - 1) for k in kernel + kernel]
    else:
        attrs["auto_pad"] = how
    return kernel, attrs


IMAGE = dict(rank=(3, 5))


@builder(3)
def conv(g):
    x = g.value(FLOATS, **IMAGE)
    if not x:
        return None
    v = g.values[x]
    kernel, attrs = window(g, x)
    group = g.one(1, 1, v.shape[1], *(d for d in (2, 3) if v.shape[1] % d == 0))
    weights = g.const(g.array([group * g.int(1, 3), v.shape[1] // group, *kernel], v.dtype, -1, 1))
    if group > 1:
        attrs["group"] = group
    bias = [g.const(g.array([g.values[weights].shape[0]], v.dtype))] if g.chance() else []
    return Node("Conv", [x, weights, *bias], attrs=attrs)


@builder(2)
def conv_transpose(g):
    x = g.value(F, rank=(3, 4))
    if not x:
        return None
    v = g.values[x]
    kernel, attrs = window(g, x)
    group = g.one(1, 1, v.shape[1])
    weights = g.const(g.array([v.shape[1], g.int(1, 3), *kernel], v.dtype, -1, 1))
    if group > 1:
        attrs["group"] = group
    strides = attrs.get("strides", [1] * len(kernel))
    if g.chance(0.3):
        attrs["output_padding"] = [g.int(0, s - 1) for s in strides]
    elif g.chance(0.2):
        attrs["output_shape"] = [d * s + g.int(-1, 1) for d, s in zip(v.shape[2:], strides)]
    bias = [g.const(g.array([g.values[weights].shape[1] * group], v.dtype))] if g.chance() else []
    return Node("ConvTranspose", [x, weights, *bias], attrs=attrs)


@builder(2)
def max_pool(g):
    x = g.value(FLOATS, **IMAGE)
    if not x:
        return None
    kernel, attrs = window(g, x)
    if g.chance():
        attrs["ceil_mode"] = 1
    return Node("MaxPool", [x], attrs=dict(kernel_shape=kernel, **attrs), exact=True)


@builder(2)
def average_pool(g):
    x = g.value(FLOATS, **IMAGE)
    if not x:
        return None
    kernel, attrs = window(g, x)
    if g.options["opset"] < 19:
        attrs.pop("dilations", None)
    if g.chance():
        attrs["ceil_mode"] = 1
    if g.chance():
        attrs["count_include_pad"] = 1
    return Node("AveragePool", [x], attrs=dict(kernel_shape=kernel, **attrs))


@builder()
def lp_pool(g):
    x = g.value(F, **IMAGE)
    if not x:
        return None
    kernel, attrs = window(g, x)
    if g.options["opset"] < 18:
        attrs.pop("dilations", None)
    elif g.chance():
        attrs["ceil_mode"] = 1
    return Node("LpPool", [x], attrs=dict(kernel_shape=kernel, p=g.int(1, 3), **attrs))


@builder()
def global_pool(g):
    x = g.value(F, **IMAGE)
    return x and Node(g.one("GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"), [x])


@builder(4)
def resize(g):
    x = g.value(F, rank=(3, 5))
    if not x:
        return None
    v, attrs = g.values[x], {}
    attrs["mode"] = g.one("nearest", "linear", "cubic")
    attrs["coordinate_transformation_mode"] = g.one(
        "half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "half_pixel_symmetric"
        if g.options["opset"] >= 19 else "half_pixel")
    if attrs["mode"] == "nearest":
        attrs["nearest_mode"] = g.one("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")
    if attrs["mode"] == "cubic":
        attrs["cubic_coeff_a"] = g.one(-0.75, -0.5)
        attrs["exclude_outside"] = g.int(0, 1)
    if g.options["opset"] >= 18 and attrs["mode"] != "nearest" and g.chance(0.3):
        attrs["antialias"] = 1
    scaled = range(2, v.ndim)
    if g.chance():
        sizes = [g.int(1, 12) if i in scaled else d for i, d in enumerate(v.shape)]
        return Node("Resize", [x, "", "", g.const(np.array(sizes, np.int64))], attrs=attrs)
    scales = [g.one(0.5, 0.7, 1.0, 1.5, 2.0, 2.6, 3.0) if i in scaled else 1.0 for i in range(v.ndim)]
    return Node("Resize", [x, "", g.const(np.array(scales, np.float32))], attrs=attrs)


@builder()
def depth_space(g):
    block = 2
    if g.chance():
        x = g.value(F, (4, 4), lambda v: v.shape[1] % (block * block) == 0)
        return x and Node("DepthToSpace", [x], exact=True,
                          attrs=dict(blocksize=block, mode=g.one("DCR", "CRD")))
    x = g.value(F, (4, 4), lambda v: v.shape[2] % block == 0 and v.shape[3] % block == 0)
    return x and Node("SpaceToDepth", [x], attrs=dict(blocksize=block), exact=True)


# Movement.

@builder()
def gather(g):
    x = g.value(ANY)
    if not x:
        return None
    axis = axis_of(g, x)
    d = g.values[x].shape[axis]
    indices = g.rng.integers(-d, d, g.shape(0, 2)).astype(g.one("int64", "int32"))
    return Node("Gather", [x, g.side(indices)], attrs={"axis": axis}, exact=True)


@builder()
def gather_elements(g):
    x = g.value(ANY)
    if not x:
        return None
    v, axis = g.values[x], axis_of(g, x)
    d = v.shape[axis]
    indices = g.rng.integers(-d, d, [g.int(1, s) for s in v.shape]).astype(np.int64)
    return Node("GatherElements", [x, g.side(indices)], attrs={"axis": axis}, exact=True)


def coordinates(g, shape, batch=0, unique=False):
    """Of entries of that shape, of the axes after the batch, with the depth of the tuples."""
    depth = g.int(1, len(shape) - batch)
    count = g.int(1, 4)
    tuples = np.stack([g.rng.integers(0, d, (*shape[:batch], count)) for d in shape[batch:batch + depth]], -1)
    if unique:
        tuples = np.unique(tuples.reshape(-1, depth), axis=0)
    return tuples.astype(np.int64)


@builder()
def gather_nd(g):
    x = g.value(ANY)
    if not x:
        return None
    v = g.values[x]
    batch = g.int(0, v.ndim - 1) if g.chance(0.3) else 0
    return Node("GatherND", [x, g.side(coordinates(g, v.shape, batch))], attrs={"batch_dims": batch},
                exact=True)


def reduction(g, x):
    since = {"add": 16, "mul": 16, "max": 18, "min": 18}
    v = g.values[x]
    fit = [r for r, opset in since.items() if g.options["opset"] >= opset and v.dtype in (np.float32, np.int32)]
    return {"reduction": g.one(*fit)} if fit and g.chance() else {}


@builder()
def scatter_elements(g):
    x = g.value(NUMBERS)
    if not x:
        return None
    v, axis = g.values[x], axis_of(g, x)
    shape = [g.int(1, s) for s in v.shape]
    attrs = reduction(g, x)
    order = [g.rng.permutation(v.shape[axis])[:shape[axis]] for _ in range(int(np.prod(shape)) // shape[axis])]
    moved = [s for i, s in enumerate(shape) if i != axis % v.ndim] + [shape[axis]]
    indices = np.moveaxis(np.reshape(order, moved), -1, axis).astype(np.int64)
    if attrs and g.chance():
        indices = g.rng.integers(0, v.shape[axis], shape)
    return Node("ScatterElements", [x, g.side(indices), g.side(g.array(shape, v.dtype))],
                attrs={"axis": axis, **attrs}, exact="reduction" not in attrs)


@builder()
def scatter_nd(g):
    x = g.value(NUMBERS)
    if not x:
        return None
    v, attrs = g.values[x], reduction(g, x)
    indices = coordinates(g, v.shape, unique=not attrs)
    shape = (*indices.shape[:-1], *v.shape[indices.shape[-1]:])
    return Node("ScatterND", [x, g.side(indices), g.side(g.array(shape, v.dtype))], attrs=attrs,
                exact=not attrs)


@builder(2)
def slice_(g):
    x = g.value(ANY)
    if not x:
        return None
    v, axes = g.values[x], axes_of(g, x)
    starts, ends, steps = [], [], []
    for axis in axes:
        d = v.shape[axis]
        starts.append(g.int(-d - 1, d))
        steps.append(g.one(1, 1, 1, 2, -1, -2))
        ends.append(g.one(g.int(-d - 1, d + 1), 2**31 - 1 if steps[-1] > 0 else -2**31))
    lists = [starts, ends, axes] + ([steps] if min(steps) < 0 or g.chance(0.7) else [])
    return Node("Slice", [x, *(g.const(np.array(a, np.int64)) for a in lists)], exact=True)


@builder(2)
def pad(g):
    x = g.value(("float32", "float32", "int32"))
    if not x:
        return None
    v = g.values[x]
    mode = g.one("constant", "constant", "reflect", "edge", *(["wrap"] if g.options["opset"] >= 19 else []))
    axes = axes_of(g, x) if g.options["opset"] >= 18 and g.chance(0.3) else list(range(v.ndim))
    most = [2 if mode in ("constant", "edge") else max(v.shape[a] - 1, 0) for a in axes]
    least = -1 if mode == "constant" and g.chance(0.2) else 0
    pads = [g.int(least, m) for m in most + most]
    inputs = [x, g.const(np.array(pads, np.int64))]
    if mode == "constant" and g.chance():
        inputs.append(g.const(np.array(g.int(-3, 3), v.dtype)))
    elif len(axes) < v.ndim or axes != list(range(v.ndim)):
        inputs.append("")
    if axes != list(range(v.ndim)):
        inputs.append(g.const(np.array(axes, np.int64)))
    return Node("Pad", inputs, attrs={"mode": mode}, exact=True)


@builder(2)
def transpose(g):
    x = g.value(ANY)
    if not x:
        return None
    order = g.rng.permutation(g.values[x].ndim).tolist()
    return Node("Transpose", [x], attrs={"perm": order} if g.chance(0.8) else {}, exact=True)


@builder(2)
def reshape(g):
    x = g.value(ANY)
    if not x:
        return None
    shape = g.reshaped(x)
    if g.chance():
        shape[g.int(0, len(shape) - 1)] = -1
    elif g.chance() and shape[0] == g.values[x].shape[0]:
        shape[0] = 0
    return Node("Reshape", [x, g.const(np.array(shape, np.int64))], exact=True)


@builder()
def flatten(g):
    x = g.value(F)
    return x and Node("Flatten", [x], attrs={"axis": axis_of(g, x)} if g.chance() else {}, exact=True)


@builder()
def unsqueeze(g):
    x = g.value(ANY, rank=(1, 3))
    if not x:
        return None
    count = g.int(1, 2)
    rank = g.values[x].ndim + count
    axes = g.rng.permutation(rank)[:count] - (rank if g.chance(0.3) else 0)
    return as_input_or_attr(g, Node("Unsqueeze", [x], exact=True), 13, "axes", axes.tolist())


@builder()
def squeeze(g):
    x = g.value(ANY, test=lambda v: 1 in v.shape)
    if not x:
        return None
    ones = [i for i, d in enumerate(g.values[x].shape) if d == 1]
    node = Node("Squeeze", [x], exact=True)
    return node if g.chance(0.3) else as_input_or_attr(g, node, 13, "axes", ones[:g.int(1, len(ones))])


@builder()
def expand(g):
    x = g.value(ANY)
    if not x:
        return None
    shape = [g.one(d, 1) if d > 1 else g.int(1, 3) for d in g.values[x].shape]
    shape = (g.ints(1, 1, 3) if g.chance(0.3) else []) + shape[g.int(0, len(shape) - 1) if g.chance(0.2) else 0:]
    return Node("Expand", [x, g.const(np.array(shape, np.int64))], exact=True)


@builder()
def tile(g):
    x = g.value(ANY)
    return x and Node("Tile", [x, g.const(np.array(g.ints(g.values[x].ndim, 1, 3), np.int64))], exact=True)


@builder(2)
def concat(g):
    x = g.value(ANY)
    if not x:
        return None
    v, axis = g.values[x], axis_of(g, x)
    others = []
    for _ in range(g.int(0, 2)):
        shape = list(v.shape)
        shape[axis] = g.int(1, 4)
        others.append(x if g.chance(0.3) else g.side(g.array(shape, v.dtype)))
    names = [x, *others]
    return Node("Concat", [names[i] for i in g.rng.permutation(len(names))], attrs={"axis": axis}, exact=True)


@builder(2)
def split(g):
    x = g.value(ANY)
    if not x:
        return None
    v, axis = g.values[x], axis_of(g, x)
    d = v.shape[axis]
    cut = g.int(0, d)
    parts = [p for p in (cut, d - cut) if p > 0]
    node = Node("Split", [x], outputs=len(parts), attrs={"axis": axis}, exact=True)
    if g.options["opset"] >= 18 and g.chance(0.3):
        count = g.int(1, d)
        node.outputs = node.attrs["num_outputs"] = count
        return node
    return as_input_or_attr(g, node, 13, "split", parts)


@builder()
def trilu(g):
    x = g.value(NUMBERS, rank=(2, 4))
    return x and Node("Trilu", [x, g.const(np.array(g.int(-2, 2), np.int64))],
                      attrs={"upper": g.int(0, 1)}, exact=True)


@builder()
def one_hot(g):
    x = g.value(INTS, rank=(0, 3))
    if not x:
        return None
    axis = g.int(-g.values[x].ndim - 1, g.values[x].ndim)
    dtype = g.one("float32", "int32", "int64")
    return Node("OneHot", [x, g.const(np.array(g.int(1, 9), np.int64)), g.const(np.array([-1, 3], dtype))],
                attrs={"axis": axis}, exact=True)


@builder()
def shape_of(g):
    x = g.value(ANY)
    attrs = {}
    if x and g.options["opset"] >= 15 and g.chance():
        attrs = {"start": g.int(-2, 1), "end": g.int(1, 4)}
    return x and Node(g.one("Shape", "Size"), [x], attrs=attrs)


@builder()
def reverse_sequence(g):
    x = g.value(F, rank=(2, 4))
    if not x:
        return None
    batch = g.int(0, 1)
    shape = g.values[x].shape
    lengths = g.rng.integers(1, shape[1 - batch] + 1, shape[batch])
    return Node("ReverseSequence", [x, g.side(lengths.astype(np.int64))], exact=True,
                attrs={"batch_axis": batch, "time_axis": 1 - batch})


@builder()
def cum(g):
    x = g.value(("float32", "int32", "int64"))
    return x and Node("CumSum", [x, g.const(np.array(axis_of(g, x), g.one("int32", "int64")))],
                      attrs={"exclusive": g.int(0, 1), "reverse": g.int(0, 1)}, exact=True)


# Reductions, rows and products.

REDUCTIONS = ("ReduceSum ReduceMean ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceSumSquare "
              "ReduceLogSumExp ReduceLogSum").split()


@builder(3)
def reduce(g):
    op = g.one(*REDUCTIONS)
    x = g.value(("float32", "float32", "int32") if "L" not in op else F,
                test=(lambda v: (v > 0).all()) if op == "ReduceLogSum"
                else (lambda v: v.size < 5) if op == "ReduceProd" else None)
    if not x:
        return None
    node = Node(op, [x], attrs={"keepdims": g.int(0, 1)} if g.chance(0.8) else {},
                exact=op in ("ReduceSum", "ReduceMax", "ReduceMin", "ReduceL1"))
    if g.chance(0.2):
        if g.chance() and g.options["opset"] >= 18:
            node.attrs["noop_with_empty_axes"] = 1
        return node
    return as_input_or_attr(g, node, 13 if op == "ReduceSum" else 18, "axes", axes_of(g, x))


@builder(2)
def arg(g):
    x = g.value(("float32", "float32", "int32"), exact=True)
    return x and Node(g.one("ArgMax", "ArgMin"), [x],
                      attrs=dict(axis=axis_of(g, x), keepdims=g.int(0, 1), select_last_index=g.int(0, 1)))


@builder(2)
def top_k(g):
    x = g.value(("float32", "float32", "int32", "int64"), exact=True)
    if not x:
        return None
    axis = axis_of(g, x)
    k = g.int(1, g.values[x].shape[axis])
    return Node("TopK", [x, g.const(np.array([k], np.int64))], outputs=2, exact=True,
                attrs=dict(axis=axis, largest=g.int(0, 1), sorted=1))


@builder(2)
def softmax(g):
    op = g.one("Softmax", "LogSoftmax", "Hardmax")
    x = g.value(F, exact=op == "Hardmax")
    return x and Node(op, [x], attrs={"axis": axis_of(g, x)} if g.chance(0.8) else {})


@builder(3)
def matmul(g):
    x = g.value(FLOATS, rank=(1, 4))
    if not x:
        return None
    v = g.values[x]
    batch = list(v.shape[:-2]) if g.chance() else []
    batch = [1 if g.chance(0.3) else d for d in batch]
    y = g.side(g.array([*batch, v.shape[-1], g.int(1, 5)][-2 if g.chance(0.8) else -1 if not batch else 0:]
                       if v.ndim > 1 else [v.shape[0], g.int(1, 5)], v.dtype, -1, 1))
    if g.values[y].ndim == 1:
        y = g.side(g.array([v.shape[-1]], v.dtype, -1, 1))
    return Node("MatMul", [x, y])


@builder(2)
def gemm(g):
    x = g.value(F, rank=(2, 2))
    if not x:
        return None
    a, b = g.int(0, 1), g.int(0, 1)
    m, k = g.values[x].shape[::-1] if a else g.values[x].shape
    n = g.int(1, 5)
    attrs = {"transA": a, "transB": b}
    if g.chance():
        attrs.update(alpha=g.int(-8, 8) / 8, beta=g.int(-8, 8) / 8)
    bias = [g.side(g.array(g.one([n], [m, n], [1, n], [m, 1], [1], []), "float32"))] if g.chance(0.7) else []
    return Node("Gemm", [x, g.side(g.array([n, k] if b else [k, n], "float32", -1, 1)), *bias], attrs=attrs)


@builder()
def einsum(g):
    x = g.value(F, rank=(3, 3))
    if not x:
        return None
    a, b, c = g.values[x].shape
    equation, shape = g.one(("abc,cd->abd", [c, 3]), ("abc,adc->abd", [a, 2, c]), ("abc,bd->acd", [b, 3]),
                            ("abc,c->ab", [c]), ("abc,abc->a", [a, b, c]), ("abc,dcb->ad", [2, c, b]))
    return Node("Einsum", [x, g.side(g.array(shape, "float32", -1, 1))], attrs={"equation": equation})


# Normalizations.

@builder()
def batch_normalization(g):
    x = g.value(F, rank=(2, 5))
    if not x:
        return None
    c = g.values[x].shape[1]
    scale, shift, mean = (g.const(g.array([c], "float32")) for _ in range(3))
    variance = g.const(g.array([c], "float32", 1, 3))
    return Node("BatchNormalization", [x, scale, shift, mean, variance],
                attrs={"epsilon": 1e-3} if g.chance() else {})


@builder()
def instance_normalization(g):
    x = g.value(F, rank=(3, 5))
    if not x:
        return None
    c = g.values[x].shape[1]
    return Node("InstanceNormalization", [x, *(g.const(g.array([c], "float32")) for _ in range(2))],
                attrs={"epsilon": 1e-2})


@builder()
def layer_normalization(g):
    x = g.value(F, rank=(2, 4))
    if not x:
        return None
    axis = axis_of(g, x)
    shape = g.values[x].shape[axis:]
    return Node("LayerNormalization", [x, *(g.const(g.array(shape, "float32")) for _ in range(g.int(1, 2)))],
                attrs={"axis": axis, "epsilon": 1e-2})


@builder()
def group_normalization(g):
    x = g.value(F, (3, 5), lambda v: v.shape[1] % 2 == 0)
    if not x or g.options["opset"] < 21:
        return None
    c = g.values[x].shape[1]
    return Node("GroupNormalization", [x, *(g.const(g.array([c], "float32")) for _ in range(2))],
                attrs={"num_groups": g.one(2, 1, c), "epsilon": 1e-2})


@builder()
def lrn(g):
    x = g.value(F, rank=(3, 4))
    return x and Node("LRN", [x], attrs=dict(size=g.one(1, 3, 5), alpha=g.int(1, 8) / 8, beta=0.75, bias=1.5))


@builder()
def lp_normalization(g):
    x = g.value(F, test=lambda v: (v != 0).all())
    return x and Node("LpNormalization", [x], attrs={"axis": axis_of(g, x), "p": g.int(1, 2)})


@builder()
def mean_variance_normalization(g):
    x = g.value(F, rank=(4, 4))
    return x and Node("MeanVarianceNormalization", [x], attrs={"axes": axes_of(g, x, 2)})


# Quantization.

@builder(2)
def quantize(g):
    x = g.value(F, exact=True)
    if not x:
        return None
    v, attrs, shape = g.values[x], {}, []
    if g.chance():
        axis = axis_of(g, x)
        attrs, shape = {"axis": axis}, [v.shape[axis]]
    scale = (2.0 ** -g.rng.integers(0, 5, shape)).astype(np.float32)
    zero = g.rng.integers(-4, 5, shape).astype(np.int8)
    if g.chance():
        zero = (zero + 8).astype(np.uint8)
    if (np.abs(v / scale.reshape([-1 if attrs and i == axis % v.ndim else 1 for i in range(v.ndim)]))
            % 1 == 0.5).any():
        return None  # FakeQuantize counts from the low end of its range: ties go where that is even
    inputs = [x, g.const(scale)]
    if g.chance(0.8):
        inputs.append(g.const(zero))
    return Node("QuantizeLinear", inputs, attrs=attrs)


@builder(2)
def dequantize(g):
    x = g.value(("int8", "uint8"))
    if not x:
        return None
    v, attrs, shape = g.values[x], {}, []
    if g.chance():
        axis = axis_of(g, x)
        attrs, shape = {"axis": axis}, [v.shape[axis]]
    scale = (2.0 ** -g.rng.integers(0, 5, shape)).astype(np.float32)
    zero = [g.const(g.rng.integers(0, 9, shape).astype(v.dtype))] if g.chance() else []
    return Node("DequantizeLinear", [x, g.const(scale), *zero], attrs=attrs, exact=True)


@builder()
def integer_product(g):
    x = g.value(("uint8",), rank=(2, 3))
    if not x:
        return None
    v = g.values[x]
    zeros = [g.const(np.array(g.int(0, 9), np.uint8)), g.const(np.array(g.int(0, 5), np.uint8))]
    return Node("MatMulInteger", [x, g.const(g.rng.integers(0, 20, (v.shape[-1], 3)).astype(np.uint8)),
                                  *zeros[:g.int(0, 2)]])


@builder()
def grid_sample(g):
    x = g.value(F, rank=(4, 4))
    if not x:
        return None
    new = g.options["opset"] >= 20
    if g.options["opset"] < 16:
        return None
    grid = g.array([g.values[x].shape[0], g.int(1, 4), g.int(1, 4), 2], "float32", -1, 1) * np.float32(0.93)
    return Node("GridSample", [x, g.side(grid)], attrs=dict(
        mode=g.one("linear", "cubic") if new else g.one("bilinear", "bicubic"),
        padding_mode=g.one("zeros", "border", "reflection"), align_corners=g.int(0, 1)))


@builder()
def roi_align(g):
    x = g.value(F, rank=(4, 4))
    if not x or g.options["opset"] < 16:
        return None
    n, _, h, w = g.values[x].shape
    count = g.int(1, 3)
    low = g.rng.random((count, 2)) * [w, h] / 2
    rois = np.concatenate([low, low + 0.3 + g.rng.random((count, 2)) * [w, h] / 2], 1).astype(np.float32)
    batch = g.rng.integers(0, n, count)
    return Node("RoiAlign", [x, g.side(rois), g.side(batch.astype(np.int64))], attrs=dict(
        mode=g.one("avg", "max"), output_height=g.int(1, 3), output_width=g.int(1, 3),
        sampling_ratio=g.int(0, 2), spatial_scale=g.one(1.0, 0.5),
        coordinate_transformation_mode=g.one("half_pixel", "output_half_pixel")))


@builder()
def recurrent(g):
    x = g.value(F, rank=(3, 3))
    if not x:
        return None
    op, gates = g.one(("LSTM", 4), ("GRU", 3), ("RNN", 1))
    direction, ways = g.one(("forward", 1), ("reverse", 1), ("bidirectional", 2))
    hidden, (length, batch, size) = g.int(1, 4), g.values[x].shape
    inputs = [x, g.const(g.array([ways, gates * hidden, size], "float32", -1, 1)),
              g.const(g.array([ways, gates * hidden, hidden], "float32", -1, 1))]
    inputs.append(g.const(g.array([ways, 2 * gates * hidden], "float32", -1, 1)) if g.chance() else "")
    inputs.append(g.side(g.rng.integers(1, length + 1, batch).astype(np.int32)) if g.chance(0.4) else "")
    inputs.append(g.side(g.array([ways, batch, hidden], "float32", -1, 1)) if g.chance() else "")
    attrs = dict(hidden_size=hidden, direction=direction)
    if op == "GRU":
        attrs["linear_before_reset"] = g.int(0, 1)
    return Node(op, inputs, outputs=3 if op == "LSTM" else 2, attrs=attrs)


def strides_exceed(graph):
    """A SAME pool of strides that are larger than its kernel."""
    return any("SAME" in n.attrs.get("auto_pad", "") and any(
        s > k for s, k in zip(n.attrs.get("strides", []), n.attrs["kernel_shape"])) for n in graph.nodes)


def larger_kernel(graph):
    """A convolution of one channel, as means of dilated windows are, whose kernel is larger than the image."""
    for n in graph.nodes:
        image = graph.values[n.inputs[0]].shape if n.inputs[0] else ()
        means = n.op in ("AveragePool", "LpPool") and "dilations" in n.attrs
        if means or (n.op == "Conv" and image[1] == 1):
            kernel = n.attrs["kernel_shape"] if means else graph.values[n.inputs[1]].shape[2:]
            if any(k > d for k, d in zip(kernel, image[2:])):
                return True
    return False


def summand_of_one_channel(graph):
    """A sum of a convolution of several channels and of what is not constant, has one, and as many dimensions."""
    convolved = {n.names[0] for n in graph.nodes if n.op == "Conv" and graph.values[n.names[0]].shape[1] > 1}
    for n in graph.nodes:
        if n.op in ("Add", "Sub", "Sum") and convolved.intersection(n.inputs):
            rank = graph.values[n.names[0]].ndim
            others = [graph.values[i].shape for i in n.inputs if i not in graph.constants]
            if any(len(shape) == rank and shape[1] == 1 for shape in others):
                return True
    return False


def small_product(graph):
    """A product of two matrices of up to two rows, terms and exactly two columns."""
    for n in graph.nodes:
        if n.op in ("Gemm", "MatMul"):
            shape = graph.values[n.names[0]].shape
            if len(shape) == 2 and shape[0] <= 2 and shape[1] == 2 and graph.values[n.inputs[0]].size <= 2 * shape[0]:
                return True
    return False


class Onnx:
    name, dims, builders = "onnx", 6, BUILDERS
    known = [  # of ONNX Runtime
        (r"Pool\([^\n]*dilations=[^\n]*auto_pad=SAME", "it pads for windows without dilations"),
        (r"Pool\([^\n]*auto_pad=SAME", "it pads less than nothing where strides exceed the kernel", strides_exceed),
        (r"Reduce(L1|L2|SumSquare|LogSum)\w*\([^\n]*noop_with", "it copies; by ONNX the elementwise part stays"),
        ("a kernel that spans", "it pools and convolves what is smaller than its kernel, OpenVINO does not"),
        (r"Resize\([^\n]*c\d+:float[^\n]*align_corners", "it aligns to whole pixels, ONNX's own cases to input * scale"),
        # of requant's import
        ("(Average|Lp)Pool.*dynamic=True.*import: .*unknown number of channels", "dilated means are convolutions of known channels"),
        ("ConvTranspose.*dynamic=True.*import: .*output's size of an input", "output_shape as pads needs the input's size"),
        (r"Split\([^\n]*num_outputs=.*dynamic=True.*expected a multiple of num_splits", "parts of an unknown size are equal ones"),
        # of OpenVINO's CPU
        (r"dynamic=True.*doesn't support (Squeeze|GatherND) operation with dynamic rank", "no unknown ranks"),
        (r"RoiAlign\(.*dynamic=True.*ROIAlign node .* invalid shape", "no ROIAlign of regions of unknown width"),
        (r"(OneHot|Hardmax)\(.*dynamic=True.*OneHot node .* incorrect number", "no dynamic OneHot of a scalar"),
        (r"LRN\(.*dynamic=True.*OpenVINO: \w+: shape \(.*\b0\b", "a dynamic LRN over 5 channels gives nothing"),
        (r"(LSTM|GRU|RNN)\(.*dynamic=True.*StaticMemory", "no dynamic recurrent layer with a constant state"),
        (r"(LSTM|GRU|RNN)\(.*dynamic=True.*OpenVINO: \w+: differs", "dynamic sequences of given lengths"),
        (r"HardSigmoid\([^\n]*beta=0\.0.*OpenVINO: \w+: differs", "a summand of 0 is taken for the default"),
        (r"OpenVINO: \w+: differs", "a convolution of one channel smaller than the kernel", larger_kernel),
        (r"Conv\(.*dynamic=True.*OpenVINO: (\w+: shape \(0|.*Can not clone with new dims)",
         "a summand of one channel is fused to a dynamic convolution of several", summand_of_one_channel),
        (r"(Global\w+Pool|Reduce\w+)\(.*(Sum|Add)\([^\n]*:float\d+\[1, \d+, 1\].*OpenVINO: \w+: differs",
         "what is added to each channel of a reduced row of several images"),
        (r"(Gemm|MatMul)\(.*dynamic=True.*OpenVINO: data size: \d+ OC: 0", "no constant summand of a product of unknown columns"),
        (r"(Gemm|MatMul)\(.*dynamic=True.*OpenVINO: \w+: differs", "a constant summand of a tiny product of unknown sizes is lost",
         small_product),
        (r"Concat\(.*MatMul\(.*Abs\(.*OpenVINO: \w+: differs", "Abs overwrites what is concatenated before a product reads it"),
    ]

    def start(self, graph):
        graph.options["opset"] = graph.one(11, 13, 15, 17, 18, 19, 20, 21, 22)
        graph.options["dynamic"] = graph.chance(0.2)

    def model(self, nodes, inputs, outputs, constants, options):
        def shape(array):
            return [None] * array.ndim if options["dynamic"] else array.shape
        made = [helper.make_node(n.op, n.inputs, names, **n.attrs) for n, names in nodes]
        graph = helper.make_graph(
            made, "random",
            [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(a.dtype), shape(a))
             for name, a in inputs.items()],
            [onnx.ValueInfoProto(name=name) for name in outputs],
            [numpy_helper.from_array(np.ascontiguousarray(a).reshape(a.shape), name) for name, a in constants.items()])
        return helper.make_model(graph, ir_version=10 if options["opset"] > 18 else 8,
                                 opset_imports=[helper.make_opsetid("", options["opset"])])

    def evaluate(self, node, arrays, graph):
        given = dict(zip(node.inputs, arrays))
        given.pop("", None)
        constants = {name: a for name, a in given.items() if name in graph.constants}
        feeds = {name: a for name, a in given.items() if name not in constants}
        names = [f"out{i}" for i in range(node.outputs)]
        model = self.model([(node, names)], feeds, names, constants, {**graph.options, "dynamic": False})
        session = onnxruntime.InferenceSession(model.SerializeToString(), _options(),
                                               ["CPUExecutionProvider"])
        return session.run(None, feeds)

    def write(self, graph, folder):
        inputs = {n: graph.values[n] for n in graph.inputs}
        constants = {n: graph.values[n] for n in graph.constants}
        model = self.model([(n, n.names) for n in graph.nodes], inputs, graph.outputs(), constants, graph.options)
        onnx.save(model, folder / "model.onnx")
        return [folder / "model.onnx"]


def _options():
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return options
