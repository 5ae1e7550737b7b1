"""Cases of object detection: priors, detections, suppression, regions of interest."""
import itertools

import numpy as np
import openvino.opset1 as o1
import openvino.opset2 as o2
import openvino.opset3 as o3
import openvino.opset4 as o4
import openvino.opset5 as o5
import openvino.opset6 as o6
import openvino.opset8 as o8
import openvino.opset9 as o9

from openvino.utils.node_factory import NodeFactory

from casebook import FLOATS, Casebook, const, data

book = Casebook()
CASES = book.cases
case = book.add


def uniform(*shape, low=0.0, high=1.0, seed=0):
    rng = np.random.default_rng([seed, *shape])
    return rng.uniform(low, high, shape).astype(FLOATS)


def scores(*shape, seed=0):
    """Distinct scores, so that their order does not depend on how ties are broken."""
    rng = np.random.default_rng([seed, *shape])
    count = int(np.prod(shape))
    return ((rng.permutation(count) + 1) / (count + 1)).astype(FLOATS).reshape(shape)


def corners(count, size=1.0, seed=0):
    """Boxes x1, y1, x2, y2 that overlap in part."""
    rng = np.random.default_rng([seed, count])
    low = rng.uniform(0, 0.7, (count, 2))
    extent = rng.uniform(0.05, 0.5, (count, 2))
    return (np.concatenate([low, low + extent], 1) * size).astype(FLOATS)


# -- priors ------------------------------------------------------------------------------------

PRIORS = {
    "plain": dict(min_size=[32.0], max_size=[64.0], aspect_ratio=[2.0, 3.0], flip=True, offset=0.5,
                  variance=[0.1, 0.1, 0.2, 0.2]),
    "two sizes": dict(min_size=[16.0, 40.0], max_size=[24.0, 80.0], aspect_ratio=[2.0],
                      offset=0.3, step=11.0, clip=True, variance=[0.3]),
    "repeated ratios": dict(min_size=[10.0], aspect_ratio=[1.0, 2.0, 2.0], offset=0.5),
    "not all scaled": dict(min_size=[0.2, 0.4], aspect_ratio=[2.0, 0.7], scale_all_sizes=False,
                           offset=0.5, step=0.05),
    # More than one fixed ratio: OpenVINO writes more boxes than its output has room for.
    "fixed ratio": dict(fixed_size=[21.0, 40.0], fixed_ratio=[0.5], density=[2.0, 3.0], offset=0.5),
    "fixed": dict(fixed_size=[21.0, 40.0], aspect_ratio=[2.0], density=[1.0, 2.0], offset=0.5,
                  step=7.0),
}
for name, attrs in PRIORS.items():
    case(f"prior box {name}",
         lambda x, a=attrs: o1.prior_box(const([3, 5]), const([60, 97]), a).outputs() +
         x.outputs(), data(1))
    case(f"prior box-8 {name}",
         lambda x, a=attrs: o8.prior_box(const([3, 5]), const([60, 97]),
                                         a | {"min_max_aspect_ratios_order": False}).outputs() +
         x.outputs(), data(1))
case("prior box run-time shapes",
     lambda layer, image: o8.prior_box(layer, image, PRIORS["plain"]),
     np.array([2, 3], np.int64), np.array([41, 33], np.int64))
case("prior box clustered",
     lambda x: o1.prior_box_clustered(const([3, 5]), const([60, 97]),
                                      dict(width=[20.0, 31.0], height=[11.0, 7.0], offset=0.5,
                                           clip=True, variance=[0.1, 0.1, 0.2, 0.2])).outputs() +
     x.outputs(), data(1))
case("prior box clustered steps",
     lambda layer, image: o1.prior_box_clustered(layer, image,
                                                 dict(width=[20.0], height=[11.0], offset=0.25,
                                                      clip=False, step_widths=7.0,
                                                      step_heights=5.0, variance=[0.4])),
     np.array([2, 3], np.int64), np.array([41, 33], np.int64))

# -- detections --------------------------------------------------------------------------------


