"""Models for measuring speed, with random weights, as IR.
usage: make_models.py resnet50|vit-s OUT.xml | chain OUT.xml LAYERS | large OUT.xml MB"""
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


def linear(x, width):
    """Over the last axis, with bias."""
    inputs = x.get_output_partial_shape(0)[-1].get_length()
    weights = RANDOM.standard_normal((width, inputs), np.float32) * np.float32(1 / np.sqrt(inputs))
    return op.add(op.matmul(x, weights, False, True), np.zeros((1, 1, width), np.float32))


def norm(x):
    width = x.get_output_partial_shape(0)[-1].get_length()
    scale = 1 + np.float32(0.2) * RANDOM.standard_normal((1, 1, width), np.float32)
    return op.multiply(op.mvn(x, [-1], True, 1e-6, "INSIDE_SQRT"), scale)


def attention(x, heads):
    _, tokens, width = (d.get_length() for d in x.get_output_partial_shape(0))
    split = [op.transpose(op.reshape(linear(x, width), [1, tokens, heads, width // heads], False),
                          [0, 2, 1, 3]) for _ in range(3)]
    scores = op.multiply(op.matmul(split[0], split[1], False, True), np.float32((width // heads)**-0.5))
    mixed = op.transpose(op.matmul(op.softmax(scores, 3), split[2], False, False), [0, 2, 1, 3])
    return linear(op.reshape(mixed, [1, tokens, width], False), width)


def vit_s():
    """Dosovitskiy and others 2021, small: 16x16 patches of 224x224, 12 blocks of 384, 6 heads."""
    image = op.parameter([1, 3, 224, 224], np.float32, name="image")
    weights = RANDOM.standard_normal((384, 3, 16, 16), np.float32) * np.float32(0.04)
    patches = op.convolution(image, weights, [16, 16], [0, 0], [0, 0], [1, 1])
    x = op.transpose(op.reshape(patches, [1, 384, 196], False), [0, 2, 1])
    x = op.concat([op.constant(RANDOM.standard_normal((1, 1, 384), np.float32)), x], 1)
    x = op.add(x, RANDOM.standard_normal((1, 197, 384), np.float32) * np.float32(0.2))
    for _ in range(12):
        x = op.add(x, attention(norm(x), 6))
        x = op.add(x, linear(op.gelu(linear(norm(x), 1536), "erf"), 384))
    first = op.reshape(op.gather(norm(x), np.int64(0), np.int64(1)), [1, 1, 384], False)
    return ov.Model([op.reshape(linear(first, 1000), [1, 1000], False)], [image], "vit-s")


def chain(layers):
    """Convolution, Add, ReLU, one after another: `layers` of them on 8 channels of 4x4."""
    image = op.parameter([1, 8, 4, 4], np.float32, name="image")
    y = image
    for _ in range(layers // 3):
        y = op.relu(convolution(y, 8, 1))
    return ov.Model([y], [image], f"chain{layers}")


def large(megabytes):
    """A multilayer perceptron: weights of 64 MB each, or of 4 MB for less than 1 GB of them."""
    width = 4096 if megabytes >= 1000 else 1024
    features = op.parameter([1, width], np.float32, name="features")
    y = features
    for _ in range(max(1, round(megabytes * 1e6 / (4 * width * width)))):
        weights = RANDOM.standard_normal((width, width), np.float32) * np.float32(np.sqrt(2 / width))
        y = op.relu(op.add(op.matmul(y, weights, False, True), RANDOM.standard_normal((1, width), np.float32)))
    return ov.Model([y], [features], f"large{megabytes}")


if __name__ == "__main__":
    kind, out = sys.argv[1:3]
    number = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    makers = {"resnet50": resnet50, "vit-s": vit_s, "chain": lambda: chain(number), "large": lambda: large(number)}
    model = makers[kind]()
    ov.save_model(model, out, compress_to_fp16=False)
