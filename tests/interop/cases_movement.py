"""Cases of the operators that move and repeat elements."""
import numpy as np
import openvino.opset1 as o1
import openvino.opset2 as o2
import openvino.opset3 as o3
import openvino.opset4 as o4
import openvino.opset7 as o7
import openvino.opset8 as o8
import openvino.opset12 as o12
import openvino.opset15 as o15

from casebook import FLOATS, Casebook, const, data, ints

book = Casebook()
CASES = book.cases
case = book.add

MOVED = [np.float32, np.float16, np.int8, np.uint8, np.int32, np.int64, np.bool_]


# -- views -------------------------------------------------------------------------------------

for pattern, zero in [([0, -1], True), ([5, 0, -1], True), ([-1], False), ([2, 3, 4, 5], False),
                      ([1, 2, -1, 1, 10], False), ([-1, 0, 0, 0], True), ([0, 0, 20, 1], True)]:
    case(f"reshape {pattern} {zero}", lambda x, p=pattern, z=zero: o1.reshape(x, const(p), z),
         data(2, 3, 4, 5))
case("reshape empty", lambda x: o1.reshape(x, const([3, 0]), False), data(0, 4))
case("reshape by shape of", lambda x, y: o1.reshape(x, o3.shape_of(y), False), data(4, 6),
     data(2, 3, 4))
case("reshape run-time pattern", lambda x, p: o1.reshape(x, p, False), data(4, 6), ints(3, -1))
case("squeeze all", lambda x: o15.squeeze(x), data(1, 3, 1, 2))
case("squeeze some", lambda x: o1.squeeze(x, const([0, -2])), data(1, 3, 1, 2))
case("squeeze-15 skip", lambda x: o15.squeeze(x, const([0, 1]), True), data(1, 3, 1, 2))
case("squeeze-15", lambda x: o15.squeeze(x, const([2]), False), data(1, 3, 1, 2))
case("unsqueeze", lambda x: o1.unsqueeze(x, const([0, -1, 2])), data(3, 2))
case("unsqueeze scalar axis", lambda x: o1.unsqueeze(x, const(-1)), data(3, 2))
case("shape of 1", lambda x: o1.shape_of(x), data(3, 1, 2))
case("shape of 3 i32", lambda x: o3.shape_of(x, "i32"), data(3, 1, 2))
case("shape of scalar", lambda x: o3.shape_of(x), np.array(3.0, FLOATS))

# -- transposing, joining, cutting -------------------------------------------------------------

for order in [[0, 2, 3, 1], [0, 3, 1, 2], [3, 2, 1, 0], [1, 0, 2, 3], [0, 1, 3, 2]]:
    case(f"transpose {order}", lambda x, o=order: o1.transpose(x, const(o)), data(2, 3, 5, 7))
for dtype in MOVED:
    case(f"transpose {np.dtype(dtype).name}", lambda x: o1.transpose(x, const([2, 0, 1])),
         data(2, 3, 5, dtype=dtype))
case("transpose 6d", lambda x: o1.transpose(x, const([0, 3, 4, 1, 5, 2])), data(1, 4, 2, 2, 3, 5))
for axis in [0, 1, -1]:
    case(f"concat {axis}", lambda x, y, a=axis: o1.concat([x, y, x], a), data(2, 3, 4),
         data(2, 3, 4, seed=1))
case("concat uneven", lambda x, y, z: o1.concat([x, y, z], 1), data(2, 3, 4), data(2, 1, 4),
     data(2, 5, 4))
case("concat u8", lambda x, y: o1.concat([x, y], -2), data(2, 3, 4, dtype=np.uint8),
     data(2, 6, 4, dtype=np.uint8))
case("concat empty part", lambda x, y: o1.concat([x, y], 0), data(0, 4), data(3, 4))
for axis, n in [(0, 2), (1, 3), (-1, 4), (2, 1)]:
    case(f"split {axis} {n}", lambda x, a=axis, k=n: o1.split(x, const(a), k), data(4, 6, 8))