def detection(name, images=2, priors=37, classes=4, own_priors=False, cascade=False, opset=o8,
              stop=None, **attrs):
    attrs = dict(keep_top_k=[20], nms_threshold=0.4, code_type="caffe.PriorBoxParameter.CENTER_SIZE",
                 normalized=True, background_label_id=0) | attrs
    sets = 1 if attrs.get("share_location", True) else classes
    size = 4 if attrs["normalized"] else 5
    rows = []
    for n in range(images if own_priors else 1):
        boxes = corners(priors, seed=n)
        if size == 5:
            boxes = boxes * np.array([50, 40, 50, 40], FLOATS)
            boxes = np.concatenate([np.full((priors, 1), n, FLOATS), boxes], 1)
            if stop is not None:
                boxes[stop, 0] = -1
        variance = np.zeros(priors * size, FLOATS)
        variance[:priors * 4] = uniform(priors * 4, low=0.1, high=0.3, seed=n)
        rows.append([boxes.reshape(-1)] +
                    ([] if attrs.get("variance_encoded_in_target") else [variance]))
    inputs = [data(images, priors * sets * 4, seed=1) * FLOATS(0.5),
              scores(images, priors * classes), np.array(rows, FLOATS)]
    if cascade:
        inputs += [scores(images, priors * 2, seed=5),
                   data(images, priors * sets * 4, seed=2) * FLOATS(0.2)]
    if opset is o1:
        attrs["num_classes"] = classes
    case(f"detection output {name}",
         lambda *x: opset.detection_output(x[0], x[1], x[2], attrs, *x[3:]), *inputs)


CORNER = "caffe.PriorBoxParameter.CORNER"
detection("plain")
detection("plain opset1", opset=o1)
detection("corner", code_type=CORNER)
detection("corner encoded", code_type=CORNER, variance_encoded_in_target=True)
detection("centre encoded", variance_encoded_in_target=True)
detection("own locations", share_location=False)
detection("own priors", own_priors=True)
detection("own priors, encoded", own_priors=True, variance_encoded_in_target=True)
detection("keep all", keep_top_k=[-1], top_k=7)
detection("keep really all", keep_top_k=[-1], top_k=-1, confidence_threshold=0.3)
detection("end mark", keep_top_k=[200], top_k=15, confidence_threshold=0.6)
detection("clip before", clip_before_nms=True)
detection("clip after", clip_after_nms=True)
detection("other background", background_label_id=2)
detection("no background", background_label_id=-1)
detection("mxnet", decrease_label_id=True)
detection("mxnet own locations", decrease_label_id=True, share_location=False, top_k=11,
          confidence_threshold=0.5)
detection("pixels", normalized=False, input_height=40, input_width=50)
detection("pixels, fewer priors", normalized=False, input_height=40, input_width=50, stop=20)
detection("pixels, own fewer priors", normalized=False, input_height=40, input_width=50, stop=9,
          own_priors=True, share_location=False)
for share, mxnet in itertools.product([True, False], repeat=2):
    # Priors per image: the CPU plugin reads those of the first where it has only one.
    detection(f"cascade {share} {mxnet}", cascade=True, objectness_score=0.3, share_location=share,
              decrease_label_id=mxnet, own_priors=True)

# -- YOLO --------------------------------------------------------------------------------------

for axis, end in [(1, 3), (0, 3), (2, 3)]:
    case(f"region yolo softmax {axis} {end}",
         lambda x, a=axis, e=end: o1.region_yolo(x, 4, 3, 2, True, [], a, e), data(2, 16, 3, 5))
case("region yolo sigmoid", lambda x: o1.region_yolo(x, 4, 3, 6, False, [0, 1, 2], 1, 3),
     data(2, 24, 3, 5))
case("reorg yolo", lambda x: o2.reorg_yolo(x, [2]), data(2, 8, 4, 6))
case("reorg yolo 3", lambda x: o2.reorg_yolo(x, [3]), data(1, 18, 6, 9))

# -- non-maximum suppression -------------------------------------------------------------------


def nms(name, build, boxes=None, classes=3, images=2, count=40):
    if boxes is None:
        boxes = np.stack([corners(count, seed=n) for n in range(images)])
    case(f"nms {name}", build, boxes, scores(images, classes, count))


def limits(most, iou, score, *sigma):
    return [const(most), *(const(v, FLOATS) for v in (iou, score, *sigma))]


