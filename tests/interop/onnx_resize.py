"""ONNX models of Resize whose indices and weights the graph computes: crops, symmetric coordinates,
sizes that are not known before."""
import itertools

import numpy as np

from nodebook import Nodebook, data, node

book = Nodebook()
CASES = book.cases
case = book.add
IMAGE = {"x": data(2, 3, 5, 7)}
SCALES = {"s": np.float32([1, 1, 0.6, 1.7])}
CROP = np.float32([0.1, -0.2, 0.9, 0.8])

for mode, dynamic in itertools.product(("nearest", "linear"), (False, True)):
    for sizes in ([4, 6], [1, 1]):
        case(f"Resize {mode} of a crop to {sizes}, dynamic {dynamic}",
             node("Resize", "x r - s", "y", axes=[3, 2], mode=mode, extrapolation_value=-5.0,
                  coordinate_transformation_mode="tf_crop_and_resize"), IMAGE,
             {"r": CROP, "s": np.array(sizes)}, opset=19, dynamic=dynamic)
    case(f"Resize {mode} of a crop by scales, dynamic {dynamic}",
         node("Resize", "x r s", "y", mode=mode, coordinate_transformation_mode="tf_crop_and_resize"), IMAGE,
         {"r": np.float32([0, 0, 0, 0.2, 1, 1, 0.7, 1]), **SCALES}, opset=13, dynamic=dynamic)
case("Resize of a crop that is an input",
     node("Resize", "x r - s", "y", mode="linear", coordinate_transformation_mode="tf_crop_and_resize"),
     {**IMAGE, "r": np.float32([0, 0, 0.1, 0.2, 1, 1, 0.9, 0.8])}, {"s": np.array([2, 3, 4, 4])}, opset=13)
for mode, dynamic in itertools.product(("nearest", "linear", "cubic"), (False, True)):
    case(f"Resize {mode} symmetric, dynamic {dynamic}",
         node("Resize", "x - s", "y", mode=mode, coordinate_transformation_mode="half_pixel_symmetric"), IMAGE,
         SCALES, opset=19, dynamic=dynamic)
    for policy, size in itertools.product(("not_larger", "not_smaller"), (3, 9)):
        case(f"Resize {mode} {policy} {size}, dynamic {dynamic}",
             node("Resize", "x - - s", "y", axes=[2, 3], mode=mode, keep_aspect_ratio_policy=policy), IMAGE,
             {"s": np.array([size, 8])}, opset=19, dynamic=dynamic)
for mode, where, excludes in itertools.product(
        ("linear", "cubic"), ("half_pixel", "pytorch_half_pixel", "asymmetric"), (0, 1)):
    case(f"Resize {mode} {where} antialiased excluding {excludes}, dynamic",
         node("Resize", "x - s", "y", mode=mode, coordinate_transformation_mode=where, antialias=1,
              exclude_outside=excludes), IMAGE, SCALES, opset=19, dynamic=True)
case("Resize cubic excluding what is outside, dynamic",
     node("Resize", "x - s", "y", mode="cubic", exclude_outside=1), IMAGE, SCALES, opset=13, dynamic=True)
case("Resize of volumes antialiased, dynamic", node("Resize", "x - s", "y", mode="linear", antialias=1),
     {"x": data(2, 5, 6, 7)}, {"s": np.float32([1, 0.6, 0.7, 0.5])}, opset=19, dynamic=True)
case("Resize of integers, linear", node("Resize", "x - s", "y", mode="linear"),
     {"x": np.random.default_rng(1).integers(0, 256, (1, 3, 5, 7)).astype(np.uint8)}, SCALES, opset=13)