for axis, lengths in [(1, [1, 2, 3]), (-1, [3, -1, 1]), (0, [4, 0]), (2, [-1])]:
    case(f"variadic split {axis} {lengths}",
         lambda x, a=axis, s=lengths: o1.variadic_split(x, const(a), const(s)), data(4, 6, 8))

SLICES = [
    ([0, 1], [2, 3], [1, 1], {}),
    ([1, 4, 6], [3, 0, 0], [1, -1, -2], {}),
    ([-1, -2], [-4, -100], [-1, -3], {}),
    ([0, 0, 1], [0, 0, 3], [1, 1, 1], {"begin_mask": [1, 1, 0], "end_mask": [1, 1, 0]}),
    ([3, 3, 3], [0, 0, 0], [-1, -1, -1], {"begin_mask": [1, 0, 1], "end_mask": [1, 1, 0]}),
    ([1, 2], [2, 3], [1, 1], {"shrink_axis_mask": [1, 1]}),
    ([-1, 0, 2], [0, 9, 3], [1, 2, 1], {"shrink_axis_mask": [1, 0, 0]}),
    ([0, 1, 0], [9, 2, 2], [1, 1, 1], {"new_axis_mask": [1, 0, 0]}),
    ([0, 0, 1], [0, 0, 5], [1, 1, 2], {"new_axis_mask": [0, 1, 0], "end_mask": [1, 0, 0]}),
    ([0, 1], [0, 3], [1, 1], {"ellipsis_mask": [1, 0]}),
    ([1, 0, 2], [2, 0, 4], [1, 1, 1], {"ellipsis_mask": [0, 1, 0], "shrink_axis_mask": [1, 0, 0]}),
    ([1, 0, 0, 0], [2, 0, 0, 3], [1, 1, 1, 1],
     {"ellipsis_mask": [0, 1, 0, 0], "new_axis_mask": [0, 0, 1, 0]}),
    ([5], [2], [1], {}),
    ([2 ** 40], [-2 ** 40], [-2], {}),
    ([-5, -9], [-5, 9], [-1, 1], {}),
]
for begin, end, step, masks in SLICES:
    masks = {"begin_mask": [0] * len(begin), "end_mask": [0] * len(begin), **masks}
    case(f"strided slice {begin} {end} {step} {masks}",
         lambda x, b=begin, e=end, s=step, m=masks:
         o1.strided_slice(x, const(b), const(e), const(s), **m), data(4, 5, 7))
case("strided slice i64",
     lambda x: o1.strided_slice(x, const([1]), const([3]), const([1]), [0], [0]),
     data(4, 5, dtype=np.int64))
case("strided slice run-time bounds",
     lambda x, b, e: o1.strided_slice(x, b, e, const([1, 2]), [0, 0], [0, 1]), data(6, 9),
     ints(1, 1), ints(-1, 0))
for start, stop, step, axes in [([1], [4], [1], [0]), ([5, -1], [0, -8], [-2, -3], [2, -2]),
                                ([0, 0, 0], [9, 9, 9], [2, 3, 4], None), ([9], [2], [1], [1]),
                                ([-3], [2 ** 62], [2], [-1]),
                                ([-9, -8], [-9, -2 ** 40], [-1, -3], [0, 2])]:
    case(f"slice {start} {stop} {step} {axes}",
         lambda x, b=start, e=stop, s=step, a=axes:
         o8.slice(x, const(b), const(e), const(s), *([const(a)] if a else [])), data(4, 5, 7))
case("slice f16", lambda x: o8.slice(x, const([1]), const([4]), const([2]), const([1])),
     data(3, 5, dtype=np.float16))
