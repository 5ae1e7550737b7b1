"""TensorFlow Lite's models, of floats and of quantized tensors: `requant import` against its interpreter.

usage: test_tflite.py [--case REGEX]     PROGRAM names the requant binary

What OpenVINO and `requant run` give of the imported graph must equal what the interpreter gives:
floats nearly, codes within one.
"""
import functools
import os
import subprocess
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import numpy as np
import openvino as ov
import tensorflow as tf

import tflite_built
from imported import CONFIG, PROGRAM, by_openvino, by_requant, first_difference, run_cases

RESOLVER = tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
rng = np.random.default_rng(18)


def weights(*shape):
    return tf.constant(rng.normal(0, 0.5, shape).astype(np.float32))


IMAGE, ROWS = (1, 9, 11, 4), (3, 7)
CASES = [  # name, function, shapes
    ("conv", lambda x: tf.nn.relu6(tf.nn.conv2d(x, weights(3, 3, 4, 6), 2, "SAME") + weights(6)), [IMAGE]),
    ("groups", lambda x: tf.nn.conv2d(x, weights(3, 3, 2, 6), 1, "VALID"), [IMAGE]),
    ("depthwise", lambda x: tf.nn.depthwise_conv2d(x, weights(3, 3, 4, 2), [1, 1, 1, 1], "SAME"), [IMAGE]),
    ("transposed", lambda x: tf.nn.conv2d_transpose(x, weights(3, 3, 5, 4), [1, 18, 22, 5], 2), [IMAGE]),
    ("dense", lambda x: tf.nn.relu(tf.matmul(x, weights(7, 5)) + weights(5)), [ROWS]),
    ("dense of three", lambda x: tf.tensordot(x, weights(4, 5), 1), [IMAGE]),
    ("products", lambda x, y: tf.matmul(x, y, transpose_b=True), [(2, 5, 6), (2, 4, 6)]),
    ("pools", lambda x: tf.nn.avg_pool2d(tf.nn.max_pool2d(x, 3, 2, "SAME"), 2, 1, "VALID"), [IMAGE]),
    ("sum", lambda x, y: tf.nn.relu(x + y), [IMAGE, IMAGE]),
    ("join", lambda x, y: tf.concat([x, tf.nn.relu(y)], -1), [IMAGE, IMAGE]),
    ("prelu", lambda x: tf.nn.relu(x) - weights(4) * tf.nn.relu(-x), [IMAGE]),
    ("softmax", tf.nn.softmax, [ROWS]),
    ("means", lambda x: tf.reduce_mean(x, [1, 2]), [IMAGE]),
    ("parts", lambda x: tf.split(x[:, 1:-1:2, ::-1], 2, -1), [IMAGE]),
    ("pads", lambda x: tf.pad(x, [[0, 0], [1, 2], [0, 3], [0, 0]]), [IMAGE]),
    ("resize", lambda x: tf.raw_ops.ResizeNearestNeighbor(images=x, size=(13, 30), half_pixel_centers=True), [IMAGE]),
    ("angles", lambda x, y: tf.atan2(x, y), [ROWS, ROWS]),
    ("spectra", lambda x: tf.abs(tf.signal.rfft2d(x)), [(2, 8, 16)]),
    ("parts of spectra", lambda x: tf.math.real(tf.signal.rfft2d(x)) + tf.math.imag(tf.signal.rfft2d(x)),
     [(2, 8, 16)]),
    ("blocks", lambda x: tf.nn.depth_to_space(x, 2), [IMAGE]),
]


def convert(function, shapes, quantized, path):
    specs = [tf.TensorSpec(shape, tf.float32, name=f"in{i}") for i, shape in enumerate(shapes)]
    traced = tf.function(function).get_concrete_function(*specs)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([traced])
    if quantized:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
        converter.representative_dataset = lambda: (
            [rng.normal(0, 1, shape).astype(np.float32) for shape in shapes] for _ in range(8))
    path.write_bytes(converter.convert())


