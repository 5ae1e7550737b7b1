"""Scores of a network's outputs. Each takes the outputs of all images, those of FP32, and the
truths, and returns a share from 0 to 1; more is better."""
import numpy as np


def top1(outputs, reference, truths):
    return float(np.mean([o.reshape(-1).argmax() == t for o, t in zip(outputs, truths)]))


def overlap(a, b):
    """Intersection over union of two masks; 1 if both are empty."""
    union = np.logical_or(a, b).sum()
    return float(np.logical_and(a, b).sum() / union) if union else 1.0


def mask_agreement(threshold):
    """Against the masks of FP32 above a threshold."""
    def score(outputs, reference, truths):
        return float(np.mean([overlap(o > threshold, r > threshold)
                              for o, r in zip(outputs, reference)]))
    return score


def text_of(output, letters):
    """Greedy CTC: class 0 is blank."""
    best = output.reshape(-1, output.shape[-1]).argmax(1)
    kept = [c for i, c in enumerate(best) if c and (i == 0 or c != best[i - 1])]
    return "".join(letters[c - 1] if c <= len(letters) else " " for c in kept)


def words(letters):
    """Lines read without a fault; letter case and blanks do not count."""
    def plain(text):
        return text.replace(" ", "").lower()

    def score(outputs, reference, truths):
        return float(np.mean([plain(text_of(o, letters)) == plain(t)
                              for o, t in zip(outputs, truths)]))
    return score


def boxes_of_yolox(output, side=416, threshold=0.3):
    """[x0, y0, x1, y1, score] of each box, without overlapping ones."""
    rows, start, found = output.reshape(-1, output.shape[-1]), 0, []
    for stride in (8, 16, 32):
        n = side // stride
        ys, xs = np.mgrid[:n, :n].reshape(2, -1)
        part, start = rows[start:start + n * n], start + n * n
        score = part[:, 4] * part[:, 5:].max(1)
        centre = (part[:, :2] + np.stack([xs, ys], 1)) * stride
        half = np.exp(np.minimum(part[:, 2:4], 20)) * stride / 2
        found.append(np.concatenate([centre - half, centre + half, score[:, None]], 1)[score > threshold])
    boxes, kept = np.concatenate(found), []
    for box in boxes[np.argsort(-boxes[:, 4], kind="stable")]:
        if all(box_iou(box, other) < 0.45 for other in kept):
            kept.append(box)
    return kept


def box_iou(a, b):
    width, height = np.minimum(a[2:4], b[2:4]) - np.maximum(a[:2], b[:2])
    shared = max(width, 0) * max(height, 0)
    area = [(c[2] - c[0]) * (c[3] - c[1]) for c in (a, b)]
    return shared / (sum(area) - shared)


def box_f1(outputs, reference, truths):
    """Boxes of FP32 found again, at an overlap of 0.5; F1 of all images together."""
    matched = total = 0
    for output, other in zip(outputs, reference):
        ours, theirs = boxes_of_yolox(output), boxes_of_yolox(other)
        total += len(ours) + len(theirs)
        for box in ours:
            best = max(range(len(theirs)), key=lambda i: box_iou(box, theirs[i]), default=None)
            if best is not None and box_iou(box, theirs[best]) >= 0.5:
                theirs.pop(best)
                matched += 1
    return 2 * matched / total if total else 1.0


def class_kept(outputs, reference, truths):
    return top1(outputs, reference, [r.reshape(-1).argmax() for r in reference])


def nearest(embeddings):
    """Of each embedding, which other one is nearest by cosine."""
    rows = np.stack([np.asarray(e, np.float64).reshape(-1) for e in embeddings])
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-30)
    cosine = rows @ rows.T
    np.fill_diagonal(cosine, -np.inf)
    return cosine.argmax(1)


def nearest_kept(outputs, reference, truths):
    """Inputs whose nearest other one is the same as with FP32's embeddings."""
    return float(np.mean(nearest(outputs) == nearest(reference)))


def pixels_kept(outputs, reference, truths):
    """Of pictures from 0 to 1, values that are FP32's in 8 bits."""
    def bits(picture):
        return np.round(np.clip(picture, 0, 1) * 255)
    return float(np.mean([(bits(o) == bits(r)).mean() for o, r in zip(outputs, reference)]))


def within(tolerance):
    """Values no further than that from FP32's."""
    def score(outputs, reference, truths):
        return float(np.mean([(abs(o - r) <= tolerance).mean() for o, r in zip(outputs, reference)]))
    return score


BROKEN = -100.0  # dB, of an output with NaN or infinite values


def output_sqnr(outputs, reference):
    """Decibels: power of FP32's outputs over that of the difference, all inputs together."""
    signal = sum(float(np.square(r, dtype=np.float64).sum()) for r in reference)
    noise = sum(float(np.square(r.astype(np.float64) - o).sum()) for o, r in zip(outputs, reference))
    if not np.isfinite(noise):
        return BROKEN
    return float(10 * np.log10(max(signal, 1e-30) / max(noise, signal * 1e-12, 1e-42)))


def sqnr(outputs, reference):
    """Of each floating-point output, in decibels; given a tuple of outputs for each input."""
    return [output_sqnr(o, r) for o, r in zip(zip(*outputs), zip(*reference)) if r[0].dtype.kind == "f"]
