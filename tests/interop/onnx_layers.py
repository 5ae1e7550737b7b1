"""ONNX models of resizing, convolution and normalization."""
import itertools

import numpy as np

from nodebook import Nodebook, data, node

book = Nodebook()
CASES = book.cases
case = book.add

for where, how in itertools.product(
        ("half_pixel", "asymmetric", "pytorch_half_pixel", "align_corners"),
        ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")):
    case(f"Resize nearest {where} {how}",
         node("Resize", "x - - s", "y", coordinate_transformation_mode=where, nearest_mode=how),
         {"x": data(1, 2, 20, 14)}, {"s": np.array([1, 2, 6, 39])})
    case(f"Resize nearest by scales {where} {how}",
         node("Resize", "x - s", "y", coordinate_transformation_mode=where, nearest_mode=how),
         {"x": data(1, 2, 20, 14)}, {"s": np.array([1, 1, 0.3, 1.5], np.float32)})
for policy, mode, where in itertools.product(
        ("not_larger", "not_smaller"), ("nearest", "linear", "cubic"),
        ("half_pixel", "asymmetric", "pytorch_half_pixel", "align_corners", "half_pixel_symmetric")):
    if (mode, where) == ("nearest", "half_pixel_symmetric"):  # is listed as unmapped
        continue
    for size in ((7, 8), (17, 11), (24, 31), (3, 2), (1, 5)):  # rounded down, up, both
        case(f"Resize {mode} {policy} {size} {where}",
             node("Resize", "x - - s", "y", mode=mode, keep_aspect_ratio_policy=policy,
                  coordinate_transformation_mode=where, axes=[2, 3]),
             {"x": data(1, 2, 13, 9)}, {"s": np.array(size)})
for how in ("floor", "ceil", "round_prefer_ceil"):
    case(f"Resize nearest not_larger {how}",
         node("Resize", "x - - s", "y", keep_aspect_ratio_policy="not_larger", nearest_mode=how,
              axes=[2, 3]), {"x": data(1, 2, 13, 9)}, {"s": np.array([17, 11])})
for scales, how in itertools.product(
        ((0.3, 1.5), (0.6, 0.7), (2, 1.3)),
        ("round_prefer_floor", "round_prefer_ceil", "floor", "ceil")):
    case(f"Resize nearest of opset 11 {scales} {how}",
         node("Resize", "x r s", "y", coordinate_transformation_mode="tf_half_pixel_for_nn",
              nearest_mode=how), {"x": data(1, 1, 20, 14)},
         {"r": np.zeros(8, np.float32), "s": np.array([1, 1, *scales], np.float32)}, opset=11)
for scales in ((0.6, 0.5), (2, 1.5), (1.3, 0.7)):
    case(f"Resize nearest of opset 10 {scales}", node("Resize", "x s", "y"), {"x": data(1, 1, 7, 9)},
         {"s": np.array([1, 1, *scales], np.float32)}, opset=10)
for pad, stride, kernel in itertools.product(("SAME_UPPER", "SAME_LOWER"), (1, 2, 3), (2, 3)):
    case(f"ConvTranspose {pad} stride {stride} kernel {kernel}",
         node("ConvTranspose", "x w", "y", auto_pad=pad, strides=[stride, stride]),
         {"x": data(1, 2, 4, 4)}, {"w": data(2, 3, kernel, kernel)})
for size in (1, 2, 3, 4, 6):  # ONNX's reference is right where there are as many images as channels
    case(f"LRN of size {size}", node("LRN", "x", "y", size=size, alpha=0.5, beta=0.6, bias=1.5),
         {"x": data(7, 7, 3, 3)})
PLACES = {name: data(3, 4, seed=i) for i, name in enumerate("sbm")} | {"v": abs(data(3, 4, seed=3))}
case("BatchNormalization of each place", node("BatchNormalization", "x s b m v", "y", spatial=0),
     {"x": data(2, 3, 4)}, PLACES, opset=8)
UP = {"s": np.float32([1, 1, 2, 1.5])}
for name, before, image, constants in (
        ("GroupNormalization", node("GroupNormalization", "x g h", "n", num_groups=2), data(2, 4, 3, 4),
         {"g": data(4), "h": data(4, seed=1)}),
        ("DepthToSpace", node("DepthToSpace", "x", "n", blocksize=5), data(1, 25, 3, 4), {}),
        ("SpaceToDepth", node("SpaceToDepth", "x", "n", blocksize=5), data(1, 2, 5, 10), {})):
    case(f"{name} of unknown sizes, resized", [before, node("Resize", "n - s", "y", mode="linear")], {"x": image},
         {**constants, **UP}, opset=21, dynamic=True)