def interpret(path):
    """Inputs and outputs by tensors' names."""
    interpreter = tf.lite.Interpreter(model_path=str(path), experimental_op_resolver_type=RESOLVER)
    interpreter.allocate_tensors()
    interpreter.reset_all_variables()
    inputs = {}
    for detail in interpreter.get_input_details():
        floats = detail["dtype"] == np.float32
        inputs[detail["name"]] = (rng.normal(0, 1, detail["shape"]).astype(np.float32) if floats else
                                  rng.integers(-128, 128, detail["shape"]).astype(detail["dtype"]))
        interpreter.set_tensor(detail["index"], inputs[detail["name"]])
    interpreter.invoke()
    return inputs, {d["name"]: interpreter.get_tensor(d["index"]) for d in interpreter.get_output_details()}


def difference(got, want):
    if got is None or got.shape != want.shape or got.dtype != want.dtype:
        return f"{None if got is None else (got.dtype, got.shape)}, expected {want.dtype} {want.shape}"
    furthest = np.abs(got.astype(float) - want.astype(float)).max()
    limit = 1 if want.dtype == np.int8 else 1e-5 * max(1.0, np.abs(want).max())
    return None if furthest <= limit else f"differs by up to {furthest:.3g}"


def judge(function, shapes, quantized, folder):
    convert(function, shapes, quantized, folder / "model.tflite")
    return judge_file(folder)


def judge_built(content, folder):
    (folder / "model.tflite").write_bytes(content)
    return judge_file(folder)


def judge_file(folder):
    path, xml = folder / "model.tflite", folder / "model.xml"
    inputs, want = interpret(path)
    subprocess.run([PROGRAM, "import", path, "-o", xml, "--quiet"], check=True, capture_output=True, text=True)
    return first_difference([("OpenVINO", lambda: by_openvino(xml, inputs)),
                             ("requant", lambda: by_requant(xml, inputs, folder))], want, difference)


class Counting(tf.Module):
    """Two variables that a run leaves to the next one, and one that none assigns."""

    def __init__(self):
        self.total, self.last = tf.Variable(tf.ones(ROWS)), tf.Variable(tf.zeros(ROWS))
        self.scale = tf.Variable(tf.fill(ROWS[1:], 2.0))

    @tf.function(input_signature=[tf.TensorSpec(ROWS, tf.float32, name="x")])
    def run(self, x):
        before = self.last.read_value()
        self.total.assign_add(x * self.scale)
        self.last.assign(x)
        return {"y": self.total * 2.0 + before, "z": self.total - x}


def judge_states(folder):
    """Three runs, one after the other; requant's first."""
    module, path, xml = Counting(), folder / "model.tflite", folder / "model.xml"
    converter = tf.lite.TFLiteConverter.from_concrete_functions([module.run.get_concrete_function()], module)
    converter.experimental_enable_resource_variables = True
    path.write_bytes(converter.convert())
    interpreter = tf.lite.Interpreter(model_path=str(path), experimental_op_resolver_type=RESOLVER)
    interpreter.allocate_tensors()
    theirs = interpreter.get_signature_runner()
    subprocess.run([PROGRAM, "import", path, "-o", xml, "--quiet"], check=True, capture_output=True, text=True)
    request = ov.Core().compile_model(xml, "CPU", CONFIG).create_infer_request()
    for step in range(3):
        x = rng.normal(0, 1, ROWS).astype(np.float32)
        want = theirs(x=x)
        runs = [("OpenVINO", lambda: (request.infer({"x": x}),
                                      {name: request.get_tensor(name).data for name in want})[1])]
        if step == 0:
            runs.append(("requant", lambda: by_requant(xml, {"x": x}, folder)))
        problem = first_difference(runs, want, difference)
        if problem:
            return f"run {step}: {problem}"
    return None


sys.exit(run_cases(
    [(f"{name}, {'INT8' if quantized else 'float'}", functools.partial(judge, function, shapes, quantized))
     for name, function, shapes in CASES for quantized in (False, True)] +
    [(name, functools.partial(judge_built, content)) for name, content in tflite_built.CASES] +
    [("states", judge_states)],
    "TensorFlow Lite models equal its interpreter"))