for start, stop, step, axes, shape in [([1], [4], [1], [0], (3, 5, 7)),
                                       ([6], [0], [-2], [2], (4, 5, 3)),
                                       ([0, 1], [4, 5], [3, 2], None, (2, 2, 7))]:
    case(f"slice scatter {start} {stop} {step} {axes}",
         lambda x, u, b=start, e=stop, s=step, a=axes:
         o15.slice_scatter(x, u, const(b), const(e), const(s), *([const(a)] if a else [])),
         data(4, 5, 7), data(*shape, seed=1))

# -- repeating ---------------------------------------------------------------------------------

for shape, target in [((3, 1), (2, 3, 4)), ((1,), (5,)), ((), (2, 2)), ((4, 1, 3), (4, 2, 3))]:
    case(f"broadcast-1 numpy {shape} {target}", lambda x, t=target: o1.broadcast(x, const(t)),
         data(*shape))
    case(f"broadcast-3 numpy {shape} {target}", lambda x, t=target: o3.broadcast(x, const(t)),
         data(*shape))
for shape, target, axes in [((3,), (2, 3, 4), [1]), ((2, 4), (2, 3, 4), [0, 2]),
                            ((1,), (3, 2), [0])]:
    case(f"broadcast-1 explicit {shape} {target} {axes}",
         lambda x, t=target, a=axes: o1.broadcast(x, const(t), const(a), "EXPLICIT"), data(*shape))
    case(f"broadcast-3 explicit {shape} {target} {axes}",
         lambda x, t=target, a=axes: o3.broadcast(x, const(t), const(a), "EXPLICIT"), data(*shape))
for shape, target in [((3, 1), (1, 4)), ((2, 3, 4), (3, 1)), ((5,), (2, 1, 1)), ((1, 4), (3, 4))]:
    case(f"broadcast-3 bidirectional {shape} {target}",
         lambda x, t=target: o3.broadcast(x, const(t), broadcast_spec="BIDIRECTIONAL"),
         data(*shape))
case("broadcast i8", lambda x: o3.broadcast(x, const([2, 3])), data(3, dtype=np.int8))
case("broadcast run-time target", lambda x, t: o3.broadcast(x, t), data(3, 1), ints(2, 3, 4))
for shape, repeats in [((2, 3), [2, 1]), ((3,), [2, 2]), ((2, 1, 3), [2]), ((2, 3), [1, 3]),
                       ((1, 2, 3), [3, 2, 2])]:
    case(f"tile {shape} {repeats}", lambda x, r=repeats: o1.tile(x, const(r)), data(*shape))
case("tile i64", lambda x: o1.tile(x, const([2, 3])), data(2, 2, dtype=np.int64))
PADS = [([0, 0, 1, 2], [0, 0, 2, 1]), ([1, 0, 0, 3], [0, 2, 1, 0]), ([0, 0, 3, 4], [0, 0, 3, 4])]
for mode in ["constant", "edge", "reflect", "symmetric"]:
    for begin, end in PADS:
        if mode == "reflect" and begin[0]:
            continue
        case(f"pad {mode} {begin} {end}",
             lambda x, b=begin, e=end, m=mode:
             o1.pad(x, const(b), const(e), m, const(0.5, FLOATS) if m == "constant" else None),
             data(1, 2, 4, 5))
    for begin, end in [([-1, 2], [2, -2]), ([2, -3], [-1, 2]), ([-2, -1], [-1, -2])]:
        case(f"pad-12 {mode} {begin} {end}",
             lambda x, b=begin, e=end, m=mode:
             o12.pad(x, const(b), const(e), m, const(-2, FLOATS) if m == "constant" else None),
             data(6, 7))
case("pad default value u8", lambda x: o1.pad(x, const([1, 0]), const([0, 2]), "constant"),
     data(2, 3, dtype=np.uint8))
for a, b, c in [(0, 5, 1), (5, 0, -2), (0.5, 5.7, 1.5), (3, 3, 1)]:  # OpenVINO gives 2 elements for 1, -1, 1
    case(f"range-4 f32 {a} {b} {c}", lambda x, y, z: o4.range(x, y, z, "f32"),
         *(np.array(v, FLOATS) for v in (a, b, c)))
