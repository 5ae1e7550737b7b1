#!/usr/bin/env python3
"""Golden numbers for tests/unit/test_report_predictions.c, computed by others than requant:
COCO's figures by pycocotools, VOC's by the development kit's algorithm written down here,
IoU by scikit-learn's confusion matrix, SSIM from scipy's Gaussian filter.

Needs numpy, scipy, scikit-learn, pycocotools. Writes *.npy and golden.txt beside itself."""
import contextlib
import io
import os

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from scipy.ndimage import gaussian_filter
from sklearn.metrics import confusion_matrix

HERE = os.path.dirname(os.path.abspath(__file__))
CROWD, DIFFICULT = 1, 2
IMAGES, CLASSES = 40, 6
rng = np.random.default_rng(7)
golden = []


def save(name, array):
    np.save(os.path.join(HERE, name + ".npy"), array)


def tell(name, *values):
    golden.append(name + " " + " ".join(repr(float(v)) for v in values))


# -- boxes -----------------------------------------------------------------------------------
# Whole numbers in part, so that IoUs fall on 0.5, 0.6 ... exactly; sizes around 32 and 96.
truths, found = [], []
for image in range(IMAGES):
    taken = set()
    for _ in range(rng.integers(0, 9)):
        c = int(rng.integers(0, CLASSES - 1))  # the last class is only ever found
        w, h = rng.choice([8, 20, 32, 40, 96, 120, 200], 2)
        x, y = rng.integers(0, 400, 2)
        area = float(w * h) * (1.0 if rng.random() < 0.5 else float(rng.uniform(0.5, 1)))
        flags = int(rng.choice([0, 0, 0, 0, 0, CROWD, DIFFICULT]))
        truths.append([image, c, x, y, x + w, y + h, area, flags])
        for _ in range(rng.integers(0, 4)):
            if rng.random() < 0.3:
                box = [x, y, x + w * rng.choice([0.5, 0.6, 0.75, 0.8, 1]), y + h]
            else:
                j = rng.normal(0, 0.1, 4) * [w, h, w, h]
                box = [x + j[0], y + j[1], x + w + j[2], y + h + j[3]]
            cls = c if rng.random() < 0.85 else int(rng.integers(0, CLASSES))
            score = round(float(rng.random()), 2)  # equal ones in different images
            while score in taken:
                score = round(float(rng.random()), 2)
            taken.add(score)
            found.append([image, cls, *box, score])
# one image with more than 100 detections of a class
for i in range(150):
    x, y = rng.uniform(0, 400, 2)
    found.append([3, 1, x, y, x + 50, y + 50, 0.0001 * (i + 1)])
truths, found = np.array(truths, float), np.array(found, float)
save("truths", truths)
save("found", found)


def coco(truths, found):
    gt = {"info": {}, "images": [{"id": i + 1} for i in range(IMAGES)],
          "categories": [{"id": c + 1} for c in range(CLASSES)],
          "annotations": [{"id": k + 1, "image_id": int(t[0]) + 1, "category_id": int(t[1]) + 1,
                           "bbox": [t[2], t[3], t[4] - t[2], t[5] - t[3]], "area": t[6],
                           "iscrowd": int(int(t[7]) & CROWD > 0)} for k, t in enumerate(truths)]}
    dt = [{"image_id": int(d[0]) + 1, "category_id": int(d[1]) + 1,
           "bbox": [d[2], d[3], d[4] - d[2], d[5] - d[3]], "score": d[6]} for d in found]
    with contextlib.redirect_stdout(io.StringIO()):
        c = COCO()
        c.dataset = gt
        c.createIndex()
        e = COCOeval(c, c.loadRes(dt), "bbox")
        e.evaluate()
        e.accumulate()
        e.summarize()
    return e.stats


tell("coco", *(100 * coco(truths, found)))


def iou(a, b):
    w = max(0.0, min(a[2], b[2]) - max(a[0], b[0]))
    h = max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
    return w * h / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - w * h)


