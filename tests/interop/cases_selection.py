"""Cases of the operators that select, scatter, sort and look up."""
import numpy as np
import openvino.opset1 as o1
import openvino.opset3 as o3
import openvino.opset4 as o4
import openvino.opset5 as o5
import openvino.opset6 as o6
import openvino.opset7 as o7
import openvino.opset8 as o8
import openvino.opset9 as o9
import openvino.opset10 as o10
import openvino.opset11 as o11
import openvino.opset12 as o12
import openvino.opset15 as o15
import openvino.opset16 as o16

from casebook import FLOATS, Casebook, const, data, ints

book = Casebook()
CASES = book.cases
case = book.add


def indices(*shape, below, least=0, seed=3, dtype=np.int64):
    rng = np.random.default_rng([seed, *shape])
    return np.asarray(rng.integers(least, below, shape)).astype(dtype)


def distinct(*shape, axis=-1, below, seed=4):
    """Indices without a repetition along the axis."""
    rng = np.random.default_rng(seed)
    order = np.argsort(rng.random((*shape, below)), axis=-1)
    moved = np.moveaxis(order, -1, axis % len(shape) if len(shape) else 0)
    return moved.astype(np.int64)


# -- gathering ---------------------------------------------------------------------------------

for axis in [0, 1, -1]:
    for shape in [(), (2,), (2, 3)]:
        case(f"gather-1 {axis} {shape}", lambda x, i, a=axis: o1.gather(x, i, const(a)),
             data(3, 4, 5), indices(*shape, below=3))
        case(f"gather-8 {axis} {shape}", lambda x, i, a=axis: o8.gather(x, i, const(a)),
             data(3, 4, 5), indices(*shape, below=3, least=-3))
case("gather outside gives zeros", lambda x, i: o8.gather(x, i, const(0)), data(3, 2),
     ints(5, -4, 1, -1))
case("gather-7 negative gives zeros", lambda x, i: o7.gather(x, i, const(0)), data(3, 2), ints(-1, 2))
for axis, batch, shape in [(1, 1, (2, 3)), (2, 1, (2, 3, 2)), (2, 2, (2, 4)), (2, -1, (2, 4, 2))]:
    case(f"gather batch {axis} {batch} {shape}",
         lambda x, i, a=axis, b=batch: o8.gather(x, i, const(a), b), data(2, 4, 5),
         indices(*shape, below=4))
    case(f"gather-7 batch {axis} {batch} {shape}",
         lambda x, i, a=axis, b=batch: o7.gather(x, i, const(a), b), data(2, 4, 5),
         indices(*shape, below=4))
case("gather u8 by i32", lambda x, i: o8.gather(x, i, const(1)), data(3, 4, dtype=np.uint8),
     indices(5, below=4, dtype=np.int32))
for axis in [0, 1, -1]:
    shape = [3, 4, 5]
    shape[axis] = 2
    case(f"gather elements {axis}", lambda x, i, a=axis: o6.gather_elements(x, i, a),
         data(3, 4, 5), indices(*shape, below=3, least=-3))
for shape, batch in [((2, 1), 0), ((2, 3, 2), 0), ((4, 3), 0), ((2, 1), 1), ((2, 5, 2), 1),
                     ((2, 3, 1), 2)]:
    name = f"gather nd {shape} {batch}"
    case(name + " v8", lambda x, i, b=batch: o8.gather_nd(x, i, b), data(2, 3, 4),
         indices(*shape, below=2))
    case(name + " v5", lambda x, i, b=batch: o5.gather_nd(x, i, b), data(2, 3, 4),
         indices(*shape, below=2))

# -- scattering --------------------------------------------------------------------------------

for axis, shape in [(0, (2,)), (1, (3,)), (-1, (2, 2))]:
    picked = distinct(below=int(np.prod(shape)), seed=axis + 5).reshape(shape)
    target = list((5, 6, 7))
    a = axis % 3
    updates = (*target[:a], *shape, *target[a + 1:])
    case(f"scatter update {axis} {shape}",
         lambda x, i, u, a=axis: o3.scatter_update(x, i, u, const(a)), data(5, 6, 7), picked,
         data(*updates, seed=1))
for axis in [0, 1, -1]:
    spread = [4, 5, 6]
    shape = [2, 3, 4]
    case(f"scatter elements-3 {axis}",
         lambda x, i, u, a=axis: o3.scatter_elements_update(x, i, u, const(a)), data(4, 5, 6),
         np.broadcast_to(np.arange(shape[axis]).reshape([-1 if k == axis % 3 else 1 for k in
                                                         range(3)]), shape).astype(np.int64),
         data(*shape, seed=1))
    for reduction in ["sum", "prod", "min", "max", "mean"]:
        for init in [True, False]:
            for dtype in [np.float32, np.int32]:
                case(f"scatter elements-12 {axis} {reduction} {init} {np.dtype(dtype).name}",
                     lambda x, i, u, a=axis, r=reduction, v=init:
                     o12.scatter_elements_update(x, i, u, const(a), r, v),
                     data(4, 5, 6, dtype=dtype), indices(2, 3, 4, below=4, least=-4),
                     data(2, 3, 4, dtype=dtype, seed=1))