CENTERS = np.concatenate([uniform(2, 40, 2), uniform(2, 40, 2, low=0.05, high=0.4, seed=1)], 2)
for number, opset in [(1, o1), (3, o3), (4, o4), (5, o5), (9, o9)]:
    nms(f"{number}", lambda b, s, o=opset: o.non_max_suppression(b, s, *limits(6, 0.4, 0.2)))
    nms(f"{number} center unsorted",
        lambda b, s, o=opset: o.non_max_suppression(b, s, *limits(100, 0.3, 0.1), box_encoding="center",
                                                    sort_result_descending=False), CENTERS)
    nms(f"{number} most only", lambda b, s, o=opset: o.non_max_suppression(b, s, const(5)))
for number, opset in [(3, o3), (4, o4), (5, o5), (9, o9)]:
    nms(f"{number} i32", lambda b, s, o=opset: o.non_max_suppression(b, s, *limits(9, 0.5, 0.0),
                                                                     output_type="i32"))
for number, opset in [(5, o5), (9, o9)]:
    nms(f"{number} soft",
        lambda b, s, o=opset: o.non_max_suppression(b, s, *limits(30, 0.3, 0.05, 0.5)))
    nms(f"{number} soft unsorted",
        lambda b, s, o=opset: o.non_max_suppression(b, s, *limits(9, 0.3, 0.2, 0.1),
                                                    sort_result_descending=False))
    nms(f"{number} nothing", lambda b, s, o=opset: o.non_max_suppression(b, s, *limits(9, 0.3, 2.0)))
# Two outputs only: with no box per class OpenVINO leaves the number of outputs unset.
nms("9 no boxes", lambda b, s: o9.non_max_suppression(b, s).outputs()[:2])
nms("9 run-time most", lambda b, s: o9.non_max_suppression(
    b, s, o1.reduce_min(o1.convert(o3.shape_of(s), "i64"), const([0])), const(0.5, FLOATS)))

# -- regions of interest -----------------------------------------------------------------------


def regions(count, size, images=2, seed=0):
    """Rows of image, x1, y1, x2, y2."""
    image = np.random.default_rng(seed).integers(0, images, (count, 1)).astype(FLOATS)
    return np.concatenate([image, corners(count, size, seed)], 1)


for mode, ratio in itertools.product(["avg", "max"], [0, 2]):
    case(f"roi align-3 {mode} {ratio}",
         lambda x, r, i, m=mode, s=ratio: o3.roi_align(x, r, i, 3, 2, s, 0.5, m),
         data(2, 3, 9, 11), corners(5, 24.0), np.array([0, 1, 1, 0, 1], np.int32))
    for aligned in ["asymmetric", "half_pixel_for_nn", "half_pixel"]:
        case(f"roi align-9 {mode} {ratio} {aligned}",
             lambda x, r, i, m=mode, s=ratio, a=aligned: o9.roi_align(x, r, i, 2, 4, s, 0.25, m, a),
             data(2, 3, 9, 11), corners(5, 40.0), np.array([0, 1, 1, 0, 1], np.int64))
case("roi align outside", lambda x, r, i: o9.roi_align(x, r, i, 2, 3, 2, 1.0, "avg", "half_pixel"),
     data(1, 2, 5, 6), np.array([[-4, -3, 2, 3], [3, 2, 12, 9], [20, 20, 30, 30]], FLOATS),
     np.zeros(3, np.int32))
case("roi pooling max", lambda x, r: o2.roi_pooling(x, r, [3, 2], 0.5, "max"), data(2, 3, 9, 11),
     regions(6, 20.0))
case("roi pooling max, small", lambda x, r: o2.roi_pooling(x, r, [4, 5], 0.125, "max"),
     data(2, 3, 9, 11), regions(6, 40.0))
for size in [[3, 4], [1, 2], [2, 1]]:
    case(f"roi pooling bilinear {size}",
         lambda x, r, s=size: o2.roi_pooling(x, r, s, 1.0, "bilinear"), data(2, 3, 9, 11),
         regions(6, 0.8))