def voc(truths, found):
    areas, points = [], []
    for c in range(CLASSES):
        gts = [t for t in truths if t[1] == c]
        positives = sum(int(t[7]) == 0 for t in gts)
        if positives == 0:
            continue
        dets = [d for d in found if d[1] == c]
        dets = [dets[i] for i in np.argsort([-d[6] for d in dets], kind="stable")]
        used, tp, fp = set(), [], []
        for d in dets:
            best, at = -1.0, None
            for k, t in enumerate(gts):
                if t[0] == d[0] and iou(d[2:6], t[2:6]) > best:
                    best, at = iou(d[2:6], t[2:6]), k
            if best >= 0.5 and int(gts[at][7]):
                tp.append(0), fp.append(0)
            elif best >= 0.5 and at not in used:
                used.add(at)
                tp.append(1), fp.append(0)
            else:
                tp.append(0), fp.append(1)
        tp, fp = np.cumsum(tp), np.cumsum(fp)
        recall, precision = tp / positives, tp / np.maximum(tp + fp, 1)
        points.append(np.mean([max(precision[tp * 10 >= k * positives], default=0)
                               for k in range(11)]))
        mrec = np.concatenate([[0], recall, [1]])
        mpre = np.concatenate([[0], precision, [0]])
        for i in range(len(mpre) - 2, -1, -1):
            mpre[i] = max(mpre[i], mpre[i + 1])
        i = np.nonzero(mrec[1:] != mrec[:-1])[0]
        areas.append(np.sum((mrec[i + 1] - mrec[i]) * mpre[i + 1]))
    return 100 * np.mean(areas), 100 * np.mean(points)


tell("voc", *voc(truths, found))

# -- masks -----------------------------------------------------------------------------------
mask_truth = rng.integers(0, 4, (3, 12, 16)).astype(np.uint16)
mask_found = np.where(rng.random(mask_truth.shape) < 0.7, mask_truth,
                      rng.integers(0, 5, mask_truth.shape)).astype(np.uint16)
mask_truth[rng.random(mask_truth.shape) < 0.1] = 65535
save("mask_truth", mask_truth)
save("mask_found", mask_found)
valid = mask_truth != 65535
m = confusion_matrix(mask_truth[valid], mask_found[valid], labels=range(5))
ious = np.diag(m) / (m.sum(0) + m.sum(1) - np.diag(m))
tell("mask", 100 * ious.mean(), 100 * ious[1:].mean(), 100 * np.diag(m).sum() / m.sum())

# -- pictures --------------------------------------------------------------------------------
a = gaussian_filter(rng.uniform(0, 255, (24, 31, 3)), (2, 2, 0)) * 1.7 - 80
picture_truth = np.clip(a, 0, 255).astype(np.float32)
picture_found = np.clip(picture_truth + rng.normal(0, 6, a.shape), 0, 255).astype(np.float32)
save("picture_truth", picture_truth)
save("picture_found", picture_found)


def ssim(a, b):
    blur = lambda x: gaussian_filter(x.astype(np.float64), 1.5, truncate=3.5)[5:-5, 5:-5]
    ma, mb = blur(a), blur(b)
    va, vb, cov = blur(a.astype(float)**2) - ma**2, blur(b.astype(float)**2) - mb**2, \
        blur(a.astype(float) * b) - ma * mb
    c1, c2 = (0.01 * 255)**2, (0.03 * 255)**2
    return np.mean((2 * ma * mb + c1) * (2 * cov + c2) /
                   ((ma**2 + mb**2 + c1) * (va + vb + c2)))


mse = np.mean((picture_truth.astype(float) - picture_found)**2)
tell("psnr", 10 * np.log10(255**2 / mse))
tell("ssim", np.mean([ssim(picture_truth[..., c], picture_found[..., c]) for c in range(3)]))
tell("error", np.mean(np.abs(picture_truth.astype(float) - picture_found)), np.sqrt(mse))

with open(os.path.join(HERE, "golden.txt"), "w") as f:
    f.write("\n".join(golden) + "\n")
