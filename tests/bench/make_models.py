"""Models for measuring speed, with random weights, as IR.
usage: make_models.py resnet50 OUT.xml | chain OUT.xml LAYERS"""
import sys

import numpy as np
import openvino as ov
from openvino import opset1
from openvino import opset13 as op

RANDOM = np.random.default_rng(0)


def convolution(x, channels, kernel, stride=1):
    """With bias, padded to keep the size but for the stride; He's initial weights."""
    inputs = x.get_output_partial_shape(0)[1].get_length()
    scale = np.sqrt(2 / (inputs * kernel * kernel))
    weights = RANDOM.standard_normal((channels, inputs, kernel, kernel), np.float32) * np.float32(scale)
    pad = [kernel // 2] * 2
    y = op.convolution(x, weights, [stride] * 2, pad, pad, [1, 1])
    return op.add(y, RANDOM.standard_normal((1, channels, 1, 1), np.float32) * np.float32(0.1))


def bottleneck(x, width, stride):
    y = op.relu(convolution(x, width, 1))
    y = op.relu(convolution(y, width, 3, stride))
    y = op.multiply(convolution(y, 4 * width, 1), np.float32(0.25))  # keeps the sum of 16 in bounds
    grows = stride != 1 or x.get_output_partial_shape(0)[1].get_length() != 4 * width
    return op.relu(op.add(y, convolution(x, 4 * width, 1, stride) if grows else x))


def resnet50():
    """He and others 2015, with the stride on the 3x3 convolution; 224x224, 1000 classes."""
    image = op.parameter([1, 3, 224, 224], np.float32, name="image")
    y = op.relu(convolution(image, 64, 7, 2))
    y = opset1.max_pool(y, [2, 2], [1, 1], [1, 1], [3, 3])
    for width, blocks, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for block in range(blocks):
            y = bottleneck(y, width, stride if block == 0 else 1)
    y = op.reshape(op.reduce_mean(y, [2, 3], False), [1, 2048], False)
    weights = RANDOM.standard_normal((1000, 2048), np.float32) * np.float32(0.02)
    return ov.Model([op.softmax(op.matmul(y, weights, False, True), 1)], [image], "resnet50")


def chain(layers):
    """Convolution, Add, ReLU, one after another: `layers` of them on 8 channels of 4x4."""
    image = op.parameter([1, 8, 4, 4], np.float32, name="image")
    y = image
    for _ in range(layers // 3):
        y = op.relu(convolution(y, 8, 1))
    return ov.Model([y], [image], f"chain{layers}")


if __name__ == "__main__":
    kind, out = sys.argv[1:3]
    model = resnet50() if kind == "resnet50" else chain(int(sys.argv[3]))
    ov.save_model(model, out, compress_to_fp16=False)
