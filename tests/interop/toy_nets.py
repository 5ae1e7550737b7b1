"""Small convolutional networks with seeded weights, one for each way of building graphs."""
import numpy as np
import openvino as ov
from openvino import opset13 as op

SIZE = 32


def image(shape=(1, 3, SIZE, SIZE)):
    x = op.parameter(ov.PartialShape(list(shape)), np.float32, name="x")
    x.output(0).get_tensor().set_names({"x"})
    return x


class Layers:
    """Layers whose weights come from one seed; counts those that should run in INT8."""

    def __init__(self):
        self.rng = np.random.default_rng(11)
        self.convolutions = self.products = 0

    def weights(self, *shape):
        fan = np.prod(shape[1:])
        return op.constant((self.rng.standard_normal(shape) / np.sqrt(fan)).astype(np.float32))

    def bias(self, x, n):
        return op.add(x, op.constant(self.rng.standard_normal((1, n, 1, 1)).astype(np.float32) / 4))

    def conv(self, x, inputs, outputs, kernel=3, stride=1, int8=True):
        self.convolutions += int8
        pad = [kernel // 2] * 2
        y = op.convolution(x, self.weights(outputs, inputs, kernel, kernel), [stride] * 2, pad, pad,
                           [1, 1])
        return self.bias(y, outputs)

    def depthwise(self, x, n):
        self.convolutions += 1
        weights = op.constant(self.rng.standard_normal((n, 1, 1, 3, 3)).astype(np.float32) / 3)
        return self.bias(op.group_convolution(x, weights, [1, 1], [1, 1], [1, 1], [1, 1]), n)

    def product(self, x, inputs, outputs):
        self.products += 1
        return op.matmul(x, self.weights(outputs, inputs), False, True)

    def normalized(self, x):
        return op.multiply(op.subtract(x, op.constant(np.float32(127))), op.constant(np.float32(1 / 64)))

    def head(self, x, n):
        pooled = op.reduce_mean(x, op.constant([2, 3]), False)
        return self.product(pooled, n, 5)


def plain(net, shape=(1, 3, SIZE, SIZE)):
    x = image(shape)
    y = op.relu(net.conv(net.normalized(x), 3, 16))
    y = op.relu(net.conv(y, 16, 24, stride=2))
    return [net.head(y, 24)], x


def encoder():
    """A table, and MatMuls of both layouts: 96 x 128 has groups of 64, 120 of 60. For compression."""
    rng = np.random.default_rng(5)

    def weights(*shape):
        return op.constant((rng.standard_normal(shape) / 10).astype(np.float32))

    ids = op.parameter([1, 16], np.int64, name="ids")
    ids.output(0).get_tensor().set_names({"ids"})
    y = op.gather(weights(500, 128), ids, op.constant(np.int64(0)))
    y = op.gelu(op.matmul(y, weights(96, 128), False, True), "erf")
    y = op.gelu(op.matmul(y, weights(96, 120), False, False), "erf")
    y = op.matmul(y, weights(64, 120), False, True)
    y = op.matmul(op.tanh(y), weights(8, 64), False, True)
    return ov.Model([y], [ids], "encoder"), {"ids": rng.integers(0, 500, (1, 16))}


def dynamic(net):
    return plain(net, (-1, 3, -1, -1))


def nhwc(net):
    x = image((1, SIZE, SIZE, 3))
    y = op.transpose(net.normalized(x), op.constant([0, 3, 1, 2]))
    y = op.relu(net.conv(y, 3, 16, stride=2))
    return [net.head(y, 16)], x


def two_outputs(net):
    x = image()
    y = op.relu(net.conv(net.normalized(x), 3, 16, stride=2))
    return [net.head(y, 16), op.sigmoid(net.conv(y, 16, 8, 1))], x


def branches(net):
    x = image()
    y = op.relu(net.conv(net.normalized(x), 3, 16, stride=2))
    left, right = op.relu(net.conv(y, 16, 8, 1)), op.relu(net.conv(y, 16, 8, 3))
    pooled = op.max_pool(y, [1, 1], [1, 1], [1, 1], [1, 1], [3, 3]).output(0)
    joined = op.concat([left, right, pooled], 1)
    return [net.head(op.relu(net.conv(joined, 32, 16, 1)), 16)], x


def depthwise(net):
    x = image()
    y = op.clamp(net.conv(net.normalized(x), 3, 16, stride=2), 0, 6)
    y = op.clamp(net.depthwise(y, 16), 0, 6)
    return [net.head(net.conv(y, 16, 24, 1), 24)], x


def residual(net):
    x = image()
    y = op.relu(net.conv(net.normalized(x), 3, 16, stride=2))
    inner = net.conv(op.relu(net.conv(y, 16, 16)), 16, 16)
    return [net.head(op.relu(op.add(y, inner)), 16)], x


def squeeze_excite(net):
    x = image()
    y = op.relu(net.conv(net.normalized(x), 3, 16, stride=2))
    s = op.reduce_mean(y, op.constant([2, 3]), True)
    s = op.relu(net.conv(s, 16, 4, 1, int8=False))  # tiny and sensitive: these stay FP32
    s = op.sigmoid(net.conv(s, 4, 16, 1, int8=False))
    return [net.head(op.relu(net.conv(op.multiply(y, s), 16, 16, 1)), 16)], x


def products(net):
    x = image()
    y = op.reshape(net.normalized(x), op.constant([1, -1]), False)
    y = op.relu(net.product(y, 3 * SIZE * SIZE, 64))
    return [net.product(y, 64, 10)], x


def channels_last(net):
    """As converters leave it: convolutions between Transposes, batch normalization behind them."""
    def conv(x, inputs, outputs, stride=1):
        net.convolutions += 1
        first = op.transpose(x, op.constant([0, 3, 1, 2]))
        y = op.convolution(first, net.weights(outputs, inputs, 3, 3), [stride] * 2, [1, 1], [1, 1],
                           [1, 1])
        last = op.transpose(y, op.constant([0, 2, 3, 1]))
        scale = op.constant(net.rng.uniform(0.5, 1.5, (1, 1, 1, outputs)).astype(np.float32))
        shift = op.constant(net.rng.standard_normal(outputs).astype(np.float32) / 4)
        return op.add(op.multiply(last, scale), shift)

    x = image((1, SIZE, SIZE, 3))
    y = op.relu(conv(net.normalized(x), 3, 16, 2))
    y = op.relu(op.add(y, conv(op.relu(conv(y, 16, 16)), 16, 16)))
    return [net.product(op.reduce_mean(y, op.constant([1, 2]), False), 16, 5)], x


ALL = [plain, dynamic, nhwc, two_outputs, branches, depthwise, residual, squeeze_excite, products,
       channels_last]


def build(make):
    """The model, and how many convolutions and products it has."""
    net = Layers()
    outputs, x = make(net)
    model = ov.Model([op.result(y) for y in outputs], [x], make.__name__)
    for i, result in enumerate(model.get_results()):
        result.input_value(0).get_tensor().set_names({f"out{i}"})
    return model, net.convolutions, net.products
