"""Runs models in OpenVINO on the images not calibrated with. Prints JSON: of each model, SQNR and
metric in INT8, and SQNR as float FakeQuantize (without what INT8 sums lose on this processor).
usage: judge.py SUBJECT WORK FP32.xml [MODEL.xml ...]"""
import json
import sys

import openvino as ov

import metrics
from subjects import subject_of

FLOAT = {"LP_TRANSFORMS_MODE": "NO"}


def outputs_of(path, inputs, config):
    """The first output for each input."""
    compiled = ov.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32", **config})
    request = compiled.create_infer_request()
    return [request.infer({0: x})[0].copy() for x in inputs]


def main():
    name, work, base, *paths = sys.argv[1:]
    subject = subject_of(name)
    _, rows = subject.rows(work)
    inputs = [subject.prepare.load(file) for file, _ in rows]
    truths = [truth for _, truth in rows]
    reference = outputs_of(base, inputs, {})
    scores = {base: {"metric": subject.score(reference, reference, truths), "images": len(rows)}}
    for path in paths:
        integer, real = (outputs_of(path, inputs, config) for config in ({}, FLOAT))
        scores[path] = {"metric": subject.score(integer, reference, truths),
                        "sqnr": metrics.sqnr(integer, reference),
                        "sqnr_float": metrics.sqnr(real, reference)}
    print(json.dumps(scores))


if __name__ == "__main__":
    main()
