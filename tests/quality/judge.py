"""Runs models in OpenVINO on the inputs not calibrated with. Prints JSON: of each model, SQNR (mean
over outputs, and each one's) and metric in INT8, and SQNR as float FakeQuantize (without what INT8
sums lose on this processor).
usage: judge.py SUBJECT WORK FP32.xml [MODEL.xml ...]"""
import json
import statistics
import sys

import openvino as ov

import metrics
from subjects import subject_of

FLOAT = {"LP_TRANSFORMS_MODE": "NO"}


def outputs_of(path, inputs, config):
    """A tuple of all outputs for each input."""
    compiled = ov.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32",
                                                     "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0, **config})
    request = compiled.create_infer_request()
    return [tuple(value.copy() for value in request.infer(x).values()) for x in inputs]


def main():
    name, work, base, *paths = sys.argv[1:]
    subject = subject_of(name)
    _, rows = subject.rows(work)
    inputs = [subject.prepare.load(file) for file, _ in rows]
    truths = [truth for _, truth in rows]
    reference = outputs_of(base, inputs, {})

    def metric(outputs):
        scored = ([o[subject.output] for o in tuples] for tuples in (outputs, reference))
        return subject.score(*scored, truths)

    scores = {base: {"metric": metric(reference), "inputs": len(rows)}}
    for path in dict.fromkeys(paths):
        integer, real = (outputs_of(path, inputs, config) for config in ({}, FLOAT))
        each = metrics.sqnr(integer, reference)
        scores[path] = {"metric": metric(integer), "inputs": len(rows),
                        "sqnr": statistics.mean(each), "sqnr_of_outputs": each,
                        "sqnr_float": statistics.mean(metrics.sqnr(real, reference))}
    print(json.dumps(scores))


if __name__ == "__main__":
    main()
