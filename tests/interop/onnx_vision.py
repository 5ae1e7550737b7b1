"""ONNX models of operators on images: samples, patches, crops."""
import itertools

import numpy as np

from nodebook import Nodebook, data, node

book = Nodebook()
CASES = book.cases
case = book.add

GRID = 1.6 * data(2, 4, 7, 2, seed=1)
for opset, modes in ((16, ("bilinear", "bicubic", "nearest")), (20, ("linear", "cubic"))):
    for mode, padding, align in itertools.product(modes, ("zeros", "border", "reflection"), (0, 1)):
        case(f"GridSample {mode} {padding} {align}",
             node("GridSample", "x g", "y", mode=mode, padding_mode=padding, align_corners=align),
             {"x": data(2, 3, 5, 6), "g": GRID}, opset=opset)
for groups, deformed in itertools.product((1, 2), (1, 2)):
    case(f"DeformConv {groups} {deformed}",
         node("DeformConv", "x w o b m", "y", group=groups, offset_group=deformed, strides=[2, 1],
              pads=[1, 2, 1, 2], dilations=[1, 2], kernel_shape=[3, 3]),
         {"x": data(2, 4, 7, 8), "o": 3 * data(2, deformed * 18, 4, 8), "m": data(2, deformed * 9, 4, 8)},
         {"w": data(6, 4 // groups, 3, 3), "b": data(6)}, opset=19)
for align, size in itertools.product((0, 1), ([2, 3, 4, 5], [2, 3, 4, 5, 3])):
    case(f"AffineGrid {align} {len(size)}", node("AffineGrid", "t s", "y", align_corners=align),
         {"t": data(2, len(size) - 2, len(size) - 1)}, {"s": np.array(size)}, opset=20)
for align, size in itertools.product((0, 1), ([2, 3, 4, 2], [2, 3, 4, 5, 3])):
    case(f"AffineGrid {align} {len(size)} of a size that is an input",
         node("AffineGrid", "t s", "y", align_corners=align),
         {"t": data(2, len(size) - 2, len(size) - 1), "s": np.array(size)}, opset=20)
case("Col2Im", node("Col2Im", "x s k", "y", dilations=[2, 1], pads=[1, 0, 1, 2], strides=[1, 2]),
     {"x": data(2, 12, 12)}, {"s": np.array([6, 5]), "k": np.array([3, 2])})
for size in ([6, 9], [3, 4], [8, 2], [5, 5]):
    case(f"CenterCropPad {size}", node("CenterCropPad", "x s", "y", axes=[-2, -1]),
         {"x": data(1, 2, 5, 6)}, {"s": np.array(size)})
    case(f"CenterCropPad {size} as an input", node("CenterCropPad", "x s", "y", axes=[-2, -1]),
         {"x": data(1, 2, 5, 6), "s": np.array(size)})
case("ImageScaler", node("ImageScaler", "x", "y", scale=2.0, bias=[1.0, -1.0]), {"x": data(1, 2, 4, 4)},
     opset=7)
case("Crop", node("Crop", "x", "y", border=[1, 2, 3, 0]), {"x": data(1, 2, 6, 7)}, opset=7)
case("Crop to a size", node("Crop", "x", "y", border=[1, 2, 1, 1], scale=[3, 2]), {"x": data(1, 2, 6, 7)},
     opset=7)