case("scatter elements-12 none", lambda x, i, u: o12.scatter_elements_update(x, i, u, const(0)),
     data(6), ints(5, 0, -3), data(3, seed=1))
for shape, below in [((3, 1), 4), ((2, 2), 4), ((2, 3), 4), ((2, 2, 1), 4)]:
    depth = shape[-1]
    updates = (*shape[:-1], *(4, 5, 6)[depth:])
    picked = np.stack(np.unravel_index(np.arange(int(np.prod(shape[:-1]))), (4, 4, 4)[:depth]),
                      -1).reshape(shape).astype(np.int64)
    case(f"scatter nd-3 {shape}", lambda x, i, u: o4.scatter_nd_update(x, i, u), data(4, 5, 6),
         picked, data(*updates, seed=1))
    for reduction in ["sum", "sub", "prod", "min", "max", "none"]:
        case(f"scatter nd-15 {shape} {reduction}",
             lambda x, i, u, r=reduction: o15.scatter_nd_update(x, i, u, r), data(4, 5, 6), picked,
             data(*updates, seed=1))
for reduction in ["sum", "sub", "prod", "min", "max"]:
    case(f"scatter nd-15 repeated {reduction}",
         lambda x, i, u, r=reduction: o15.scatter_nd_update(x, i, u, r),
         data(4, 3, dtype=np.int32), ints(1, 1, -1, 2).reshape(4, 1),
         data(4, 3, dtype=np.int32, seed=1))

# -- sorting and finding -----------------------------------------------------------------------

for axis in [0, 1, -1]:
    for mode in ["max", "min"]:
        for sort in ["value", "index"]:
            case(f"topk-1 {axis} {mode} {sort}",
                 lambda x, a=axis, m=mode, s=sort: o1.topk(x, const(3), a, m, s), data(4, 5, 6))
            case(f"topk-3 {axis} {mode} {sort}",
                 lambda x, a=axis, m=mode, s=sort: o3.topk(x, const(2), a, m, s, "i64"),
                 data(4, 5, 6))
            case(f"topk-11 {axis} {mode} {sort}",
                 lambda x, a=axis, m=mode, s=sort: o11.topk(x, const(4), a, m, s, "i32", True),
                 np.round(data(4, 5, 6)))
