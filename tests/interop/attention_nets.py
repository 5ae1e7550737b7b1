"""Networks of attention as frameworks export them, two blocks each, with seeded weights and the loud
channels that trained ones have. Each gives (model, feed(rng, width): one set of inputs by name)."""
import numpy as np
import openvino as ov
from openvino import opset13 as op

WIDTH, HEADS, LENGTH, WORDS = 64, 4, 16, 50
EACH = WIDTH // HEADS


def i64(*values):
    return op.constant(np.array(values, np.int64))


def f32(value):
    return op.constant(np.array(value, np.float32))


def parameter(name, shape, dtype=np.float32):
    x = op.parameter(ov.PartialShape(list(shape)), dtype, name=name)
    x.output(0).get_tensor().set_names({name})
    return x


class Layers:
    def __init__(self, seed):
        self.rng, self.products = np.random.default_rng(seed), []

    def normal(self, *shape, scale=1.0):
        return f32(self.rng.standard_normal(shape) * scale)

    def product(self, x, inputs, outputs, bias=True):
        name = f"product_{len(self.products)}"
        y = op.matmul(x, self.normal(outputs, inputs, scale=inputs ** -.5), False, True)
        y.set_friendly_name(name)
        self.products.append(name)
        return op.add(y, self.normal(1, 1, outputs, scale=.1)) if bias else y

    def gains(self, loud=15.0):
        """Two channels of a norm are much louder than the others."""
        gains = 1 + .2 * self.rng.standard_normal(WIDTH)
        gains[self.rng.choice(WIDTH, 2, False)] = loud
        return f32(gains.reshape(1, 1, WIDTH))

    def spelled_norm(self, x):
        """LayerNorm as torch.onnx.export spells it."""
        centred = op.subtract(x, op.reduce_mean(x, i64(-1), True))
        variance = op.reduce_mean(op.power(centred, f32(2)), i64(-1), True)
        y = op.divide(centred, op.sqrt(op.add(variance, f32(1e-5))))
        return op.add(op.multiply(y, self.gains()), self.normal(1, 1, WIDTH, scale=.1))

    def mvn_norm(self, x):
        y = op.mvn(x, i64(-1), True, 1e-5, "inside_sqrt")
        return op.add(op.multiply(y, self.gains()), self.normal(1, 1, WIDTH, scale=.1))

    def rms_norm(self, x):
        mean = op.reduce_mean(op.power(x, f32(2)), i64(-1), True)
        return op.multiply(op.divide(x, op.sqrt(op.add(mean, f32(1e-6)))), self.gains())

    def mlp(self, x, activation, hidden=4 * WIDTH):
        return self.product(activation(self.product(x, WIDTH, hidden)), hidden, WIDTH)

    def qkv(self, x):
        return [heads_of(self.product(x, WIDTH, WIDTH)) for _ in range(3)]

    def attention(self, x, mask=None, qkv=None):
        q, k, v = qkv or self.qkv(x)
        return self.product(joined(attend(q, k, v, mask)), WIDTH, WIDTH)


def heads_of(x):
    return op.transpose(op.reshape(x, i64(0, 0, HEADS, EACH), True), i64(0, 2, 1, 3))


def joined(x):
    return op.reshape(op.transpose(x, i64(0, 2, 1, 3)), i64(0, 0, WIDTH), True)


def attend(q, k, v, mask):
    scores = op.multiply(op.matmul(q, k, False, True), f32(EACH ** -.5))
    return op.matmul(op.softmax(op.add(scores, mask) if mask is not None else scores, -1), v, False, False)


def erf_gelu(x):
    """x * 0.5 * (1 + erf(x / sqrt(2))), as it is exported."""
    return op.multiply(op.multiply(x, op.add(op.erf(op.divide(x, f32(2 ** .5))), f32(1))), f32(.5))


def quick_gelu(x):
    return op.multiply(x, op.sigmoid(op.multiply(x, f32(1.702))))


def causal(length):
    return f32(np.triu(np.full((1, 1, length, length), -1e4), 1))


def words(rng, length=LENGTH):
    return {"ids": rng.integers(0, WORDS, (1, length)).astype(np.int64)}


def embedded(net, ids):
    table = net.normal(WORDS, WIDTH)
    places = net.normal(1, LENGTH, WIDTH, scale=.3)
    return op.add(op.gather(table, ids, op.constant(np.int64(0))), places)


