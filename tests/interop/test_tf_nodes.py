"""TensorFlow's operators, one or a few in a graph: `requant import` against TensorFlow.

usage: test_tf_nodes.py [--case REGEX]     PROGRAM names the requant binary

Every tf_*.py beside this file exports CASES, a list of (name, function, inputs): the function takes
the inputs, as tensors, and gives a tensor or several. What `requant run` gives of the imported graph,
and OpenVINO, must equal what TensorFlow gives.
"""
import argparse
import importlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import openvino as ov
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = os.environ.get("PROGRAM", "build/release/requant")
CONFIG = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
core = ov.Core()


def freeze(function, inputs, path):
    """The graph of the function as a file; what it gives, by tensors' names."""
    specs = [tf.TensorSpec(a.shape, a.dtype, name=f"in{i}") for i, a in enumerate(inputs)]
    frozen = convert_variables_to_constants_v2(
        tf.function(lambda *given: tf.nest.flatten(function(*given))).get_concrete_function(*specs))
    tf.io.write_graph(frozen.graph, str(path.parent), path.name, as_text=False)
    names = [t.name.removesuffix(":0") for t in frozen.outputs]
    return dict(zip(names, [t.numpy() for t in frozen(*map(tf.constant, inputs))]))


def place_of(port):
    return int(port.get_node().get_friendly_name()[2:])


def by_openvino(xml, inputs):
    model = core.compile_model(core.read_model(xml), "CPU", CONFIG)
    result = model({port: inputs[place_of(port)] for port in model.inputs})
    return {name: result[port] for port in model.outputs for name in port.get_names()}


def by_requant(xml, inputs, folder):
    command = [PROGRAM, "run", xml, "--save", folder / "out", "--quiet", "--backend", "reference"]
    for port in core.read_model(xml).inputs:
        name = port.get_node().get_friendly_name()
        np.save(folder / f"{name}.npy", inputs[place_of(port)])
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


def judge(function, inputs, folder):
    path, xml = folder / "model.pb", folder / "model.xml"
    want = freeze(function, inputs, path)
    outputs = ",".join(want)
    run = subprocess.run([PROGRAM, "import", path, "-o", xml, "--quiet", "--output", outputs],
                         capture_output=True, text=True)
    if run.returncode:
        return run.stderr.strip()
    mine = by_requant(xml, inputs, folder)
    theirs = by_openvino(xml, inputs)
    for who, got in (("requant", mine), ("OpenVINO", theirs)):
        for name, array in want.items():
            problem = difference(got.get(name, got.get(re.sub("[/:]", "_", name))), array)
            if problem:
                return f"{who}: {name}: {problem}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--case", default="")
    wanted = re.compile(parser.parse_args().case)
    failed = passed = 0
    for path in sorted(HERE.glob("tf_*.py")):
        for name, function, inputs in importlib.import_module(path.stem).CASES:
            if not wanted.search(name):
                continue
            with tempfile.TemporaryDirectory() as folder:
                try:
                    problem = judge(function, inputs, pathlib.Path(folder))
                except subprocess.CalledProcessError as error:
                    problem = error.stderr.strip()
                except RuntimeError as error:
                    problem = str(error).strip().splitlines()[-1]
            if problem:
                print(f"failed: {name}: {problem}")
            failed += problem is not None
            passed += problem is None
    print(f"{passed} TensorFlow graphs equal TensorFlow, {failed} do not")
    return failed > 0


sys.exit(main())
