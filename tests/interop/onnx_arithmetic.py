"""ONNX models of arithmetic on integers and features."""
import numpy as np

from nodebook import Nodebook, data, node

book = Nodebook()
CASES = book.cases
case = book.add


def large(*shape, dtype=np.int32, seed=0):
    return np.random.default_rng([seed, *shape]).integers(-5000, 5000, shape).astype(dtype)


for a, b in (([3, 4], [4, 5]), ([2, 3, 4], [4, 5]), ([4], [2, 4, 5]), ([3, 4], [4]), ([4], [4])):
    case(f"MatMul of integers {a} {b}", node("MatMul", "a b", "y"), {"a": large(*a), "b": large(*b, seed=1)})

X = {"x": data(3, 4)}
ML = "ai.onnx.ml"
case("Scaler", node("Scaler", "x", "y", ML, offset=[0.1, 0.2, 0.3, 0.4], scale=[2.0]), X)
case("Binarizer", node("Binarizer", "x", "y", ML, threshold=0.1), X)
for norm in ("MAX", "L1", "L2"):
    case(f"Normalizer {norm}", node("Normalizer", "x", "y", ML, norm=norm), {"x": abs(X["x"])})
case("ArrayFeatureExtractor", node("ArrayFeatureExtractor", "x i", "y", ML), X, {"i": np.array([2, 0])})
case("outputs that are an input", [node("Identity", "x", "y"), node("Identity", "x", "z")], X)
for exclusive, reverse in ((0, 0), (0, 1), (1, 0), (1, 1)):
    case(f"CumProd exclusive {exclusive} reverse {reverse}",
         node("CumProd", "x a", "y", exclusive=exclusive, reverse=reverse), {"x": 2 * data(3, 7)},
         {"a": np.array(-1)}, opset=26)
case("SwiGLU", node("SwiGLU", "x z", "y", alpha=1.3), {"x": data(2, 5), "z": data(2, 5, seed=1)}, opset=28)
for op in ("Affine", "ScaledTanh", "ParametricSoftplus"):
    case(op, node(op, "x", "y", alpha=0.7, beta=1.6), X, opset=7)
for onesided, window in ((0, "w"), (1, "w"), (1, "-")):
    case(f"STFT onesided {onesided} window {window}",
         node("STFT", f"x s {window} l", "y", onesided=onesided), {"x": data(2, 40, 1)},
         {"s": np.array(6), "w": data(16), "l": np.array(16)}, opset=17)
case("RandomUniform's shape and type",
     [node("RandomUniformLike", "x", "r", low=2.0, high=3.0), node("Floor", "r", "y")], X)
case("Gemm of integers", node("Gemm", "a b c", "y", transA=1, transB=1),
     {"a": large(4, 3), "b": large(5, 4, seed=1), "c": large(5)}, opset=13)
NONE = np.float32([[-np.inf, -np.inf], [1, 2], [-np.inf, 0], [np.inf, 1]])
case("ReduceLogSumExp of infinite numbers", node("ReduceLogSumExp", "x", "y", axes=[1]), {"x": NONE}, opset=13)
case("ThresholdedRelu of infinite numbers", node("ThresholdedRelu", "x", "y"), {"x": NONE})
