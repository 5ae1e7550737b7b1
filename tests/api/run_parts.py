"""A model that `requant split` cut into parts, run part by part: IRs by OpenVINO, the others by their own framework.

    python3 run_parts.py parts/offload.json image=x.npy ...    (writes each output as NAME.npy)
"""
import json
import os
import sys

import numpy as np


def run_ir(folder, part, values):
    import openvino as ov
    model = ov.Core().compile_model(os.path.join(folder, part["ir"]), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    results = model({name: values[name] for name in part["inputs"]})
    return {name: results[model.output(name)] for name in part["outputs"]}


def run_tensorflow(folder, part, values):
    import tensorflow.compat.v1 as tf
    graph_def = tf.GraphDef()
    with open(os.path.join(folder, part["tensorflow"]), "rb") as file:
        graph_def.ParseFromString(file.read())
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(graph_def, name="")
        feeds = {name: values[ours].astype(graph.get_tensor_by_name(name).dtype.as_numpy_dtype)
                 for name, ours in part["feeds"].items()}
        with tf.Session(graph=graph) as session:
            results = session.run(list(part["fetches"]), feeds)
    return dict(zip(part["fetches"].values(), results))


def run_onnxruntime(folder, part, values):
    import onnx.utils
    import onnxruntime
    feeds, fetches = list(part["feeds"]), list(part["fetches"])
    whole = onnx.load(os.path.join(folder, part["onnxruntime"]))
    model = onnx.utils.Extractor(onnx.shape_inference.infer_shapes(whole)).extract_model(feeds, fetches)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    results = session.run(fetches, dict(zip(feeds, (values[n] for n in part["feeds"].values()))))
    return dict(zip(part["fetches"].values(), results))


def run_parts(path, values):
    with open(path) as file:
        model = json.load(file)
    for part in model["parts"]:
        run = run_ir if "ir" in part else run_tensorflow if "tensorflow" in part else run_onnxruntime
        values.update(run(os.path.dirname(path), part, values))
    return {name: values[value] for name, value in model["outputs"].items()}


if __name__ == "__main__":
    given = dict(argument.split("=", 1) for argument in sys.argv[2:])
    for name, value in run_parts(sys.argv[1], {n: np.load(f) for n, f in given.items()}).items():
        np.save(name.replace("/", "_").replace(":", "_") + ".npy", value)
        print(name, value.shape)
