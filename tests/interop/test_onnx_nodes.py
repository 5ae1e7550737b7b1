"""ONNX's operators, one or a few in a model: `requant import` against ONNX Runtime.

usage: test_onnx_nodes.py [--case REGEX]     PROGRAM names the requant binary

Every onnx_*.py beside this file exports CASES, a list of (name, model, feeds). Each model is imported;
what `requant run` gives of the IR, and OpenVINO, must equal what ONNX Runtime gives of the model.
"""
import functools
import importlib
import pathlib
import subprocess
import sys

import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator

from imported import PROGRAM, by_openvino, by_requant, first_difference, kept, run_cases

HERE = pathlib.Path(__file__).resolve().parent


def by_reference(path, feeds):
    """ONNX's own, for what ONNX Runtime refuses."""
    reference = ReferenceEvaluator(str(path))
    return dict(zip(reference.output_names, reference.run(None, feeds)))


def by_onnxruntime(path, feeds):
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(str(path), options, ["CPUExecutionProvider"])
    except Exception:
        return by_reference(path, feeds)
    return dict(zip([o.name for o in session.get_outputs()], session.run(None, feeds)))


def judge(model, feeds, folder):
    path, xml = folder / "model.onnx", folder / "model.xml"
    onnx.save(model, path)
    want = by_onnxruntime(path, feeds)
    run = subprocess.run([PROGRAM, "import", path, "-o", xml, "--quiet"], capture_output=True,
                         text=True)
    if run.returncode:
        return run.stderr.strip()
    feeds = kept(xml, feeds)
    return first_difference(
        [("requant", lambda: by_requant(xml, feeds, folder, "--backend", "reference")),
         ("OpenVINO", lambda: by_openvino(xml, feeds))], want)


CASES = [(name, functools.partial(judge, model, feeds)) for path in sorted(HERE.glob("onnx_*.py"))
         for name, model, feeds in importlib.import_module(path.stem).CASES]
sys.exit(run_cases(CASES, "ONNX models equal ONNX Runtime"))