case("psroi average", lambda x, r: o1.psroi_pooling(x, r, 2, 3, 0.5, 1, 1, "average"),
     data(2, 18, 9, 11), regions(6, 20.0))
for group in [1, 3]:
    case(f"psroi bilinear {group}",
         lambda x, r, g=group: o1.psroi_pooling(x, r, 3, g, 0.9, 2, 3, "bilinear"),
         data(2, 18, 9, 11), regions(6, 1.0))
case("deformable psroi", lambda x, r: o1.deformable_psroi_pooling(
    x, r, 2, 0.5, 3, "bilinear_deformable", 2, 4, 0.1, 3), data(2, 18, 9, 11), regions(6, 20.0))
for part, pairs in [(2, 1), (3, 2), (4, 4)]:
    case(f"deformable psroi offsets {part} {pairs}",
         lambda x, r, o, p=part: o1.deformable_psroi_pooling(
             x, r, 4, 0.5, 3, "bilinear_deformable", 3, 2, 0.2, p, o),
         data(2, 36, 9, 11), regions(6, 20.0), data(6, 2 * pairs, part, part))

# -- CTC ---------------------------------------------------------------------------------------

MASK = np.array([[1, 1], [1, 1], [1, 1], [1, 0], [1, 0], [0, 0], [0, 0]], FLOATS)
STEPS = np.round(data(7, 2, 4) * 2)
for merge in [True, False]:
    case(f"ctc greedy {merge}", lambda x, m, r=merge: o1.ctc_greedy_decoder(x, m, r), STEPS, MASK)
    for kind in ["i32", "i64"]:
        case(f"ctc greedy lengths {merge} {kind}",
             lambda x, n, r=merge, k=kind: o6.ctc_greedy_decoder_seq_len(x, n, None, r, k, k),
             STEPS.transpose(1, 0, 2).copy(), np.array([7, 4], np.int32))
        case(f"ctc greedy blank {merge} {kind}",
             lambda x, n, b, r=merge, k=kind: o6.ctc_greedy_decoder_seq_len(x, n, b, r, k, k),
             STEPS.transpose(1, 0, 2).copy(), np.array([5, 0], np.int32), np.array([1], np.int32))

# -- proposals ---------------------------------------------------------------------------------

PROPOSAL = dict(base_size=np.uint32(16), pre_nms_topn=np.uint32(80), post_nms_topn=np.uint32(12),
                nms_thresh=0.6, feat_stride=np.uint32(8), min_size=np.uint32(3), ratio=[0.5, 1.0, 2.0],
                scale=[0.5, 1.0])


def proposal(name, opset, images=2, image=(50.0, 60.0, 1.0), **attrs):
    case(f"proposal {name}",
         lambda s, d: opset.proposal(s, d, const(image, FLOATS), PROPOSAL | attrs),
         scores(images, 12, 6, 7), data(images, 24, 6, 7) * FLOATS(0.3))


for number, opset in [(1, o1), (4, o4)]:
    proposal(f"{number}", opset)
    proposal(f"{number} tensorflow", opset, framework="tensorflow", box_size_scale=5.0,
             box_coordinate_scale=10.0)
    proposal(f"{number} clips", opset, clip_before_nms=False, clip_after_nms=True, normalize=True)
    # Boxes below min_size score 0 and are tied, in any order: they must not be among the best.
    proposal(f"{number} few", opset, images=1, nms_thresh=0.02)
    proposal(f"{number} two scales", opset, image=(50.0, 60.0, 2.0, 3.0))

# -- suppression in several classes --------------------------------------------------------------


def multi(name, build, count=30, classes=4, images=2, size=1.0):
    boxes = np.stack([corners(count, size, seed=n) for n in range(images)])
    case(name, build, boxes, scores(images, classes, count))


for label, size, attrs in [
        ("plain", 1.0, dict(iou_threshold=0.4, score_threshold=0.1)),
        ("top", 1.0, dict(iou_threshold=0.6, nms_top_k=12, keep_top_k=17, background_class=1)),
        ("eta", 1.0, dict(iou_threshold=0.9, nms_eta=0.8)),
        ("pixels", 40.0, dict(iou_threshold=0.5, normalized=False, keep_top_k=20)),
        ("none", 1.0, dict(score_threshold=2.0))]:
    for order, across in itertools.product(["none", "score", "classid"], [False, True]):
        if order == "none" and across:
            continue
        for number, opset in [(8, o8), (9, o9)]:
            multi(f"multiclass nms-{number} {label} {order} {across}",
                  lambda b, s, o=opset, a=attrs, r=order, x=across: o.multiclass_nms(
                      b, s, sort_result_type=r, sort_result_across_batch=x, output_type="i32", **a),
                  size=size)