case("range-4 i64", lambda x, y, z: o4.range(x, y, z, "i64"),
     *(np.array(v, np.int64) for v in (9, -8, -4)))
case("range-4 constant", lambda x: o1.add(x, o4.range(const(1, FLOATS), const(7, FLOATS), const(2, FLOATS), "f32")),
     data(3))
case("range-4 i32", lambda x, y, z: o4.range(x, y, z, "i32"),
     *(np.array(v, np.int32) for v in (2, 20, 3)))

# -- blocks ------------------------------------------------------------------------------------

for mode in ["blocks_first", "depth_first"]:
    case(f"depth to space {mode}", lambda x, m=mode: o1.depth_to_space(x, m, 2), data(2, 8, 3, 5))
    case(f"depth to space {mode} 3d", lambda x, m=mode: o1.depth_to_space(x, m, 2),
         data(1, 16, 2, 3, 2))
    case(f"depth to space {mode} 1d", lambda x, m=mode: o1.depth_to_space(x, m, 3), data(2, 6, 4))
    case(f"space to depth {mode}", lambda x, m=mode: o1.space_to_depth(x, m, 2), data(2, 3, 4, 6))
    case(f"space to depth {mode} 3d", lambda x, m=mode: o1.space_to_depth(x, m, 2),
         data(1, 2, 4, 2, 6))
for shape, block, begin, end in [((4, 3, 2, 5), [1, 1, 2, 2], [0, 0, 0, 0], [0, 0, 0, 0]),
                                 ((12, 3, 4), [1, 2, 3], [0, 1, 2], [0, 1, 3]),
                                 ((6, 2, 3), [1, 3, 1], [0, 2, 0], [0, 0, 1])]:
    case(f"batch to space {shape} {block} {begin} {end}",
         lambda x, k=block, b=begin, e=end: o2.batch_to_space(x, const(k), const(b), const(e)),
         data(*shape))
for shape, block, begin, end in [((1, 3, 4, 6), [1, 1, 2, 2], [0, 0, 0, 0], [0, 0, 0, 0]),
                                 ((2, 3, 5), [1, 2, 3], [0, 1, 2], [0, 0, 2]),
                                 ((2, 1, 4), [1, 3, 4], [0, 2, 1], [0, 0, 3])]:
    case(f"space to batch {shape} {block} {begin} {end}",
         lambda x, k=block, b=begin, e=end: o2.space_to_batch(x, const(k), const(b), const(e)),
         data(*shape))
for batch, seq, lengths in [(0, 1, [1, 3]), (1, 0, [2, 0, 1]), (1, -1, [4, 2, 3]), (2, 1, [1, 2, 3, 2])]:
    case(f"reverse sequence {batch} {seq}",
         lambda x, b=batch, s=seq, l=lengths:
         o1.reverse_sequence(x, const(l, np.int32), b, s), data(2, 3, 4))
case("reverse sequence run-time lengths", lambda x, l: o1.reverse_sequence(x, l, 0, 1),
     data(3, 5), np.array([5, 1, 3], np.int32))
for shift, axes in [([1], [0]), ([-2, 3], [1, -1]), ([7, 1], [0, 0])]:
    case(f"roll {shift} {axes}", lambda x, s=shift, a=axes: o7.roll(x, const(s), const(a)),
         data(3, 4, 5))
case("roll scalar", lambda x: o7.roll(x, const(2), const(-1)), data(3, 4, dtype=np.int32))
for shape, axis, group in [((2, 6, 3, 4), 1, 3), ((2, 3, 8), -1, 2), ((6, 2), 0, 2)]:
    case(f"shuffle channels {shape} {axis} {group}",
         lambda x, a=axis, g=group: o3.shuffle_channels(x, a, g), data(*shape))