case("topk one", lambda x: o11.topk(x, const(1), 1, "max", "none"), data(7, 300))
case("topk all", lambda x: o11.topk(x, const(300), 1, "min", "value"), data(2, 300))
case("topk i32 stable", lambda x: o11.topk(x, const(6), 1, "max", "value", "i64", True),
     data(3, 9, dtype=np.int32) // 20)
case("topk u8", lambda x: o11.topk(x, const(2), 0, "min", "value"), data(9, 2, dtype=np.uint8))
case("topk run-time k", lambda x, k: o11.topk(x, k, 1, "max", "value"), data(3, 9),
     np.array(4, np.int64))
for dtype in [np.float32, np.int32, np.uint8, np.bool_]:
    for kind in ["i64", "i32"]:
        case(f"non zero {np.dtype(dtype).name} {kind}", lambda x, k=kind: o3.non_zero(x, k),
             (data(3, 4, 5, dtype=np.int32) % 3 == 0).astype(dtype))
case("non zero none", lambda x: o3.non_zero(x), np.zeros((2, 3), FLOATS))
case("non zero then gather", lambda x: o8.gather_nd(x, o1.transpose(o3.non_zero(o1.relu(x)),
                                                                     const([1, 0]))), data(5, 6))
for ordered in [True, False]:
    case(f"unique {ordered}", lambda x, s=ordered: o10.unique(x, None, s),
         np.round(data(3, 4, 5)))
    case(f"unique i32 {ordered}", lambda x, s=ordered: o10.unique(x, None, s, "i32", "i32"),
         data(40, dtype=np.int32) // 30)
    for axis in [0, 1]:  # along axis 2 of 3, OpenVINO 2026.4 repeats slices that are equal
        case(f"unique {ordered} axis {axis}",
             lambda x, s=ordered, a=axis: o10.unique(x, const(a), s),
             indices(4, 3, 5, below=2, seed=9).astype(FLOATS).repeat(2, axis))
for right in [True, False]:
    case(f"search sorted {right}", lambda s, v, r=right: o15.search_sorted(s, v, r),
         np.sort(np.round(data(20))), np.round(data(3, 7, seed=1)))
    case(f"search sorted rows {right}", lambda s, v, r=right: o15.search_sorted(s, v, r),
         np.sort(data(3, 9, dtype=np.int32) // 10), data(3, 7, dtype=np.int32, seed=1) // 10)

# -- making ------------------------------------------------------------------------------------

for axis in [0, 1, -1]:
    case(f"one hot {axis}",
         lambda i, a=axis: o1.one_hot(i, const(5), const(2, FLOATS), const(-1, FLOATS), a),
         indices(3, 4, below=7, least=-2))
    for mode in ["normalize", "ignore_negative"]:
        case(f"one hot-16 {axis} {mode}",
             lambda i, a=axis, m=mode:
             o16.one_hot(i, const(5), const(2, FLOATS), const(-1, FLOATS), a, m),
             indices(3, 4, below=7, least=-7))
case("one hot scalar i32", lambda i: o1.one_hot(i, const(4), const(1, np.int32),
                                                 const(0, np.int32), 0), np.array(2, np.int64))
for diagonal in [0, 2, -1, 9, -9]:
    case(f"eye {diagonal}", lambda r, c, d: o9.eye(r, c, d, "f32"), *(np.array(v, np.int64) for v
                                                                      in (4, 5, diagonal)))
case("eye batch i32", lambda r, c, d, b: o9.eye(r, c, d, "i32", b), np.array(2), np.array(3),
     np.array(1), ints(2, 2))

# -- bags --------------------------------------------------------------------------------------

TABLE = data(7, 3, 2)
ROWS = ints(0, 2, 3, 6, 1, 1)
WEIGHTS = data(6, seed=1)
for default in [None, 1]:
    extra = [] if default is None else [const(default)]
    case(f"embedding bag offsets sum {default}",
         lambda t, i, o, e=extra: o3.embedding_bag_offsets_sum(t, i, o, *e), TABLE, ROWS,
         ints(0, 2, 2, 5))
    case(f"embedding segments sum {default}",
         lambda t, i, s, e=extra: o3.embedding_segments_sum(t, i, s, const(5), *e), TABLE, ROWS,
         ints(0, 0, 2, 2, 2, 3))
    for reduction in ["sum", "mean"]:
        case(f"embedding bag offsets-15 {default} {reduction}",
             lambda t, i, o, e=extra, r=reduction:
             o15.embedding_bag_offsets(t, i, o, *e, reduction=r), TABLE, ROWS, ints(0, 2, 2, 5))
case("embedding bag offsets weights",
     lambda t, i, o, w: o3.embedding_bag_offsets_sum(t, i, o, const(-1), w), TABLE, ROWS,
     ints(0, 2, 2, 5), WEIGHTS)
case("embedding bag offsets-15 weights",
     lambda t, i, o, w: o15.embedding_bag_offsets(t, i, o, const(2), w, "sum"), TABLE, ROWS,
     ints(0, 2, 2, 5), WEIGHTS)
case("embedding segments weights",
     lambda t, i, s, w: o3.embedding_segments_sum(t, i, s, const(5), const(0), w), TABLE, ROWS,
     ints(0, 0, 2, 2, 2, 3), WEIGHTS)
case("embedding segments run-time number",
     lambda t, i, s, n: o3.embedding_segments_sum(t, i, s, n), TABLE, ROWS, ints(0, 0, 2, 2, 2, 3),
     np.array(6, np.int64))
case("embedding packed sum", lambda t, i: o3.embedding_bag_packed_sum(t, i), TABLE,
     ROWS.reshape(2, 3))
case("embedding packed sum weights", lambda t, i, w: o3.embedding_bag_packed_sum(t, i, w), TABLE,
     ROWS.reshape(2, 3), WEIGHTS.reshape(2, 3))
for reduction in ["sum", "mean"]:
    case(f"embedding packed-15 {reduction}",
         lambda t, i, r=reduction: o15.embedding_bag_packed(t, i, reduction=r), TABLE,
         ROWS.reshape(3, 2))

# -- patches -----------------------------------------------------------------------------------

for pad in ["valid", "same_upper", "same_lower"]:
    for size, stride, rate in [([3, 3], [5, 5], [1, 1]), ([4, 3], [2, 3], [1, 2]),
                               ([2, 2], [1, 1], [2, 2])]:
        case(f"extract patches {pad} {size} {stride} {rate}",
             lambda x, s=size, t=stride, r=rate, p=pad: o3.extract_image_patches(x, s, t, r, p),
             data(2, 3, 10, 9))
for size, kernel, stride, dilation, begin, end in [
        ([4, 4], [2, 2], [1, 1], [1, 1], [0, 0], [0, 0]),
        ([6, 7], [3, 2], [2, 1], [1, 2], [1, 0], [0, 2]),
        ([8, 5], [2, 3], [3, 2], [2, 1], [2, 1], [1, 1])]:
    windows = [(size[k] + begin[k] + end[k] - dilation[k] * (kernel[k] - 1) - 1) // stride[k] + 1
               for k in range(2)]
    for batch in [(), (2,)]:
        case(f"col2im {size} {kernel} {stride} {dilation} {batch}",
             lambda x, z=size, k=kernel, s=stride, d=dilation, b=begin, e=end:
             o15.col2im(x, const(z), const(k), s, d, b, e),
             data(*batch, 3 * kernel[0] * kernel[1], windows[0] * windows[1]))