for label, size, attrs in [
        ("plain", 1.0, dict(score_threshold=0.1)),
        ("top", 1.0, dict(nms_top_k=12, keep_top_k=17, background_class=1, post_threshold=0.2)),
        ("gaussian", 1.0, dict(decay_function="gaussian", gaussian_sigma=1.5, post_threshold=0.1)),
        ("pixels", 40.0, dict(normalized=False, keep_top_k=20))]:
    for order, across in itertools.product(["none", "score", "classid"], [False, True]):
        if order == "none" and across:
            continue
        multi(f"matrix nms {label} {order} {across}",
              lambda b, s, a=attrs, r=order, x=across: o8.matrix_nms(
                  b, s, sort_result_type=r, sort_result_across_batch=x, output_type="i64", **a),
              size=size)
case("multiclass nms-9 counted",
     lambda b, s, n: o9.multiclass_nms(b, s, n, sort_result_type="score", iou_threshold=0.4,
                                       score_threshold=0.1, keep_top_k=11),
     np.stack([corners(30, seed=c) for c in range(3)]), scores(3, 30), np.array([12, 0, 18], np.int32))

# -- CTCLoss -----------------------------------------------------------------------------------

LABELS = np.array([[0, 1, 1, 0, 2, 0], [2, 2, 1, 0, 0, 0], [1, 0, 0, 0, 0, 0]], np.int32)
for collapse, merge, unique in itertools.product([False, True], repeat=3):
    case(f"ctc loss {collapse} {merge} {unique}",
         lambda x, n, y, m, c=collapse, g=merge, u=unique: o4.ctc_loss(
             x, n, y, m, const(3, np.int32), c, g, u),
         data(3, 6, 4), np.array([6, 5, 4], np.int32), LABELS, np.array([4, 3, 1], np.int32))
case("ctc loss, last class is blank", lambda x, n, y, m: o4.ctc_loss(x, n, y, m), data(3, 6, 4),
     np.array([6, 6, 3], np.int32), LABELS, np.array([5, 3, 2], np.int32))

# -- Detectron ---------------------------------------------------------------------------------

GRID = np.concatenate([np.stack(np.meshgrid(np.arange(5) * 9, np.arange(4) * 8), -1)
                       [:, :, None, :].repeat(3, 2)] * 2, -1)
ANCHORS = (GRID + np.array([[-3, -4, 8, 9], [-6, -2, 10, 7], [0, -8, 6, 14]])).astype(FLOATS)
for label, attrs in [("plain", {}), ("pixels", dict(normalized=False)),
                     ("few", dict(nms_threshold=0.1, pre_nms_count=30)),
                     ("large only", dict(min_size=9.0)), ("i32", dict(roi_num_type="i32"))]:
    base = dict(min_size=1.0, nms_threshold=0.5, pre_nms_count=50, post_nms_count=12)
    case(f"generate proposals {label}",
         lambda i, a, d, s, k=base | attrs: o9.generate_proposals(i, a, d, s, **k),
         np.array([[40, 50, 1], [33, 44, 1.5]], FLOATS), ANCHORS, data(2, 12, 4, 5) * FLOATS(0.3),
         scores(2, 3, 4, 5))


def detectron(name, kind, attrs, *inputs):
    """Operators that openvino.opset6 has no functions for."""
    case(f"detectron {name}",
         lambda *x: NodeFactory("opset6").create(f"ExperimentalDetectron{kind}",
                                                 [p.output(0) for p in x], attrs), *inputs)


for threshold in [0.5, 0.15]:
    detectron(f"proposals {threshold}", "GenerateProposalsSingleImage",
              dict(min_size=1.0, nms_threshold=threshold, pre_nms_count=50, post_nms_count=12),
              np.array([40, 50, 1], FLOATS), ANCHORS.reshape(-1, 4), data(12, 4, 5) * FLOATS(0.3),
              scores(3, 4, 5))
