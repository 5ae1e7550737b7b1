"""How the onnx_*.py files describe small ONNX models."""
import numpy as np
from onnx import ValueInfoProto, helper, numpy_helper

DOMAINS = ("com.microsoft", "ai.onnx.ml", "ai.onnx.preview", "ai.onnx.preview.training")


def data(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).uniform(-1, 1, shape).astype(np.float32)


def node(op, inputs, outputs, domain="", **attrs):
    """`inputs`, `outputs`: names, blank-separated; "-" is one left out."""
    names = [["" if name == "-" else name for name in text.split()] for text in (inputs, outputs)]
    return helper.make_node(op, *names, domain=domain, **attrs)


def model(nodes, feeds, constants, opset, dynamic=False):
    outputs = [name for n in nodes for name in n.output
               if name and not any(name in other.input for other in nodes)]
    graph = helper.make_graph(
        nodes, "model",
        [helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(a.dtype),
                                       [None] * a.ndim if dynamic else a.shape)
         for name, a in feeds.items()],
        [ValueInfoProto(name=name) for name in outputs],
        [numpy_helper.from_array(np.asarray(a), name) for name, a in constants.items()])
    domains = [helper.make_opsetid(d, 1) for d in DOMAINS if any(n.domain == d for n in nodes)]
    return helper.make_model(graph, ir_version=10,
                             opset_imports=[helper.make_opsetid("", opset), *domains])


class Nodebook:
    def __init__(self):
        self.cases = []

    def add(self, name, nodes, feeds, constants=None, opset=18, dynamic=False):
        """One node or several; outputs are what no node reads. Dynamic: no size of an input is known."""
        nodes = nodes if isinstance(nodes, list) else [nodes]
        self.cases.append((name, model(nodes, feeds, constants or {}, opset, dynamic), feeds))
