"""quant/placement/int8_kernels.def against the real OpenVINO: one branch of a network for each line.

usage: test_kernels.py     PROGRAM names the requant binary

First with codes put before every operator by hand: the execution graph shows which of them compute,
sum, move or follow in INT8. Then quantized by requant: codes stand where the table says, and every
convolution behind them runs in INT8.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import openvino as ov
from openvino import opset13 as op

PROGRAM = os.environ.get("PROGRAM", "build/release/requant")
TABLE = pathlib.Path(__file__).resolve().parents[2] / "quant/placement/int8_kernels.def"
ROW = re.compile(r"RQ_INT8_(KERNEL|PRODUCT)\((\w+), (\w+), \w+, \w+,\s*(?:NULL|\"([^\"]*)\")\)")
WIDTH, SIDE = 16, 12  # of what the operators read: 1x16x12x12
IN_FLOAT = ("OpenVINO has no INT8 kernel for it", "OpenVINO moves its values in floating point")
# No convolution can stand behind these: booleans, states, gradients of nothing.
NOT_BUILT = {"Equal", "Greater", "GreaterEqual", "Less", "LessEqual", "LogicalAnd", "LogicalNot", "LogicalOr",
             "LogicalXor", "NotEqual", "GRUSequence", "LSTMSequence", "FloorMod", "ConvertLike", "Reverse",
             "AdaptiveMaxPool", "ScatterNDUpdate"}


def rows():
    """[(name of the line, type, use, reason)]"""
    found = ROW.findall(TABLE.read_text())
    assert len(found) == TABLE.read_text().count("\nRQ_INT8_"), "a line of the table is not understood"
    return [(kind + " of two" if macro == "PRODUCT" else kind, kind, use, reason)
            for macro, kind, use, reason in found]


class Net:
    """Branches that start from one input. codes: FakeQuantize and integer weights by hand."""

    def __init__(self, codes):
        self.codes, self.rng = codes, np.random.default_rng(3)
        self.x = op.parameter([1, 8, SIDE, SIDE], np.float32, name="x")
        self.x.output(0).get_tensor().set_names({"x"})
        self.results = []

    def quantized(self, x, low=-4.0):
        if not self.codes:
            return x
        ends = [op.constant(np.float32(v)) for v in (low, -low * 127 / 128) * 2]
        return op.fake_quantize(x, *ends, 256)

    def weights(self, shape, kept):
        """Scales along the axes that are kept."""
        w = self.rng.standard_normal(shape).astype(np.float32) / 8
        if not self.codes:
            return op.constant(w)
        integers = op.constant(np.clip(np.round(w * 200), -127, 127).astype(np.int8))
        scales = np.full([n if i in kept else 1 for i, n in enumerate(shape)], 0.005, np.float32)
        return op.multiply(op.convert(integers, "f32"), op.constant(scales))

    def conv(self, x, inputs, outputs, name):
        ones, none = [1, 1], [0, 0]
        y = op.convolution(x, self.weights([outputs, inputs, 1, 1], [0]), ones, none, none, ones)
        y.set_friendly_name(name)
        return y

    def head(self, name):
        y = self.conv(self.quantized(self.x), 8, WIDTH, name + "/head")
        bias = self.rng.standard_normal([1, WIDTH, 1, 1]).astype(np.float32)
        return op.add(y, op.constant(bias))

    def model(self):
        return ov.Model([op.result(y) for y in self.results], [self.x])


def i64(*values):
    return op.constant(np.array(values, np.int64))


def f32(*values):
    return op.constant(np.array(values, np.float32))


PADS = i64(0, 0, 1, 1)
UNARY = {"Clamp": lambda x: op.clamp(x, -1, 2), "Elu": lambda x: op.elu(x, 1), "Exp": op.exp,
         "Gelu": lambda x: op.gelu(x, "erf"), "HSigmoid": op.hsigmoid, "HSwish": op.hswish,
         "HardSigmoid": lambda x: op.hard_sigmoid(x, op.constant(np.float32(.2)), op.constant(np.float32(.5))),
         "Mish": op.mish, "PReLU": lambda x: op.prelu(x, f32(*[.1] * WIDTH)), "ReLU": op.relu,
         "Selu": lambda x: op.selu(x, f32(1.6), f32(1.05)), "Sigmoid": op.sigmoid, "SoftPlus": op.softplus,
         "SoftSign": op.softsign, "Swish": op.swish, "Tanh": op.tanh,
         "BatchNormInference": lambda x: op.batch_norm_inference(x, *[f32(*[1] * WIDTH)] * 4, 1e-3)}
BINARY = {"Add": op.add, "Subtract": op.subtract, "Divide": op.divide, "Maximum": op.maximum,
          "Minimum": op.minimum, "Multiply": op.multiply, "Power": op.power,
          "SquaredDifference": op.squared_difference}
SPATIAL = i64(2, 3)
MOVES = {  # the moved value, and its channels
    "BatchToSpace": lambda x: (op.batch_to_space(op.space_to_batch(x, i64(1, 1, 2, 2), i64(0, 0, 0, 0), i64(0, 0, 0, 0)),
                                                 i64(1, 1, 2, 2), i64(0, 0, 0, 0), i64(0, 0, 0, 0)), WIDTH),
    "Gather": lambda x: (op.gather(x, i64(*range(0, WIDTH, 2)), op.constant(np.int64(1))), WIDTH // 2),
    "Interpolate": lambda x: (op.interpolate(x, i64(2 * SIDE, 2 * SIDE), "nearest", "sizes", axes=SPATIAL), WIDTH),
    "MaxPool": lambda x: (op.max_pool(x, [2, 2], [1, 1], [0, 0], [0, 0], [2, 2]).output(0), WIDTH),
    "Pad": lambda x: (op.pad(x, PADS, PADS, "constant", op.constant(np.float32(0))), WIDTH),
    "ReduceMax": lambda x: (op.reduce_max(x, SPATIAL, True), WIDTH),
    "Reshape": lambda x: (op.reshape(x, i64(1, WIDTH * 2, SIDE // 2, SIDE), False), WIDTH * 2),
    "ShuffleChannels": lambda x: (op.shuffle_channels(x, 1, 4), WIDTH),
    "Slice": lambda x: (op.slice(x, i64(1), i64(SIDE), i64(2), i64(2)), WIDTH),
    "SpaceToBatch": lambda x: (op.space_to_batch(x, i64(1, 1, 2, 2), i64(0, 0, 0, 0), i64(0, 0, 0, 0)), WIDTH),
    "Split": lambda x: (op.split(x, op.constant(np.int64(1)), 2).output(0), WIDTH // 2),
    "VariadicSplit": lambda x: (op.variadic_split(x, op.constant(np.int64(1)), i64(4, 12)).output(1), 12),
    "Squeeze": lambda x: (op.unsqueeze(op.squeeze(x, i64(0)), i64(0)), WIDTH),
    "Unsqueeze": lambda x: (op.squeeze(op.unsqueeze(x, i64(4)), i64(4)), WIDTH),
    "StridedSlice": lambda x: (op.strided_slice(x, i64(0, 0, 1, 0), i64(1, WIDTH, SIDE, SIDE), i64(1, 1, 1, 1),
                                                [0] * 4, [0] * 4), WIDTH),
    "Transpose": lambda x: (op.transpose(x, i64(0, 1, 3, 2)), WIDTH),
    "Broadcast": lambda x: (op.broadcast(op.slice(x, i64(0), i64(1), i64(1), i64(2)), i64(1, WIDTH, SIDE, SIDE)), WIDTH),
    "DepthToSpace": lambda x: (op.depth_to_space(x, "blocks_first", 2), WIDTH // 4),
    "GatherElements": lambda x: (op.gather_elements(x, op.constant(np.zeros([1, WIDTH, 3, SIDE], np.int32)), 2), WIDTH),
    "GatherND": lambda x: (op.gather_nd(x, op.constant(np.array([[[3], [5]]], np.int32)), 1), 2),
    "ReverseSequence": lambda x: (op.reverse_sequence(x, op.constant(np.array([5], np.int32)), 0, 2), WIDTH),
    "Roll": lambda x: (op.roll(x, i64(3), i64(2)), WIDTH),
    "ScatterElementsUpdate": lambda x: (op.scatter_elements_update(
        x, op.constant(np.zeros([1, WIDTH, 1, SIDE], np.int32)), op.constant(np.ones([1, WIDTH, 1, SIDE], np.float32)),
        op.constant(np.int32(2))), WIDTH),
    "ScatterUpdate": lambda x: (op.scatter_update(x, i64(0, 1), op.constant(np.ones([1, 2, SIDE, SIDE], np.float32)),
                                                  op.constant(np.int64(1))), WIDTH),
    "SliceScatter": None,  # opset 15
    "SpaceToDepth": lambda x: (op.space_to_depth(x, "blocks_first", 2), WIDTH * 4),
    "Tile": lambda x: (op.tile(x, i64(1, 2, 1, 1)), 2 * WIDTH),
}
REDUCES = {"ReduceL2": lambda x: op.reduce_l2(x, SPATIAL, True), "ReduceMean": lambda x: op.reduce_mean(x, SPATIAL, True),
           "ReduceSum": lambda x: op.reduce_sum(x, SPATIAL, True),
           "AdaptiveAvgPool": lambda x: op.adaptive_avg_pool(x, i64(2, 2)),
           "AvgPool": lambda x: op.avg_pool(x, [2, 2], [0, 0], [0, 0], [2, 2], True),
           "MVN": lambda x: op.mvn(x, SPATIAL, True, 1e-5, "inside_sqrt"),
           "NormalizeL2": lambda x: op.normalize_l2(x, i64(1), 1e-5, "add"),
           "GroupNormalization": lambda x: op.group_normalization(x, f32(*[1] * WIDTH), f32(*[0] * WIDTH), 4, 1e-5)}


def product_of(net, kind, x):
    """Ends its branch: the operator is a convolution or product itself."""
    ones, none = [1, 1], [0, 0]
    if kind == "Convolution":
        return op.convolution(x, net.weights([4, WIDTH, 3, 3], [0]), ones, none, none, ones)
    if kind == "GroupConvolution":
        return op.group_convolution(x, net.weights([4, 4, WIDTH // 4, 3, 3], [0, 1]), ones, none, none, ones)
    if kind == "ConvolutionBackpropData":
        return op.convolution_backprop_data(x, net.weights([WIDTH, 4, 2, 2], [1]), [2, 2])
    if kind == "GroupConvolutionBackpropData":
        return op.group_convolution_backprop_data(x, net.weights([4, WIDTH // 4, 4, 2, 2], [0, 2]), [2, 2])
    return op.matmul(x, net.weights([SIDE, 8], [1]), False, False)


def between(net, name, kind, x):
    """The operator on what a convolution gives: the value behind it, and its channels."""
    if kind in BINARY:
        skip = net.quantized(net.head(name + "/skip"))
        y = net.quantized(op.relu(net.conv(x, WIDTH, WIDTH, name + "/inner")))
        return BINARY[kind](y, skip), WIDTH
    if kind == "Concat":
        return op.concat([x, net.quantized(net.head(name + "/other"))], 1), 2 * WIDTH
    if kind == "ScaledDotProductAttention":
        return op.scaled_dot_product_attention(x, x, x), WIDTH
    for one in (UNARY, REDUCES):
        if kind in one:
            return one[kind](x), WIDTH
    return MOVES[kind](x)


def tested_node(y, kind):
    """The operator itself: some lines build more around it."""
    node = y.get_node() if hasattr(y, "get_node") else y
    while node.get_type_name().lower() != kind.lower():
        node = node.input_value(0).get_node()
    return node


def add_branch(net, name, kind, use):
    x = net.head(name)
    if use != "FOLLOWS":
        x = net.quantized(x)
    if kind == "MatMul" and name != kind:
        y = op.matmul(x, net.quantized(net.head(name + "/other")), False, True)
    elif use == "COMPUTES" or kind.endswith("BackpropData"):
        y = product_of(net, kind, x)
    else:
        y, channels = between(net, name, kind, x)
        tested_node(y, kind).set_friendly_name(name)
        behind = y if use == "MOVES" or kind in MOVES else net.quantized(y)
        net.results.append(net.conv(behind, channels, 4, name + "/tail"))
        return
    y.set_friendly_name(name)
    net.results.append(y)


def executed(model):
    """By layer name: (type, precision) of the node that it runs in."""
    compiled = ov.Core().compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    found = {}
    for node in compiled.get_runtime_model().get_ordered_ops():
        info = node.get_rt_info()
        for name in info["originalLayersNames"].astype(str).split(","):
            found.setdefault(name, (info["layerType"].astype(str), info["runtimePrecision"].astype(str)))
    return found


def is_int8(found, name):
    return found.get(name, ("", ""))[1] in ("i8", "u8")


def wrong_kernel(found, name, use, reason):
    """What is not as the table says, with codes before the operator."""
    moved = is_int8(found, name + "/tail") and (name not in found or is_int8(found, name))
    holds = {"COMPUTES": is_int8(found, name), "MOVES": moved, "TAKES": is_int8(found, name),
             "SUMS": found.get(name, ("",))[0] == "Convolution" and is_int8(found, name),
             "FOLLOWS": name not in found or found[name][0] == "Convolution" and is_int8(found, name),
             "FLOATS": reason not in IN_FLOAT or not is_int8(found, name)}
    return None if holds[use] else f"{name}: {use} in the table, runs as {found.get(name)}, " \
                                   f"what follows as {found.get(name + '/tail')}"


def reads_codes(node):
    source = node.input_value(0).get_node()
    while source.get_type_name() in MOVES:
        source = source.input_value(0).get_node()
    return source.get_type_name() == "FakeQuantize"


def wrong_placement(nodes, found, name, use):
    """What is not as it should be, quantized by requant."""
    if name + "/tail" in nodes and not is_int8(found, name + "/tail"):
        return f"{name}: what follows runs as {found.get(name + '/tail')}"
    wanted = use in ("COMPUTES", "SUMS", "MOVES")
    return None if reads_codes(nodes[name]) == wanted else f"{name}: {use}, and codes before it: {not wanted}"


def quantize(model, folder):
    ov.save_model(model, folder / "net.xml", compress_to_fp16=False)
    (folder / "data").mkdir()
    rng = np.random.default_rng(5)
    for i in range(4):
        np.savez(folder / f"data/{i}.npz", x=rng.standard_normal([1, 8, SIDE, SIDE]).astype(np.float32))
    command = [PROGRAM, "quantize", folder / "net.xml", "--data", folder / "data", "-o", folder / "out",
               "--rounding", "nearest", "--equalize", "off", "--range", "minmax", "--keep-graph", "--seconds", "0"]
    ran = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=600, check=False)
    assert ran.returncode == 0, ran.stderr
    return folder / "out/net-int8.xml"


def branches(codes):
    net, lines = Net(codes), []
    for name, kind, use, reason in rows():
        if kind in NOT_BUILT or MOVES.get(kind, 1) is None:
            continue
        add_branch(net, name, kind, use)
        lines.append((name, use, reason))
    return net.model(), lines


def main():
    model, lines = branches(True)
    found = executed(model)
    wrong = [wrong_kernel(found, *line) for line in lines]
    model, lines = branches(False)
    with tempfile.TemporaryDirectory() as folder:
        path = quantize(model, pathlib.Path(folder))
        nodes = {node.get_friendly_name(): node for node in ov.Core().read_model(path).get_ops()}
        found = executed(path)
        wrong += [wrong_placement(nodes, found, name, use) for name, use, _ in lines]
    wrong = [text for text in wrong if text]
    for text in wrong:
        print("fail ", text)
    print(f"{2 * len(lines) - len(wrong)} of {2 * len(lines)} hold of int8_kernels.def, in OpenVINO {ov.get_version()}")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