for flatten, steps in itertools.product([True, False], [{}, dict(h=4, w=5, stride_x=5.0,
                                                                 stride_y=7.0)]):
    detectron(f"grid {flatten} {bool(steps)}", "PriorGridGenerator",
              dict(flatten=flatten, h=0, w=0, stride_x=0.0, stride_y=0.0) | steps,
              data(3, 4), data(1, 2, 4, 5), data(1, 3, 41, 52))
LEVELS = [data(1, 3, 64, 64), data(1, 3, 32, 32, seed=1), data(1, 3, 16, 16, seed=2)]
REGIONS = np.array([[0, 0, 30, 30], [10, 20, 250, 240], [5, 5, 5, 50], [100, 20, 240, 170],
                    [-10, -5, 500, 400], [60, 60, 60.5, 60.5]], FLOATS)
for aligned, ratio in itertools.product([False, True], [0, 2]):
    detectron(f"features {aligned} {ratio}", "ROIFeatureExtractor",
              dict(output_size=3, sampling_ratio=ratio, pyramid_scales=[4, 8, 16], aligned=aligned),
              REGIONS, *LEVELS)
detectron("top", "TopKROIs", dict(max_rois=4), corners(9), scores(9))
for label, attrs in [("plain", {}), ("few", dict(max_detections_per_image=5)),
                     ("per class", dict(post_nms_count=2)), ("strict", dict(score_threshold=0.7))]:
    base = dict(score_threshold=0.1, nms_threshold=0.4, num_classes=4, post_nms_count=50,
                max_detections_per_image=30, class_agnostic_box_regression=False,
                max_delta_log_wh=2.0, deltas_weights=[10.0, 10.0, 5.0, 5.0])
    detectron(f"detections {label}", "DetectionOutput", base | attrs, corners(30, 60.0),
              data(30, 16), scores(30, 4), np.array([[50, 70, 1]], FLOATS))

# -- half precision, with outputs of fixed and of run-time size ---------------------------------

HALF = [np.stack([corners(20, seed=n) for n in range(2)]).astype(np.float16),
        scores(2, 3, 20).astype(np.float16)]
case("nms 9 f16", lambda b, s: o9.non_max_suppression(b, s, *limits(6, 0.4, 0.2)), *HALF)
case("multiclass nms-9 f16", lambda b, s: o9.multiclass_nms(b, s, iou_threshold=0.4), *HALF)
case("roi align f16", lambda x, r, i: o3.roi_align(x, r, i, 3, 2, 2, 0.5, "avg"),
     data(2, 3, 9, 11).astype(np.float16), corners(5, 24.0).astype(np.float16),
     np.array([0, 1, 1, 0, 1], np.int32))

# -- samples at places that the network gives --------------------------------------------------

for mode in ["bilinear", "bicubic", "nearest"]:
    for padding in ["zeros", "border", "reflection"]:
        for align in [False, True]:
            case(f"grid sample {mode} {padding} {align}",
                 lambda x, g, a=dict(mode=mode, padding_mode=padding, align_corners=align):
                 o9.grid_sample(x, g, a), data(2, 3, 5, 6),
                 uniform(2, 4, 7, 2, low=-1.7, high=1.7))
for groups, deformed, masked in itertools.product([1, 2], [1, 2], [False, True]):
    inputs = [data(2, 4, 7, 8), uniform(2, deformed * 18, 4, 8, low=-2, high=2),
              uniform(2, deformed * 9, 4, 8)]
    for fades in [False, True]:
        def deformable(x, o, m, g=groups, d=deformed, used=masked, f=fades):
            w = const(data(6, 4 // g, 3, 3), FLOATS)
            return o8.deformable_convolution(x, o, w, [2, 1], [1, 2], [1, 2], [1, 2],
                                             mask=m if used else None, group=g,
                                             deformable_group=d, bilinear_interpolation_pad=f)
        case(f"deformable convolution {groups} {deformed} mask {masked} fades {fades}", deformable,
             *inputs)
