"""Parts of models that stay with TensorFlow or ONNX Runtime, with the real ones.

usage: test_offload.py onnx|tensorflow     PROGRAM names the requant binary

A small model whose end stays with its framework: `requant run` computes it, and what `requant split`
writes does, by tests/api/run_parts.py, in another folder than the one that it was made in.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np

from imported import PROGRAM

HERE = pathlib.Path(__file__).resolve().parent
RANDOM = np.random.default_rng(5)
X = RANDOM.uniform(-1, 1, (1, 4, 6, 6)).astype(np.float32)
WEIGHTS = RANDOM.uniform(-1, 1, (4, 4, 1, 1)).astype(np.float32)
FACTORS = RANDOM.uniform(-1, 1, (1, 4, 1, 1)).astype(np.float32)


def make_onnx(folder):
    """Its weights lie in a file beside it."""
    import onnx
    import onnxruntime
    from onnx import helper as h
    nodes = [h.make_node("Conv", ["x", "w"], ["c"], name="body/conv"),
             h.make_node("Mul", ["c", "f"], ["m"], name="head/mul"),
             h.make_node("Softmax", ["m"], ["y"], name="head/softmax", axis=1)]
    graph = h.make_graph(nodes, "g", [h.make_tensor_value_info("x", 1, X.shape)],
                         [h.make_tensor_value_info("y", 1, X.shape)],
                         [onnx.numpy_helper.from_array(WEIGHTS, "w"),
                          onnx.numpy_helper.from_array(FACTORS, "f")])
    path = folder / "model.onnx"
    onnx.save(h.make_model(graph, opset_imports=[h.make_opsetid("", 17)], ir_version=8), path,
              save_as_external_data=True, location="weights.bin", size_threshold=0)
    return path, onnxruntime.InferenceSession(path).run(None, {"x": X})[0]


def make_tensorflow(folder):
    import tensorflow.compat.v1 as tf
    path = folder / "model.pb"
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, X.shape, name="x")
        filters = RANDOM.uniform(-1, 1, (1, 1, X.shape[3], 6)).astype(np.float32)
        c = tf.nn.conv2d(x, filters, 1, "VALID", name="body/conv")
        with tf.name_scope("head"):
            y = tf.nn.softmax(c * FACTORS)
        y = tf.identity(y, name="y")
        path.write_bytes(graph.as_graph_def().SerializeToString())
        with tf.Session() as session:
            return path, session.run(y, {x: X})


def call(*command, **more):
    subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True, **more)


def check(what, got, want):
    error = np.abs(np.load(got) - want).max()
    if error > 1e-5:
        sys.exit(f"failed: {what} differs by {error:.3g}")


def main(kind):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        model = folder / "made"
        model.mkdir()
        path, want = {"onnx": make_onnx, "tensorflow": make_tensorflow}[kind](model)
        np.save(folder / "x.npy", X)
        library = ["--onnxruntime" if kind == "onnx" else "--tensorflow", "found"]
        env = {**os.environ, "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"}
        call(PROGRAM, "import", path, "--offload", ("onnx" if kind == "onnx" else "tf") + ":head/",
             *library, "-o", folder / "ir", env=env)
        xml = next((folder / "ir").glob("*.xml"))
        call(PROGRAM, "run", xml, "--input", f"x={folder / 'x.npy'}", "--save", folder / "out", *library,
             env=env)
        check("requant run", next((folder / "out").glob("y*.npy")), want)
        call(PROGRAM, "split", xml, "-o", model / "parts", env=env)
        if any(str(folder) in value for part in json.loads((model / "parts/offload.json").read_text())["parts"]
               for value in part.values() if isinstance(value, str)):
            sys.exit("failed: offload.json names an absolute path")
        shutil.move(model, folder / "moved")
        call(sys.executable, HERE.parent / "api/run_parts.py", "moved/parts/offload.json", "x=x.npy", cwd=folder)
        check("run_parts.py", next(folder.glob("y*.npy")), want)
    print(f"a part that stays with {kind} computes in its place, and split")


main(sys.argv[1])