def bert():
    """The norm behind each sum, a mask of padding; LayerNorm and GELU spelled out."""
    net = Layers(1)
    ids, given = parameter("ids", [1, LENGTH], np.int64), parameter("mask", [1, LENGTH], np.int64)
    mask = op.multiply(op.subtract(f32(1), op.convert(op.unsqueeze(given, i64(1, 2)), "f32")), f32(-1e4))
    x = net.spelled_norm(embedded(net, ids))
    for _ in range(2):
        x = net.spelled_norm(op.add(x, net.attention(x, mask)))
        x = net.spelled_norm(op.add(x, net.mlp(x, erf_gelu)))

    def feed(rng):
        length = rng.integers(4, LENGTH + 1)
        return words(rng) | {"mask": (np.arange(LENGTH)[None] < length).astype(np.int64)}
    return net, ov.Model([op.result(x)], [ids, given]), feed


def vit():
    """Patches by a convolution, a class token, the norm before; q, k and v from one product."""
    net = Layers(2)
    image = parameter("x", [1, 3, 32, 32])
    patches = op.convolution(image, net.normal(WIDTH, 3, 8, 8, scale=.05), [8, 8], [0, 0], [0, 0], [1, 1])
    x = op.transpose(op.reshape(patches, i64(1, WIDTH, LENGTH), False), i64(0, 2, 1))
    x = op.add(op.concat([net.normal(1, 1, WIDTH), x], 1), net.normal(1, LENGTH + 1, WIDTH, scale=.3))
    for _ in range(2):
        y = op.reshape(net.product(net.mvn_norm(x), WIDTH, 3 * WIDTH), i64(1, LENGTH + 1, 3, HEADS, EACH), False)
        parts = op.split(op.transpose(y, i64(2, 0, 3, 1, 4)), op.constant(np.int64(0)), 3)
        x = op.add(x, net.attention(None, None, [op.squeeze(p, i64(0)) for p in parts.outputs()]))
        x = op.add(x, net.mlp(net.mvn_norm(x), lambda y: op.gelu(y, "erf")))
    head = op.gather(net.mvn_norm(x), op.constant(np.int64(0)), op.constant(np.int64(1)))
    y = op.matmul(head, net.normal(10, WIDTH, scale=.2), False, True)
    return net, ov.Model([op.result(y)], [image]), lambda rng: {
        "x": rng.standard_normal((1, 3, 32, 32)).astype(np.float32)}


