"""TensorFlow's loops, lists, recurrent layers and conditions."""
import numpy as np
import tensorflow as tf

from functionbook import Functionbook, data

layers = tf.keras.layers
book = Functionbook()
add = book.add
CASES = book.cases


def layer(name, made, *shape):
    tf.keras.utils.set_random_seed(len(CASES))
    made.build(shape)
    for weight in made.weights:
        weight.assign(data(*weight.shape, low=-0.5, high=0.5, seed=len(CASES)))
    add(name, made, data(*shape))


for kind in (layers.LSTM, layers.GRU, layers.SimpleRNN):
    name = kind.__name__
    layer(name, kind(6), 2, 20, 5)
    layer(f"{name} of all steps", kind(6, return_sequences=True), 2, 20, 5)
    layer(f"{name} backwards", kind(6, return_sequences=True, go_backwards=True), 2, 20, 5)
    layer(f"{name} both ways", layers.Bidirectional(kind(6, return_sequences=True)), 2, 20, 5)
layer("LSTM with states", layers.LSTM(6, return_sequences=True, return_state=True), 2, 20, 5)
layer("GRU reset before", layers.GRU(6, reset_after=False), 2, 20, 5)
layer("LSTM of few steps", layers.LSTM(6), 2, 3, 5)
layer("ConvLSTM2D", layers.ConvLSTM2D(3, 3, padding="same", return_sequences=True), 1, 6, 8, 8, 2)
layer("stacked cells", layers.RNN([layers.LSTMCell(6), layers.GRUCell(4)]), 2, 20, 5)


def count_to(n, step):
    return lambda x: tf.while_loop(lambda i, v: i < n, lambda i, v: (i + 1, step(i, v)),
                                   (tf.constant(0), x))[1]


def halve(i, v):
    return v * 0.5 + tf.cast(i, tf.float32)


for n in (0, 1, 5, 100):
    add(f"while {n} times", count_to(n, halve), data(2, 3))
add("while in while", count_to(20, lambda i, v: count_to(20, lambda j, w: tf.sin(w + v))(v)),
    data(2, 3))
add("while with a condition", count_to(
    30, lambda i, v: tf.cond(tf.reduce_sum(v) > 1, lambda: v * 0.3, lambda: v + 1)), data(2, 3))
add("while the sum is small", lambda x: tf.while_loop(
    lambda v, n: tf.reduce_sum(v) < 100, lambda v, n: (v * 1.5 + 1, n + 1),
    (tf.abs(x), tf.constant(0))), data(2, 3))
add("while it grows", lambda x: tf.while_loop(
    lambda i, v: i < 20, lambda i, v: (i + 1, tf.concat([v, x * tf.cast(i, tf.float32)], 0)),
    (tf.constant(0), x), shape_invariants=(tf.TensorShape([]), tf.TensorShape([None, 3])))[1],
    data(2, 3))
add("map_fn", lambda x: tf.map_fn(lambda a: tf.nn.softmax(a) + tf.reduce_sum(a), x), data(20, 3))
add("map_fn of products", lambda x: tf.map_fn(lambda a: tf.matmul(a, a, transpose_b=True), x),
    data(20, 3, 4))
add("scan", lambda x: tf.scan(lambda s, a: s * 0.9 + a, x), data(20, 3))
add("scan from a value", lambda x: tf.scan(lambda s, a: s * 0.9 + a, x, tf.ones([3])), data(20, 3))
add("scan backwards", lambda x: tf.scan(lambda s, a: s * 0.9 + a, x, reverse=True), data(20, 3))


def written(x):
    array = tf.TensorArray(tf.float32, size=30, clear_after_read=False).write(0, x)
    return tf.while_loop(lambda i, a: i < 30, lambda i, a: (i + 1, a.write(i, a.read(i - 1) * 0.9)),
                         (tf.constant(1), array))[1].stack()


add("TensorArray read where it is written", written, data(2, 3))
add("cond", lambda x: tf.cond(tf.reduce_sum(x) > 0, lambda: -x, lambda: x * 2), data(2, 3))
add("cond of two shapes", lambda x: tf.cond(tf.reduce_sum(x) > 99, lambda: x, lambda: x[:1]),
    data(2, 3))
add("cond of constants", lambda x: tf.cond(tf.reduce_sum(x) > 0, lambda: 1.0, lambda: 2.0) * x,
    np.float32([1, 2]))
for n in (-1, 0, 1, 2, 7):
    add(f"branch {n} of three", lambda x, n=n: tf.switch_case(
        tf.cast(tf.reduce_sum(x) * 0, tf.int32) + n, [lambda: x + 1, lambda: x * 2, lambda: -x]),
        data(2, 3))
add("branches of several results", lambda x: tf.switch_case(
    tf.cast(tf.reduce_max(x) * 3, tf.int32), [lambda: (x, -x), lambda: (x * 2, x), lambda: (-x, x)]),
    data(2, 3))
