"""ONNX's operators, one or a few in a model: `requant import` against ONNX Runtime.

usage: test_onnx_nodes.py [--case REGEX]     PROGRAM names the requant binary

Every onnx_*.py beside this file exports CASES, a list of (name, model, feeds). Each model is imported;
what `requant run` gives of the IR, and OpenVINO, must equal what ONNX Runtime gives of the model.
"""
import argparse
import importlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime
import openvino as ov
from onnx.reference import ReferenceEvaluator

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = os.environ.get("PROGRAM", "build/release/requant")
CONFIG = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
core = ov.Core()


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


def by_openvino(xml, feeds):
    model = core.compile_model(core.read_model(xml), "CPU", CONFIG)
    known = {name: array for name, array in feeds.items()
             if any(name in port.get_names() for port in model.inputs)}
    result = model(known)
    return {name: result[port] for port in model.outputs for name in port.get_names()}


def by_requant(xml, feeds, folder):
    command = [PROGRAM, "run", xml, "--save", folder / "out", "--quiet", "--backend", "reference"]
    for name, array in feeds.items():
        np.save(folder / f"{name}.npy", array)
        command += ["--input", f"{name}={folder / name}.npy"]
    subprocess.run(command, check=True, capture_output=True, text=True)
    return {path.stem: np.load(path) for path in (folder / "out").glob("*.npy")}


def difference(got, want):
    if got is None or got.shape != want.shape:
        return f"shape {None if got is None else got.shape}, expected {want.shape}"
    if want.dtype.kind != "f":
        return None if (got == want).all() else f"{(got != want).sum()} of {want.size} differ"
    if np.allclose(got, want, rtol=1e-4, atol=1e-5, equal_nan=True):
        return None
    return f"differs by up to {np.nanmax(np.abs(got.astype(float) - want)):.3g}"


def judge(model, feeds, folder):
    path, xml = folder / "model.onnx", folder / "model.xml"
    onnx.save(model, path)
    want = by_onnxruntime(path, feeds)
    run = subprocess.run([PROGRAM, "import", path, "-o", xml, "--quiet"], capture_output=True,
                         text=True)
    if run.returncode:
        return run.stderr.strip()
    read = set().union(*(port.get_names() for port in core.read_model(xml).inputs))
    feeds = {name: array for name, array in feeds.items() if name in read}
    for who, got in (("requant", by_requant(xml, feeds, folder)), ("OpenVINO", by_openvino(xml, feeds))):
        for name, array in want.items():
            problem = difference(got.get(name), array)
            if problem:
                return f"{who}: {name}: {problem}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--case", default="")
    wanted = re.compile(parser.parse_args().case)
    failed = passed = 0
    for path in sorted(HERE.glob("onnx_*.py")):
        for name, model, feeds in importlib.import_module(path.stem).CASES:
            if not wanted.search(name):
                continue
            with tempfile.TemporaryDirectory() as folder:
                try:
                    problem = judge(model, feeds, pathlib.Path(folder))
                except subprocess.CalledProcessError as error:
                    problem = error.stderr.strip()
                except RuntimeError as error:
                    problem = str(error).strip().splitlines()[-1]
            if problem:
                print(f"failed: {name}: {problem}")
            failed += problem is not None
            passed += problem is None
    print(f"{passed} ONNX models equal ONNX Runtime, {failed} do not")
    return failed > 0


sys.exit(main())
