"""SQNR in dB of INT8 models against the model that they came from, in OpenVINO: the mean over its
outputs. Prints JSON: a figure for each model.
usage: judge.py FP32.xml IMAGES COUNT INT8.xml...   (the last COUNT images: calibrate with others)"""
import json
import sys

import numpy as np
import openvino as ov

from preprocess import listing, picture_of

EXACT = {"INFERENCE_PRECISION_HINT": "f32", "DYNAMIC_QUANTIZATION_GROUP_SIZE": 0}


def outputs(path, pictures, shape):
    """All images of each output as one array of double."""
    model = ov.Core().read_model(path)
    model.reshape(shape)
    request = ov.Core().compile_model(model, "CPU", EXACT).create_infer_request()
    rows = [[value.astype(np.float64) for value in request.infer(x).values()] for x in pictures]
    return [np.stack(column) for column in zip(*rows)]


def decibels(exact, value):
    signal, noise = np.sum(exact**2), np.sum((exact - value)**2)
    return float(10 * np.log10(signal / noise)) if noise and signal else float("inf")


base, images, count, *paths = sys.argv[1:]
picture = picture_of(ov.Core().read_model(base))
pictures = [picture.load(file) for file in listing(images, 1 << 30)[-int(count):]]
exact = outputs(base, pictures, picture.shape())
print(json.dumps([float(np.mean([decibels(a, b) for a, b in zip(exact, outputs(path, pictures, picture.shape()))]))
                  for path in paths]))
