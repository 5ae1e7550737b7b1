"""TensorFlow's operators that move elements."""
import numpy as np
import tensorflow as tf

from functionbook import Functionbook, data, whole

raw = tf.raw_ops
book = Functionbook()
add = book.add
CASES = book.cases

for name in ("Update", "Add", "Sub", "Max", "Min"):
    op = getattr(raw, f"TensorScatter{name}")
    add(op.__name__, lambda x, i, u, op=op: op(tensor=x, indices=i, updates=u), data(6, 3),
        np.int32([[4], [1]]), data(2, 3, seed=1))
add("ScatterNd", lambda i, u: tf.scatter_nd(i, u, [7, 3]), np.int32([[4], [1], [4]]), data(3, 3))
add("Roll", lambda x: tf.roll(x, [1, -2], [0, 1]), data(4, 5))
add("ReverseV2", lambda x: tf.reverse(x, [0, -1]), data(4, 5))
add("Reverse", lambda x: raw.Reverse(tensor=x, dims=[True, False]), data(4, 5))
add("ReverseSequence", lambda x, n: tf.reverse_sequence(x, n, seq_axis=1, batch_axis=0), data(3, 5, 2),
    np.int32([2, 5, 1]))
for lower, upper in ((1, 0), (-1, 2), (0, -1)):
    add(f"MatrixBandPart {lower} {upper}", lambda x, a=lower, b=upper: tf.linalg.band_part(x, a, b),
        data(2, 4, 5))
add("MatrixDiag", lambda x: raw.MatrixDiag(diagonal=x), data(2, 4))
add("MatrixDiagV3", lambda x: tf.linalg.diag(x), data(2, 4))
add("MatrixDiagV3, padded", lambda x: tf.linalg.diag(x, padding_value=2.5), data(3))
add("MatrixDiagPart", lambda x: raw.MatrixDiagPart(input=x), data(2, 4, 5))
add("MatrixDiagPartV3", lambda x: tf.linalg.diag_part(x), data(2, 5, 4))
add("MatrixSetDiag", lambda x, d: tf.linalg.set_diag(x, d), data(2, 3, 4), data(2, 3, seed=1))
add("Diag", lambda x: raw.Diag(diagonal=x), data(4))
add("DiagPart", lambda x: raw.DiagPart(input=x), data(4, 4))
add("eye", lambda x: x + tf.eye(4), data(4, 4))
add("trace", lambda x: tf.linalg.trace(x), data(2, 4, 4))
add("InvertPermutation", lambda x: tf.math.invert_permutation(x), np.int32([3, 0, 2, 1]))
add("ShapeN", lambda x, y: raw.ShapeN(input=[x, y]), data(2, 3), data(4))
add("BroadcastArgs", lambda x: tf.broadcast_dynamic_shape(tf.shape(x), [2, 1, 3]), data(4, 1))
add("EnsureShape", lambda x: tf.ensure_shape(x, [2, 3]), data(2, 3))
add("DynamicStitch", lambda x, y: tf.dynamic_stitch([[0, 3], [2, 1]], [x, y]), data(2, 3), data(2, 3, seed=1))
add("DynamicStitch of given places", lambda i, x, y: tf.dynamic_stitch([i, [2, 1]], [x, y]),
    np.int32([3, 0]), data(2, 3), data(2, 3, seed=1))
add("DynamicPartition", lambda x, k: tf.dynamic_partition(x, k, 2), data(5, 2), np.int32([0, 1, 1, 0, 1]))
add("BooleanMask", lambda x, m: tf.boolean_mask(x, m), data(5, 2), np.array([True, False, True, True, False]))
add("ListDiff", lambda x, y: tf.raw_ops.ListDiff(x=x, y=y), np.int32([1, 5, 3, 1, 7]), np.int32([3, 7]))
add("Unique", lambda x: tf.unique(x), np.int32([4, 1, 4, 2, 1]))
add("UniqueWithCounts", lambda x: tf.unique_with_counts(x), np.int32([4, 1, 4, 2, 1]))
add("SparseToDense", lambda i, v: raw.SparseToDense(sparse_indices=i, output_shape=[4, 3], sparse_values=v, default_value=0.5),
    np.int32([[0, 1], [2, 2]]), data(2))
add("GatherNd", lambda x, i: tf.gather_nd(x, i), data(3, 4), np.int32([[0, 1], [2, 3]]))
add("GatherNd in batches", lambda x, i: tf.gather_nd(x, i, batch_dims=1), data(2, 3, 4), np.int32([[[0, 1]], [[2, 3]]]))
add("Gather in batches", lambda x, i: tf.gather(x, i, axis=2, batch_dims=1), data(2, 3, 4), np.int32([[0, 1], [2, 3]]))
add("Gather in one small batch", lambda x, i: tf.gather(x, i, batch_dims=1), data(1, 3), np.int32([[1, 2]]))
add("ReverseV2 of int64, selected", lambda x: tf.where([True, False, True], tf.reverse(x, [0]), x),
    np.arange(6).reshape(2, 3))
