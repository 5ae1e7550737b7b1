"""Random layers of Caffe, each by its parameters' rules; OpenCV says whether they are right."""
import struct

import cv2
import numpy as np

from random_graphs import F, Node, registry

cv2.utils.logging.setLogLevel(0)
BUILDERS, builder = registry()


def layer(kind, bottoms, blobs=(), exact=False, **message):
    """`message`: the parameters by the name of their message."""
    return Node(kind, [*bottoms, *blobs], attrs={"bottoms": len(bottoms), **message}, exact=exact)


def weights(g, *shape):
    return g.const(g.array(shape, "float32", -1, 1))


# Elementwise.

@builder(2)
def activation(g):
    x = g.value(F, rank=(2, 4))
    return x and layer(g.one("Sigmoid", "TanH", "BNLL"), [x])


@builder(2)
def exact_activation(g):
    x = g.value(F, rank=(2, 4))
    return x and layer(g.one("AbsVal", "ReLU", "ReLU6", "Dropout"), [x], exact=True)


@builder()
def leaky(g):
    x = g.value(F, rank=(2, 4))
    return x and g.one(layer("ReLU", [x], relu_param=dict(negative_slope=g.int(1, 8) / 8)),
                       layer("ELU", [x], elu_param=dict(alpha=1.0)))


@builder()
def prelu(g):
    x = g.value(F, rank=(4, 4))
    return x and layer("PReLU", [x], [weights(g, g.values[x].shape[1])])


@builder(2)
def power(g):
    x = g.value(F, rank=(2, 4))
    power = g.one(1.0, 1.0, 2.0, 3.0)
    return x and layer("Power", [x], power_param=dict(power=power, scale=g.int(-8, 8) / 8, shift=g.int(-8, 8) / 8))


@builder()
def exponential(g):
    x = g.value(F, rank=(2, 4))
    return x and layer("Exp", [x], exp_param=dict(base=g.one(-1.0, 2.0), scale=g.int(-4, 4) / 8, shift=g.int(-4, 4) / 8))


@builder(2)
def eltwise(g):
    x = g.value(F, rank=(2, 4))
    if not x:
        return None
    others = [n for n, v in g.values.items() if v.shape == g.values[x].shape and n not in g.constants]
    bottoms = [x, *(g.one(*others, g.new(g.array(g.values[x].shape))) for _ in range(g.int(1, 2)))]
    parameters = dict(operation=g.one("SUM", "PROD", "MAX"))
    if parameters["operation"] == "SUM" and g.chance():
        parameters["coeff"] = [g.int(-8, 8) / 8 for _ in bottoms]
    return layer("Eltwise", bottoms, eltwise_param=parameters)


# Windows.

def window(g, kernel, plain, dilate):
    """In one number, in one a side, or by its height and width."""
    form, fields = g.one("one", "two", "sides"), {}
    drawn = dict(stride=lambda i: g.int(1, 3), pad=lambda i: g.int(0, kernel[i] - 1))
    if form == "one":
        kernel[1] = kernel[0]
        fields["kernel_size"] = kernel[0]
        fields.update((k, d(0)) for k, d in drawn.items() if g.chance(0.7))
    elif form == "two" and not plain:
        fields["kernel_size"] = kernel
        fields.update((k, [d(0), d(1)]) for k, d in drawn.items() if g.chance(0.7))
    else:
        fields.update(kernel_h=kernel[0], kernel_w=kernel[1])
        fields.update((f"{k}_{'hw'[i]}", d(i)) for k, d in drawn.items() for i in range(2))
    if dilate and g.chance(0.3):
        fields["dilation"] = 2
    return fields


