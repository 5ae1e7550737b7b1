"""tf.map_fn: bodies that have a form for all elements at once, and others."""
import numpy as np
import tensorflow as tf

from functionbook import Functionbook, data, whole

book = Functionbook()
CASES = book.cases
images = np.abs(data(18, 7, 6, 3))


def add(name, function, inputs=images, **more):
    for unknown in ((), (0,), (0, 1, 2)):
        if max(unknown, default=0) < inputs.ndim - 1:
            book.add(f"map_fn: {name}, unknown {unknown}", lambda x: tf.map_fn(function, x, **more), inputs, unknown=unknown)


add("scaled", lambda a: (a * 255 - 127.5) / 127.5)
add("resized", lambda a: tf.image.resize(a, (9, 11)))
add("resized and standardized", lambda a: tf.image.per_image_standardization(tf.image.resize(a, (9, 11))))
add("resized with pads", lambda a: tf.image.resize_with_pad(a, 9, 9))
add("cropped and flipped", lambda a: tf.image.resize(a[1:-1, :-1], (5, 5))[:, ::-1])
add("padded", lambda a: tf.pad(a, [[1, 1], [0, 2], [0, 0]]))
add("central crop", lambda a: tf.image.central_crop(a, 0.5))
add("contrast", lambda a: tf.image.adjust_contrast(a, 1.5))
add("grey", tf.image.rgb_to_grayscale)
add("hue, saturation, value", tf.image.rgb_to_hsv)
add("flipped", tf.image.flip_left_right)
add("convolved", lambda a: tf.nn.relu(tf.nn.conv2d(a[None], data(3, 3, 3, 4), 1, "SAME") + data(4))[0])
add("pooled", lambda a: tf.reduce_mean(tf.nn.max_pool2d(a[None], 2, 2, "SAME"), [0, 1, 2]))
add("transposed", lambda a: tf.transpose(a, [2, 0, 1]))
add("joined and split", lambda a: tf.split(tf.concat([a, a * 2], -1), 3, -1)[1])
add("two results", lambda a: (a * 2, tf.reduce_sum(a, -1)), fn_output_signature=(tf.float32, tf.float32))
add("bytes", lambda a: tf.image.convert_image_dtype(a, tf.float32), whole(18, 5, 4, 3, low=0, high=255, dtype=np.uint8),
    fn_output_signature=tf.float32)
add("rows", lambda i: tf.gather(data(9, 4), i), whole(18, 3, low=0, high=9), fn_output_signature=tf.float32)
add("softmax", lambda a: tf.nn.softmax(a) + tf.reduce_sum(a), data(18, 3))
add("products", lambda a: tf.matmul(tf.matmul(a, a, transpose_b=True), data(3, 5)), data(18, 3, 4))
add("numbers", lambda a: a * a + 1, data(18))
book.add("map_fn: two lists", lambda x, y: tf.map_fn(lambda p: p[0] * tf.reduce_max(p[1]) + p[1], (x, y),
                                                     fn_output_signature=tf.float32), images, images[::-1].copy())
book.add("map_fn: what all elements share", lambda x: tf.map_fn(lambda a, s=tf.reduce_max(x): a / s, x), images, unknown=(0,))
book.add("resize_with_pad of unknown sizes", lambda x: tf.image.resize_with_pad(x, 9, 9), images, unknown=(1, 2))
