"""TensorFlow's operators, one or a few in a graph: `requant import` against TensorFlow.

usage: test_tf_nodes.py [--case REGEX]     PROGRAM names the requant binary

Every tf_*.py beside this file exports CASES, a list of (name, function, inputs, unknown axes): the
function takes the inputs, as tensors, and gives a tensor or several. What `requant run` gives of the imported graph,
and OpenVINO, must equal what TensorFlow gives.
"""
import functools
import importlib
import os
import pathlib
import subprocess
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from imported import PROGRAM, by_openvino, by_requant, first_difference, kept, run_cases

HERE = pathlib.Path(__file__).resolve().parent


def freeze(function, inputs, unknown, path):
    """The graph of the function as a file; what it gives, by tensors' names."""
    specs = [tf.TensorSpec([None if axis in unknown else d for axis, d in enumerate(a.shape)], a.dtype, name=f"in{i}")
             for i, a in enumerate(inputs)]
    frozen = convert_variables_to_constants_v2(
        tf.function(lambda *given: tf.nest.flatten(function(*given))).get_concrete_function(*specs))
    tf.io.write_graph(frozen.graph, str(path.parent), path.name, as_text=False)
    names = [t.name.removesuffix(":0") for t in frozen.outputs]
    return dict(zip(names, [t.numpy() for t in frozen(*map(tf.constant, inputs))]))


def judge(function, inputs, unknown, folder):
    path, xml = folder / "model.pb", folder / "model.xml"
    want = freeze(function, inputs, unknown, path)
    outputs = ",".join(want)
    run = subprocess.run([PROGRAM, "import", path, "-o", xml, "--quiet", "--output", outputs],
                         capture_output=True, text=True)
    if run.returncode:
        return run.stderr.strip()
    feeds = kept(xml, {f"in{i}": array for i, array in enumerate(inputs)})
    return first_difference(
        [("requant", lambda: by_requant(xml, feeds, folder, "--backend", "reference")),
         ("OpenVINO", lambda: by_openvino(xml, feeds))], want)


CASES = [(name, functools.partial(judge, function, inputs, unknown)) for path in sorted(HERE.glob("tf_*.py"))
         for name, function, inputs, unknown in importlib.import_module(path.stem).CASES]
sys.exit(run_cases(CASES, "TensorFlow graphs equal TensorFlow"))
