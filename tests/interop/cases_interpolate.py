"""Cases of Interpolate, all versions and modes."""
import itertools

import numpy as np
import openvino.opset1 as o1
import openvino.opset10 as o10
import openvino.opset11 as o11

from casebook import FLOATS, Casebook, const, data, ints

book = Casebook()
CASES = book.cases
case = book.add

COORDINATES = ["half_pixel", "pytorch_half_pixel", "asymmetric", "tf_half_pixel_for_nn",
               "align_corners"]
ROUNDING = ["round_prefer_floor", "round_prefer_ceil", "floor", "ceil", "simple"]
SIZES = [(9, 13), (3, 4), (11, 3), (5, 7), (10, 14), (1, 1)]


def by_size(version, mode, size, axes=(2, 3), **more):
    if version == 4:
        scales = const([1.0] * len(size), FLOATS)
        return lambda x: o10.interpolate(x, const(size), scales, mode, "sizes",
                                        axes=const(axes), **more)
    return lambda x: o11.interpolate(x, const(size), mode, "sizes", axes=const(axes), **more)


def by_scale(version, mode, scales, axes=(2, 3), **more):
    scales = const(scales, FLOATS)
    if version == 4:
        return lambda x: o10.interpolate(x, const([1] * len(axes)), scales, mode, "scales",
                                        axes=const(axes), **more)
    return lambda x: o11.interpolate(x, scales, mode, "scales", axes=const(axes), **more)


for coordinates, rounding, size in itertools.product(COORDINATES, ROUNDING, SIZES):
    case(f"nearest {coordinates} {rounding} {size}",
         by_size(4, "nearest", size, coordinate_transformation_mode=coordinates,
                 nearest_mode=rounding), data(1, 2, 5, 7))
for mode, coordinates, size in itertools.product(["linear", "linear_onnx", "cubic"], COORDINATES,
                                                 SIZES):
    for version in [4, 11]:
        case(f"{mode}-{version} {coordinates} {size}",
             by_size(version, mode, size, coordinate_transformation_mode=coordinates),
             data(2, 2, 5, 7))
for mode, scales in itertools.product(["nearest", "linear", "linear_onnx", "cubic"],
                                      [(2.0, 2.0), (0.5, 0.7), (1.3, 2.6), (3.0, 0.4), (1.0, 1.0)]):
    for version in [4, 11]:
        case(f"{mode}-{version} scales {scales}", by_scale(version, mode, scales), data(1, 3, 6, 8))
for coordinates, size in itertools.product(COORDINATES, SIZES):
    case(f"linear antialias {coordinates} {size}",
         by_size(4, "linear", size, coordinate_transformation_mode=coordinates, antialias=True),
         data(1, 2, 5, 7))
# A growing axis beside a shrinking one would have weights of 0 or rounding noise.
for coordinates, size in itertools.product(COORDINATES, [(2, 3, 4), (3, 5, 2), (1, 1, 1)]):
    case(f"linear 5d antialias {coordinates} {size}",
         by_size(11, "linear", size, axes=(2, 3, 4), antialias=True,
                 coordinate_transformation_mode=coordinates), data(1, 2, 4, 5, 7))
for coefficient in [-0.5, -1.0]:
    case(f"cubic coefficient {coefficient}",
         by_size(11, "cubic", (8, 9), cube_coeff=coefficient), data(1, 2, 5, 7))
for mode in ["nearest", "linear", "linear_onnx", "cubic"]:
    case(f"{mode} pads", by_size(4, mode, (9, 12), pads_begin=[0, 0, 1, 2], pads_end=[0, 0, 2, 0]),
         data(1, 2, 5, 7))
    case(f"{mode} pads scales",
         by_scale(11, mode, (1.5, 0.5), pads_begin=[0, 0, 1, 2], pads_end=[0, 0, 2, 1]),
         data(1, 2, 5, 7))
for mode in ["nearest", "linear", "cubic"]:
    case(f"{mode} nhwc", by_size(4, mode, (8, 9), axes=(1, 2)), data(2, 5, 7, 3))
    case(f"{mode} one axis", by_size(11, mode, (11,), axes=(3,)), data(1, 2, 5, 7))
    case(f"{mode} axes backwards", by_size(11, mode, (11, 4), axes=(3, 2)), data(1, 2, 5, 7))
for mode in ["nearest", "linear", "linear_onnx"]:
    case(f"{mode} 5d", by_size(4, mode, (4, 7, 5), axes=(2, 3, 4)), data(1, 2, 3, 5, 6))
case("linear_onnx 2d", by_size(11, "linear_onnx", (7, 9), axes=(0, 1)), data(4, 5))
case("linear_onnx 3d", by_size(11, "linear_onnx", (5, 7, 4), axes=(0, 1, 2)), data(3, 5, 6))
case("linear_onnx all axes", by_size(4, "linear_onnx", (1, 2, 7, 9), axes=(0, 1, 2, 3)),
     data(1, 2, 5, 5))
for mode in ["bilinear_pillow", "bicubic_pillow"]:
    for size in SIZES + [(2, 7), (5, 3), (40, 50)]:
        case(f"{mode} {size}", by_size(11, mode, size), data(1, 3, 5, 7))
    case(f"{mode} shrinks", by_size(11, mode, (17, 11)), data(1, 3, 64, 48))
    case(f"{mode} scales", by_scale(11, mode, (0.6, 2.2)), data(1, 3, 10, 7))
    case(f"{mode} nhwc", by_size(11, mode, (4, 11), axes=(1, 2)), data(2, 9, 7, 3))
    case(f"{mode} pads", by_size(11, mode, (9, 12), pads_begin=[0, 0, 1, 2], pads_end=[0, 0, 2, 0]),
         data(1, 2, 5, 7))
case("bicubic_pillow coefficient", by_size(11, "bicubic_pillow", (8, 4), cube_coeff=-0.5),
     data(1, 3, 5, 7))
for mode in ["nearest", "linear_onnx", "linear", "cubic", "bilinear_pillow", "bicubic_pillow"]:
    # Weights that are exact, so that halves are halves in any order of summation.
    size = (9, 4) if mode.endswith("pillow") else (10, 14)
    case(f"{mode} u8", by_size(11, mode, size), data(1, 3, 5, 7, dtype=np.uint8))
case("nearest i32", by_size(11, "nearest", (9, 4)), data(1, 3, 5, 7, dtype=np.int32))
case("run-time sizes", lambda x, s: o11.interpolate(x, s, "linear_onnx", "sizes",
                                                     axes=const([2, 3])), data(1, 2, 5, 7),
     ints(8, 9))
for mode, corners, size in itertools.product(["nearest", "linear", "cubic"], [True, False],
                                             [(9, 13), (3, 4), (10, 14)]):
    case(f"v1 {mode} {corners} {size}",
         lambda x, m=mode, c=corners, s=size:
         o1.interpolate(x, const(s), {"axes": [2, 3], "mode": m, "align_corners": c}),
         data(1, 2, 5, 7))
case("v1 linear pads", lambda x: o1.interpolate(
    x, const([9, 12]), {"axes": [2, 3], "mode": "linear", "align_corners": False,
                        "pads_begin": [0, 0, 1, 2], "pads_end": [0, 0, 0, 1]}), data(1, 2, 5, 7))
case("v1 linear 3d", lambda x: o1.interpolate(
    x, const([2, 9, 4]), {"axes": [0, 1, 2], "mode": "linear", "align_corners": False}),
     data(2, 5, 7))