@builder(4)
def convolution(g):
    x = g.value(F, rank=(4, 4))
    if not x:
        return None
    c = g.values[x].shape[1]
    kernel, group = [g.int(1, 3), g.int(1, 3)], g.one(1, 1, c)
    transposed = g.chance(0.3)
    fields = window(g, kernel, False, dilate=not transposed)
    out = group * g.int(1, 3)
    shape = [c, out // group] if transposed else [out, c // group]
    bias = g.chance(0.7)
    blobs = [weights(g, *shape, *kernel)] + ([weights(g, out)] if bias else [])
    if group > 1:
        fields["group"] = group
    if not bias:
        fields["bias_term"] = False
    return layer("Deconvolution" if transposed else "Convolution", [x], blobs,
                 convolution_param=dict(num_output=out, **fields))


@builder(4)
def pooling(g):
    x = g.value(F, rank=(4, 4))
    if not x:
        return None
    fields = dict(pool=g.one("MAX", "AVE"))
    if g.chance(0.15):
        fields["global_pooling"] = True
    else:
        fields.update(window(g, [g.int(1, 3), g.int(1, 3)], True, dilate=False))
        if g.chance(0.3):
            fields["ceil_mode"] = g.chance()
    return layer("Pooling", [x], pooling_param=fields, exact=fields["pool"] == "MAX")


@builder(2)
def inner_product(g):
    x = g.value(F, rank=(2, 4))
    if not x:
        return None
    v, out = g.values[x], g.int(1, 5)
    axis = g.int(1, v.ndim - 1)
    count = int(np.prod(v.shape[axis:]))
    fields, bias = dict(num_output=out), g.chance(0.7)
    if axis != 1 or g.chance(0.3):
        fields["axis"] = axis
    if not bias:
        fields["bias_term"] = False
    return layer("InnerProduct", [x], [weights(g, out, count)] + ([weights(g, out)] if bias else []),
                 inner_product_param=fields)


# Normalizations.

@builder()
def batch_norm(g):
    x = g.value(F, rank=(4, 4))
    if not x:
        return None
    c = g.values[x].shape[1]
    return layer("BatchNorm", [x], [weights(g, c), g.const(g.array([c], "float32", 1, 3)),
                                    g.const(np.array([g.one(1, 2, 0.5)], np.float32))],
                 batch_norm_param=dict(eps=1e-3))


@builder(2)
def scale(g):
    x = g.value(F, rank=(2, 4))
    if not x:
        return None
    shape = g.values[x].shape
    axis = g.int(0, len(shape) - 1) if g.chance(0.4) else 1
    count = g.int(1, len(shape) - axis) if g.chance(0.3) else 1
    part, bias = shape[axis:axis + count], g.chance()
    fields = dict(axis=axis, num_axes=count, bias_term=bias)
    return layer("Scale", [x], [weights(g, *part)] + ([weights(g, *part)] if bias else []), scale_param=fields)


@builder()
def lrn(g):
    x = g.value(F, rank=(4, 4))
    return x and layer("LRN", [x], lrn_param=dict(
        local_size=g.one(1, 3, 5), alpha=g.int(1, 8) / 8, beta=0.75,  # OpenCV does not read k
        norm_region=g.one("ACROSS_CHANNELS", "WITHIN_CHANNEL")))


@builder()
def mvn(g):
    """OpenCV adds epsilon to the variance, Caffe to its root: it counts for neither here."""
    x = g.value(F, (4, 4), lambda v: v[0, 0].std() > 0.1 and v.reshape(-1, *v.shape[2:]).std((1, 2)).min() > 0.1)
    return x and layer("MVN", [x], mvn_param=dict(normalize_variance=g.chance(0.7), across_channels=g.chance()))


@builder()
def normalize(g):
    x = g.value(F, rank=(4, 4))
    if not x:
        return None
    shared = g.chance()
    return layer("Normalize", [x], [weights(g, 1 if shared else g.values[x].shape[1])], norm_param=dict(
        across_spatial=g.chance(), channel_shared=shared, eps=1e-3))


@builder(2)
def softmax(g):
    x = g.value(F, rank=(2, 4))
    return x and layer("Softmax", [x], softmax_param=dict(axis=g.int(1, g.values[x].ndim - 1)))


# Movement.

@builder(2)
def concat(g):
    x = g.value(F, rank=(2, 4))
    if not x:
        return None
    shape, axis = list(g.values[x].shape), g.int(0, g.values[x].ndim - 1)
    shape[axis] = g.int(1, 3)
    return layer("Concat", [x, g.new(g.array(shape)), *([x] if g.chance(0.3) else [])],
                 concat_param=dict(axis=g.one(axis, axis - len(shape))), exact=True)


@builder(2)
def slice_(g):
    x = g.value(F, (2, 4), lambda v: max(v.shape[1:]) > 1)
    if not x:
        return None
    axis = g.one(*(i for i, d in enumerate(g.values[x].shape) if d > 1 and i))
    d = g.values[x].shape[axis]
    if g.chance(0.3):
        count = g.one(*(c for c in range(2, d + 1) if d % c == 0))
        node = layer("Slice", [x], slice_param=dict(axis=axis), exact=True)
        node.outputs = count
        return node
    points = sorted(set(g.ints(2, 1, d - 1)))
    node = layer("Slice", [x], slice_param=dict(axis=axis, slice_point=points), exact=True)
    node.outputs = len(points) + 1
    return node


@builder()
def flatten(g):
    x = g.value(F, rank=(2, 4))
    if not x:
        return None
    first = g.int(1, g.values[x].ndim - 1)  # OpenCV has no rows
    last = g.one(-1, g.int(first, g.values[x].ndim - 1))
    return layer("Flatten", [x], flatten_param=dict(axis=first, end_axis=last), exact=True)


@builder()
def reshape(g):
    x = g.value(F, rank=(2, 4))
    if not x:
        return None
    shape = list(g.values[x].shape)
    dims = [0, -1] if g.chance(0.3) else [0, *shape[2:], shape[1]] if g.chance() else [0, -1, 1, shape[-1]]
    return layer("Reshape", [x], reshape_param=dict(shape=dict(dim=dims)), exact=True)


@builder(2)
def permute(g):
    x = g.value(F, rank=(4, 4))
    return x and layer("Permute", [x], permute_param=dict(order=g.rng.permutation(4).tolist()), exact=True)


@builder()
def crop(g):
    x = g.value(F, rank=(4, 4))
    if not x:
        return None
    v, axis = g.values[x], g.int(1, 3)
    size = [g.int(1, d) for d in v.shape]
    offsets = [g.int(0, d - s) for d, s in zip(v.shape, size)][axis:]
    if g.chance(0.3):
        offsets = [min(d - s for d, s in list(zip(v.shape, size))[axis:])]
    return layer("Crop", [x, g.new(g.array(size))], crop_param=dict(axis=axis, offset=offsets), exact=True)


@builder()
def shuffle(g):
    x = g.value(F, (4, 4), lambda v: v.shape[1] % 2 == 0)
    return x and layer("ShuffleChannel", [x], shuffle_channel_param=dict(group=2), exact=True)


# Text and wire format.

def text(name, value):
    if isinstance(value, dict):
        return f"{name} {{ {' '.join(text(k, v) for k, v in value.items())} }}"
    if isinstance(value, (list, tuple)):
        return " ".join(text(name, v) for v in value)
    if isinstance(value, bool):
        return f"{name}: {str(value).lower()}"
    bare = isinstance(value, str) and value.isupper() and name in ("pool", "operation", "norm_region")
    return f'{name}: "{value}"' if isinstance(value, str) and not bare else f"{name}: {value}"


def varint(n):
    out = b""
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def blob(array):
    shape = field(1, b"".join(varint(d) for d in array.shape))
    return field(5, struct.pack(f"<{array.size}f", *array.ravel().tolist())) + field(7, shape)


def network(nodes, inputs, values):
    """The text, with layers named as their first tops, and the binary, with their blobs."""
    lines = ['name: "random"']
    binary = field(1, b"random")
    for name, array in inputs.items():
        lines += [text("input", name), text("input_shape", dict(dim=list(array.shape)))]
    for node, names in nodes:
        attrs = dict(node.attrs)
        count = attrs.pop("bottoms")
        lines.append(text("layer", dict(name=names[0], type=node.op, bottom=node.inputs[:count], top=names, **attrs)))
        blobs = b"".join(field(7, blob(values[i])) for i in node.inputs[count:])
        binary += field(100, field(1, names[0].encode()) + field(2, node.op.encode()) + blobs)
    return "\n".join(lines) + "\n", binary


def of_many_axes(graph):
    """A product that leaves more than two axes before its columns."""
    return any(n.op == "InnerProduct" and graph.values[n.names[0]].ndim > 3 for n in graph.nodes)


def lower_than_the_kernel(graph):
    """A convolution of each channel alone, whose kernel is larger than the image."""
    for n in graph.nodes:
        if n.op == "Convolution":
            image, kernel = (graph.values[i].shape for i in n.inputs[:2])
            if kernel[1] == 1 and any(k > d for k, d in zip(kernel[2:], image[2:])):
                return True
    return False


class Caffe:
    name, dims, builders = "caffe", 6, BUILDERS
    known = [
        (r"InnerProduct\(.*PReLU\(.*OpenVINO: (data size|\w+: differs)",
         "OpenVINO's CPU: slopes of channels after a product over others are taken along its columns", of_many_axes),
        (r"Convolution\(.*requant: \w+: differs", "OpenCV reads beside an image of depth-wise convolutions lower than the kernel",
         lower_than_the_kernel),
        ("its last window has no pixel", "Caffe itself gives -FLT_MAX or NaN there"),
    ]

    def start(self, graph):
        pass

    def evaluate(self, node, arrays, graph):
        names = [f"out{i}" for i in range(node.outputs)]
        values = dict(zip(node.inputs, arrays))
        inputs = {name: values[name] for name in node.inputs[:node.attrs["bottoms"]]}
        written, binary = network([(node, names)], inputs, values)
        net = cv2.dnn.readNetFromCaffe(np.frombuffer(written.encode(), np.uint8), np.frombuffer(binary, np.uint8))
        for name, array in inputs.items():
            net.setInput(array, name)
        return [np.array(o) for o in net.forwardAndRetrieve(names[:1])[0][:node.outputs]]

    def write(self, graph, folder):
        written, binary = network([(n, n.names) for n in graph.nodes],
                                  {n: graph.values[n] for n in graph.inputs}, graph.values)
        (folder / "model.prototxt").write_text(written)
        (folder / "model.caffemodel").write_bytes(binary)
        return [folder / "model.caffemodel", "--input_proto", folder / "model.prototxt"]
