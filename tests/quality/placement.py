"""Where two INT8 models of one network differ: layer inputs that a FakeQuantize, or INT8 weights,
reach in one only, and FakeQuantize of other shapes.
usage: placement.py A.xml B.xml"""
import collections
import sys

import openvino as ov

# What a code passes unchanged, beside layers with a constant operand.
MOVES = {"Reshape", "Transpose", "MaxPool", "Squeeze", "Unsqueeze", "Split", "VariadicSplit",
         "StridedSlice", "Slice", "Concat", "Pad", "Broadcast", "Gather", "DepthToSpace",
         "ShuffleChannels", "Tile"}


def quantized_by(output):
    """How a value is quantized; None if it is not."""
    node = output.get_node()
    kind = node.get_type_name()
    if kind == "FakeQuantize":
        size = max(node.input(1).get_shape(), default=1)
        return "per channel" if size > 1 else "per tensor"
    if kind == "Multiply" and node.input_value(0).get_node().get_type_name() == "Convert":
        source = node.input_value(0).get_node().input_value(0)
        return "weights" if source.get_element_type() == ov.Type.i8 else None
    if kind in MOVES:
        ways = {quantized_by(node.input_value(i)) for i in range(len(node.inputs()) if kind == "Concat" else 1)}
        return ways.pop() if len(ways) == 1 else None
    return None


def inputs_of(path):
    """(layer, port): how it is quantized."""
    found = {}
    for node in ov.Core().read_model(path).get_ordered_ops():
        if node.get_type_name() in {"FakeQuantize", "Constant", "Convert", "Result"} | MOVES:
            continue
        for port, value in enumerate(node.input_values()):
            if value.get_node().get_type_name() != "Constant":
                found[node.get_friendly_name(), node.get_type_name(), port] = quantized_by(value)
    return found


def main():
    a, b = (inputs_of(path) for path in sys.argv[1:])
    for name, found in (("A", a), ("B", b)):
        print(name, collections.Counter(str(way) for way in found.values()))
    for key in a:
        if key in b and a[key] != b[key]:
            print(f"{key[1]:22s} {key[0]} input {key[2]}: {a[key]} / {b[key]}")


if __name__ == "__main__":
    main()