for masks in (dict(shrink_axis_mask=2, new_axis_mask=1), dict(shrink_axis_mask=5, new_axis_mask=2),
              dict(shrink_axis_mask=4, new_axis_mask=2, ellipsis_mask=1)):
    count = masks["shrink_axis_mask"].bit_length()
    add(f"StridedSlice, masks {masks}", lambda x, n=count, masks=masks: raw.StridedSlice(
        input=x, begin=[1] * n, end=[2] * n, strides=[1] * n, **masks), data(2, 2, 4))
add("SpaceToBatchND, the batches turned away", lambda x: tf.transpose(tf.space_to_batch(x, [2], [[0, 1]]), [2, 0, 1]), data(1, 5, 3))
add("truths of one of several parts", lambda x: tf.cast(tf.split(x, [2, 1], 1)[0], tf.bool), np.float32([[1, 0, 2]]))
add("truths of places", lambda x: tf.cast(tf.math.top_k(x, 2).indices, tf.bool), data(3, 4))
add("truths of places that are turned by nothing",
    lambda x: tf.cast(tf.transpose(tf.math.top_k(x, 2).indices, [0, 1]), tf.bool), data(3, 4))
add("truths of places that are a row", lambda x: tf.cast(tf.reshape(tf.math.top_k(x, 2).indices, [2, 1])[:, 0], tf.bool),
    data(1, 4))
add("truth of what is no number", lambda x: tf.cast(x, tf.bool), np.float32([[0, np.nan, np.inf, -0.0, 0.3]]))
add("sums of a row that was a column", lambda x: tf.reduce_sum(tf.transpose(x, [2, 1, 0]), -1), data(2, 3, 1))
add("means of a column as a row", lambda x: tf.reshape(tf.reduce_mean(x, 0), [1, 3]), data(2, 3, 1))
add("any of a column, turned", lambda x: tf.transpose(tf.reduce_any(x > 0, 0), [1, 0, 2]), data(2, 3, 1, 4))
add("zeros where there is no number", lambda x: tf.where(tf.math.is_nan(x), tf.zeros_like(x), x),
    np.float32([1, np.nan, np.inf]))
ids = np.int32([0, 2, 1, 2, 0])
for name in ("Sum", "Max", "Min", "Prod"):
    op = getattr(raw, f"UnsortedSegment{name}")
    add(op.__name__, lambda x, i, op=op: op(data=x, segment_ids=i, num_segments=3), data(5, 2), ids)
for name in ("Sum", "Mean", "Max", "Min", "Prod"):
    op = getattr(raw, f"Segment{name}")
    add(op.__name__, lambda x, i, op=op: op(data=x, segment_ids=i), data(5, 2), np.sort(ids))
for name in ("Sum", "Mean", "SqrtN"):
    op = getattr(raw, f"SparseSegment{name}")
    add(op.__name__, lambda x, i, s, op=op: op(data=x, indices=i, segment_ids=s), data(6, 2),
        np.int32([5, 0, 3]), np.int32([0, 0, 1]))
add("Bucketize", lambda x: raw.Bucketize(input=x, boundaries=[-0.5, 0.0, 0.5]), data(9))
add("OneHot", lambda x: tf.one_hot(x, 4, on_value=2.0, off_value=-1.0, axis=0), whole(2, 3, low=-1, high=5))
add("SpaceToBatch", lambda x: tf.space_to_batch(x, [2, 2], [[0, 0], [1, 1]]), data(1, 4, 4, 3))
add("MirrorPad", lambda x: tf.pad(x, [[1, 1], [2, 0]], "SYMMETRIC"), data(3, 4))
add("Where", lambda x: tf.where(x > 0), data(3, 4))
add("SearchSorted", lambda x, v: tf.searchsorted(x, v), np.sort(data(1, 7)), data(1, 3, seed=2))
add("SearchSorted behind", lambda x, v: tf.searchsorted(x, v, side="right"), np.float32([[1, 2, 2, 3]]), np.float32([[2, 0, 9]]))
add("Sort", lambda x: tf.sort(x, direction="DESCENDING"), data(3, 4))
add("TopK of what is equal", lambda x: tf.math.top_k(x, 3), np.float32([[1, 2, 2, 0, 2]]))
add("StridedSlice: a masked begin of an axis that goes", lambda x: tf.raw_ops.StridedSlice(
    input=x, begin=[0, -2, -2], end=[1, 4, -4], strides=[1, 1, 1], begin_mask=4, end_mask=7,
    shrink_axis_mask=4), data(2, 4, 3, 3))
