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
