"""`requant import` of trained models, on real images: outputs against OpenVINO's own frontends
(ONNX, TensorFlow), OpenCV's dnn (Caffe) and Model Optimizer's IRs.

usage: test_import_real.py PROGRAM MODELS_FOLDER IMAGES_FOLDER

MODELS_FOLDER has folders of models as Model Optimizer users have them (*.onnx, *.pb, saved_model,
*.caffemodel with their *.prototxt, mo-*.xml). What is missing is skipped. Caffe needs cv2 before
version 5.
"""
import glob
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import openvino as ov
from PIL import Image

CONFIG = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
TOLERANCE = 1e-4
IMAGES = 4
SIZES = {"det": (320, 480), "rec": (48, 320), "cls": (48, 192)}  # of dynamic inputs
core = ov.Core()
program, models, images = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3]
work = pathlib.Path(tempfile.mkdtemp())
pictures = sorted(p for p in glob.glob(os.path.join(images, "**"), recursive=True)
                  if p.lower().endswith((".jpg", ".jpeg", ".png")))[:IMAGES]


def requant_import(name, *arguments):
    """The IR, or None with the reason printed."""
    xml = work / f"{name}.xml"
    run = subprocess.run([program, "import", *map(str, arguments), "-o", xml, "--quiet"],
                         capture_output=True, text=True)
    if run.returncode:
        print(f"FAIL  {name}: {run.stderr.strip()}")
        return None
    return core.read_model(xml)


def shape_of(port, name):
    """Batch 1, and for sizes that are open those of such models."""
    partial = port.get_partial_shape()
    height, width = next((s for part, s in SIZES.items() if part in name), (224, 224))
    usual = [1, 3, height, width]
    return [d.get_length() if d.is_static else usual[i] for i, d in enumerate(partial)]


def pixels(path, shape, divide):
    """A picture as N,C,H,W or N,H,W,C floats."""
    last = shape[3] == 3 and shape[1] != 3
    height, width = shape[1:3] if last else shape[2:]
    x = np.asarray(Image.open(path).convert("RGB").resize((width, height)), np.float32) / divide
    return np.ascontiguousarray(x if last else x.transpose(2, 0, 1))[None]


def run_all(model, feeds):
    compiled = core.compile_model(model, "CPU", CONFIG)
    return [list(compiled(feed).values()) for feed in feeds]


def worst_of(got, want):
    """Largest difference, relative to the output's largest number where that is above 1."""
    worst = 0.0
    if len(got) != len(want) or not got:
        return np.inf
    for g, w in zip(got, want):
        for a, b in zip(g, w):
            a, b = np.asarray(a).reshape(-1), np.asarray(b).reshape(-1)
            if a.size != b.size:
                return np.inf
            worst = max(worst, float(np.abs(a - b).max()) / max(1.0, float(np.abs(b).max())))
    return worst


def judge(name, got, want, note=""):
    worst = worst_of(got, want)
    good = worst <= TOLERANCE
    print(f"{'pass' if good else 'FAIL'}  {name}: differs by {worst:.2g} {note}")
    return good


def count_layers(model):
    return sum(op.get_type_name() != "Constant" for op in model.get_ops())


def check_frontend(path):
    """A model that OpenVINO reads itself."""
    name = f"{path.parent.name}-{path.name}".replace(".", "-")
    got = requant_import(name, path)
    if got is None:
        return False
    want = ov.convert_model(str(path))
    shape = shape_of(got.inputs[0], name)
    divide = 1 if max(shape[1:]) <= 32 else 255
    feeds = [pixels(p, shape, divide) for p in pictures]
    note = f"({count_layers(got)} layers, ovc {count_layers(want)})"
    return judge(name, run_all(got, [[x] for x in feeds]), run_all(want, [[x] for x in feeds]),
                 note) and count_layers(got) <= count_layers(want)


def check_optimized(name, arguments, reference):
    """Against an IR of Model Optimizer's."""
    got = requant_import(name, *arguments)
    if got is None:
        return False
    want = core.read_model(reference)
    shape, wanted = shape_of(got.inputs[0], name), shape_of(want.inputs[0], name)
    feeds = [pixels(p, shape, 1) for p in pictures]
    others = [x if shape == wanted else pixels(p, wanted, 1) for p, x in zip(pictures, feeds)]
    got_out, want_out = (run_all(m, [[x] for x in f]) for m, f in ((got, feeds), (want, others)))
    if any(op.get_type_name() == "DetectionOutput" for op in want.get_ops()):
        got_out, want_out = detections(got_out), detections(want_out)
    note = f"({count_layers(got)} layers, Model Optimizer {count_layers(want)})"
    return judge(name, got_out, want_out, note) and count_layers(got) <= count_layers(want)


def detections(outputs):
    """Rows of boxes that are there, those of a score above noise, in an order of their own."""
    kept = []
    for (rows,) in outputs:
        rows = rows.reshape(-1, 7)
        rows = rows[(rows[:, 0] >= 0) & (rows[:, 2] > 0.02)]
        kept.append([rows[np.lexsort((rows[:, 3].round(3), -rows[:, 2].round(4)))]])
    return kept


def check_caffe(weights):
    name = weights.stem
    try:
        import cv2
    except ImportError:
        print(f"skip  {name}: no cv2")
        return True
    if not hasattr(cv2.dnn, "readNetFromCaffe"):
        print(f"skip  {name}: this cv2 reads no Caffe")
        return True
    got = requant_import(name, weights)
    if got is None:
        return False
    net = cv2.dnn.readNetFromCaffe(str(weights.with_suffix(".prototxt")), str(weights))
    shape = shape_of(got.inputs[0], name)
    feeds = [pixels(p, shape, 255) for p in pictures]
    want = []
    for x in feeds:
        net.setInput(x)
        want.append([net.forward(n) for n in net.getUnconnectedOutLayersNames()])
    outputs = run_all(got, [[x] for x in feeds])
    if any(op.get_type_name() == "DetectionOutput" for op in got.get_ops()):
        outputs, want = detections(outputs), detections(want)
    return judge(name, outputs, want, "(OpenCV)")


def main():
    if len(pictures) < IMAGES:
        sys.exit(f"{images}: {len(pictures)} pictures, {IMAGES} are needed")
    good = [check_frontend(path) for path in sorted(models.glob("*/*.onnx"))]
    good += [check_frontend(path) for path in sorted(models.glob("*/*.pb"))]
    good += [check_frontend(path) for path in sorted(models.glob("*/saved_model"))]
    good += [check_caffe(path) for path in sorted(models.glob("*/*.caffemodel"))]
    resnet = models / "resnet8-cifar10"
    if (resnet / "mo-2023.3-mean-scale-reverse.xml").exists():
        good.append(check_optimized(
            "mean-scale-reverse",
            [resnet / "resnet8-cifar10.pb", "--mean_values", "[10,20,30]", "--scale_values",
             "[2,2,2]", "--reverse_input_channels"], resnet / "mo-2023.3-mean-scale-reverse.xml"))
    for reference in sorted(models.glob("*/mo-*.xml")):
        weights = reference.with_name(reference.stem.split("-", 2)[2] + ".caffemodel")
        if weights.exists():
            good.append(check_optimized(weights.stem + "-mo", [weights], reference))
    print(f"{sum(good)} of {len(good)} models")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
