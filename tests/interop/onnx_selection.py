"""ONNX models of operators that pick elements: the largest ones, regions of images."""
import numpy as np

from nodebook import Nodebook, data, node

book = Nodebook()
CASES = book.cases
case = book.add

TIES = np.random.default_rng(0).integers(0, 3, (4, 5, 37)).astype(np.float32)

for op in ("ArgMax", "ArgMin"):
    for axis in (0, 1, -1):
        for last in (0, 1):
            case(f"{op} of equals axis {axis} last {last}",
                 node(op, "x", "y", axis=axis, select_last_index=last), {"x": TIES})
case("TopK of equals", node("TopK", "x k", "v i", axis=-1), {"x": TIES}, {"k": np.array([7])})
case("Hardmax of equals", node("Hardmax", "x", "y", axis=-1), {"x": TIES})
case("Hardmax of equals, before opset 13", node("Hardmax", "x", "y", axis=1), {"x": TIES}, opset=11)

REGIONS = np.array([[0, 0, 30, 30], [5.3, 7.1, 19.7, 25.2], [-4, 3, 11, 39], [20, 20, 21, 21]],
                   np.float32)
for mode in ("avg", "max"):
    for where in ("half_pixel", "output_half_pixel"):
        for ratio in (0, 1, 2):
            case(f"RoiAlign {mode} {where} {ratio} samples",
                 node("RoiAlign", "x r b", "y", mode=mode, coordinate_transformation_mode=where,
                      output_height=3, output_width=2, sampling_ratio=ratio, spatial_scale=0.25),
                 {"x": data(2, 3, 9, 8), "r": REGIONS}, {"b": np.array([0, 1, 1, 0])}, opset=16)
case("GatherElements of a part", node("GatherElements", "x i", "y", axis=-1), {"x": data(2, 3, 4)},
     {"i": np.array([[[-1, 0]], [[1, -4]]])})
HALVES = np.array([[[0, 0, 1, 1], [0, 0.5, 1, 1], [0, 0, 1, 0.5], [0, 0.6, 1, 1.1]]], np.float32)
case("NonMaxSuppression at the threshold", node("NonMaxSuppression", "b s n o", "y"), {"b": HALVES},
     {"s": np.array([[[0.9, 0.8, 0.7, 0.6]]], np.float32), "n": np.array([4]), "o": np.array([0.5], np.float32)})
case("Slice backwards from before the beginning", node("Slice", "x b e a s", "y"), {"x": data(5, 6)},
     {"b": np.array([-8, 9]), "e": np.array([-1000, -1000]), "a": np.array([0, 1]), "s": np.array([-1, -2])})