def swin():
    """Windows of 4x4 places, shifted in the second block with a mask; a bias by relative place; two
    by two patches merged behind them."""
    net, side, window = Layers(3), 8, 4
    x = parameter("x", [1, side, side, WIDTH])

    def split(y):
        y = op.reshape(y, i64(side // window, window, side // window, window, WIDTH), False)
        return op.reshape(op.transpose(y, i64(0, 2, 1, 3, 4)), i64(-1, window * window, WIDTH), False)

    def join(y):
        y = op.reshape(y, i64(side // window, side // window, window, window, WIDTH), False)
        return op.reshape(op.transpose(y, i64(0, 2, 1, 3, 4)), i64(1, side, side, WIDTH), False)

    def shifted(y, by):
        return op.roll(y, i64(by, by), i64(1, 2)) if by else y
    y = x
    for shift in (0, window // 2):
        bias = net.normal(1, HEADS, window ** 2, window ** 2)
        if shift:
            bias = op.add(bias, f32(net.rng.choice([0, -100], ((side // window) ** 2, 1, window ** 2, window ** 2),
                                                   p=[.7, .3])))
        inside = split(shifted(op.reshape(net.mvn_norm(op.reshape(y, i64(1, -1, WIDTH), False)),
                                          i64(1, side, side, WIDTH), False), -shift))
        y = op.add(y, shifted(join(net.attention(inside, bias)), shift))
        flat = op.reshape(y, i64(1, -1, WIDTH), False)
        y = op.reshape(op.add(flat, net.mlp(net.mvn_norm(flat), lambda z: op.gelu(z, "erf"))),
                       i64(1, side, side, WIDTH), False)
    quarters = [op.strided_slice(y, i64(0, a, b, 0), i64(1, side, side, WIDTH), i64(1, 2, 2, 1), [0] * 4, [0] * 4)
                for b in (0, 1) for a in (0, 1)]
    merged = op.reshape(op.concat(quarters, 3), i64(1, -1, 4 * WIDTH), False)
    y = net.product(op.mvn(merged, i64(-1), True, 1e-5, "inside_sqrt"), 4 * WIDTH, 2 * WIDTH, False)
    return net, ov.Model([op.result(y)], [x]), lambda rng: {
        "x": rng.standard_normal((1, side, side, WIDTH)).astype(np.float32)}


def clip_text():
    """A causal mask, quick GELU, the word with the highest number pooled."""
    net = Layers(4)
    ids = parameter("ids", [1, LENGTH], np.int64)
    x = embedded(net, ids)
    for _ in range(2):
        x = op.add(x, net.attention(net.spelled_norm(x), causal(LENGTH)))
        x = op.add(x, net.mlp(net.spelled_norm(x), quick_gelu))
    last = op.topk(ids, op.constant(np.int64(1)), 1, "max", "none")
    pooled = op.gather(net.spelled_norm(x), last.output(1), op.constant(np.int64(1)), 1)
    return net, ov.Model([op.result(net.product(op.reshape(pooled, i64(1, 1, WIDTH), False), WIDTH, 32, False))],
                         [ids]), words


def rotated(x, angles):
    halves = op.split(x, op.constant(np.int64(3)), 2)
    turned = op.concat([op.multiply(halves.output(1), f32(-1)), halves.output(0)], 3)
    return op.add(op.multiply(x, op.cos(angles)), op.multiply(turned, op.sin(angles)))


def cached(name, x):
    """The keys or values of earlier calls before these, kept for the next."""
    old = op.read_value(op.broadcast(f32(0), i64(1, HEADS, 0, EACH)), name, ov.Type.f32,
                        ov.PartialShape([1, HEADS, -1, EACH]))
    y = op.concat([old, x], 2)
    return y, op.assign(y, name)


def decoder():
    """RMSNorm, rotary positions, keys and values in states, SwiGLU: [1, ?] words, called in turn."""
    net, sinks = Layers(5), []
    ids, start = parameter("ids", [1, -1], np.int64), parameter("start", [1], np.int64)
    x = op.gather(net.normal(WORDS, WIDTH), ids, op.constant(np.int64(0)))
    count = op.gather(op.shape_of(ids), i64(1), op.constant(np.int64(0)))
    places = op.add(op.range(op.constant(np.int64(0)), op.squeeze(count, i64(0)), op.constant(np.int64(1)), "i64"), start)
    turns = 100.0 ** (-np.arange(EACH // 2) * 2 / EACH)
    angles = op.multiply(op.convert(op.unsqueeze(places, i64(1)), "f32"), f32(np.concatenate([turns, turns])[None]))
    for block in range(2):
        q, k, v = net.qkv(net.rms_norm(x))
        k, kept = cached(f"k{block}", rotated(k, angles))
        v, also = cached(f"v{block}", v)
        sinks += [kept, also]
        x = op.add(x, net.attention(None, None, [rotated(q, angles), k, v]))
        y = net.rms_norm(x)
        gate = net.product(y, WIDTH, 3 * WIDTH, False)
        y = op.multiply(op.swish(gate), net.product(y, WIDTH, 3 * WIDTH, False))
        x = op.add(x, net.product(y, 3 * WIDTH, WIDTH, False))
    y = net.product(net.rms_norm(x), WIDTH, WORDS, False)
    return net, ov.Model([op.result(y)], sinks, [ids, start]), lambda rng: words(
        rng, rng.integers(3, LENGTH)) | {"start": np.zeros(1, np.int64)}


def fused_attention():
    """ScaledDotProductAttention with its causal mask, as newer exporters make it."""
    net = Layers(6)
    ids = parameter("ids", [1, LENGTH], np.int64)
    x = embedded(net, ids)
    for _ in range(2):
        q, k, v = net.qkv(net.mvn_norm(x))
        y = op.scaled_dot_product_attention(q, k, v, causal=True)
        x = op.add(x, net.product(joined(y), WIDTH, WIDTH))
        x = op.add(x, net.mlp(net.mvn_norm(x), lambda z: op.gelu(z, "tanh")))
    return net, ov.Model([op.result(net.mvn_norm(x))], [ids]), words


# With the least SQNR in dB; NNCF 3.4's TRANSFORMER mode: 15.1, 20.4, 21.9, 19.1, 14.2 and 19.0.
NETS = {bert: 14, vit: 18, swin: 21, clip_text: 22, decoder: 15, fused_attention: 20}
