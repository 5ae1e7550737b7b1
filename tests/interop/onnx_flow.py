"""ONNX models with graphs inside."""
import numpy as np
from onnx import TensorProto, helper

from nodebook import Nodebook, data, node

book = Nodebook()
CASES = book.cases
case = book.add


def value(name, shape, dtype=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, dtype, shape)


def loop_body(nodes, shape):
    """State v, v2 in the next iteration."""
    return helper.make_graph(
        [*nodes, node("Identity", "go", "go2")], "body",
        [value("i", [], TensorProto.INT64), value("go", [], TensorProto.BOOL), value("v", shape)],
        [value("go2", [], TensorProto.BOOL), value("v2", shape)])


for name, op, shape, attrs in (("state", "Mul", [2, 3], {}), ("growing state", "Concat", [None, 3], {"axis": 0})):
    case(f"Loop's {name} begins as what it reads",
         node("Loop", "n go x", "y", body=loop_body([node(op, "v x", "v2", **attrs)], shape)),
         {"x": data(2, 3)}, {"n": np.array(3), "go": np.array(True)}, opset=13)

# -- sequences ---------------------------------------------------------------------------------

PARTS = {"one": np.array(1), "last": np.array(-1), "two": np.array(2), "lengths": np.array([1, 3, 2])}
X = {"x": data(3, 6), "z": data(4)}
for how in ("two", "lengths", "-"):
    case(f"SplitToSequence by {how}",
         [node("SplitToSequence", f"x {how}", "q", axis=1), node("SequenceAt", "q last", "y"),
          node("SequenceLength", "q", "n"), node("ConcatFromSequence", "q", "c", axis=1)],
         {"x": X["x"]}, PARTS)
case("SplitToSequence without its axis",
     [node("SplitToSequence", "x", "q", axis=1, keepdims=0), node("SequenceAt", "q one", "y"),
      node("ConcatFromSequence", "q", "c", axis=0, new_axis=1)], {"x": X["x"]}, PARTS)
case("a sequence that grows before its last one",
     [node("SequenceConstruct", "x z x", "q"), node("SequenceInsert", "q z last", "r"),
      node("SequenceAt", "r two", "y")], X, PARTS)
case("a sequence that is built",
     [node("SequenceConstruct", "x z", "q"), node("SequenceInsert", "q x one", "r"),
      node("SequenceErase", "r", "s"), node("Identity", "s", "t"), node("SequenceAt", "t one", "y"),
      node("SequenceLength", "t", "n")], X, PARTS)

# -- Scan of opset 8 ---------------------------------------------------------------------------

SUMS = helper.make_graph([node("Add", "s e", "s2"), node("Identity", "s2", "o")], "body",
                         [value("s", [2]), value("e", [2])], [value("s2", [2]), value("o", [2])])
for batch in (1, 3):
    case(f"Scan of opset 8, batch {batch}",
         node("Scan", "- s0 x", "sf y", body=SUMS, num_scan_inputs=1, directions=[int(batch > 1)]),
         {"s0": data(batch, 2), "x": data(batch, 4, 2)}, opset=8)
