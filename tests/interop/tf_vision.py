"""TensorFlow's operators on images."""
import numpy as np
import tensorflow as tf

from functionbook import Functionbook, data, whole

raw = tf.raw_ops
book = Functionbook()
add = book.add
CASES = book.cases
image = data(2, 5, 6, 3, low=0, high=1)
boxes = np.float32([[0, 0, 1, 1], [0.2, 0.1, 0.7, 0.9], [-0.2, 0.5, 0.4, 1.3]])

for method in ("bilinear", "nearest"):
    add(f"CropAndResize {method}", lambda x, b, m=method: tf.image.crop_and_resize(x, b, [0, 1, 0], [4, 3], m, 0.5),
        image, boxes)
add("ExtractImagePatches", lambda x: tf.image.extract_patches(x, [1, 3, 2, 1], [1, 2, 1, 1], [1, 1, 2, 1], "SAME"), image)
add("MaxPoolWithArgmax", lambda x: tf.nn.max_pool_with_argmax(x, 2, 2, "SAME"), image)
add("MaxPoolWithArgmax in batches", lambda x: tf.nn.max_pool_with_argmax(x, 2, 1, "VALID", include_batch_in_index=True), image)
add("MaxPoolV2", lambda x: raw.MaxPoolV2(input=x, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="VALID"), image)
for method in ("area", "bicubic", "bilinear", "nearest"):
    for size in ((9, 11), (3, 4)):
        add(f"resize {method} {size[0]}", lambda x, m=method, s=size: tf.image.resize(x, s, m), image)
add("AdjustContrastv2", lambda x: tf.image.adjust_contrast(x, 1.7), image)
add("AdjustHue", lambda x: tf.image.adjust_hue(x, 0.2), image)
add("AdjustSaturation", lambda x: tf.image.adjust_saturation(x, 1.6), image)
add("adjust_brightness", lambda x: tf.image.adjust_brightness(x, 0.2), image)
add("adjust_gamma", lambda x: tf.image.adjust_gamma(x, 1.5), image)
add("RGBToHSV", lambda x: tf.image.rgb_to_hsv(x), image)
add("RGBToHSV of greys", lambda x: tf.image.rgb_to_hsv(x), np.float32([[0, 0, 0], [1, 1, 1], [0.5, 0.5, 0.2]]))
add("HSVToRGB", lambda x: tf.image.hsv_to_rgb(x), image)
add("rgb_to_grayscale", lambda x: tf.image.rgb_to_grayscale(x), image)
add("rgb_to_yuv", lambda x: tf.image.rgb_to_yuv(x), image)
add("flip_left_right", lambda x: tf.image.flip_left_right(x), image)
add("rot90", lambda x: tf.image.rot90(x), image)
add("central_crop", lambda x: tf.image.central_crop(x, 0.5), image)
add("per_image_standardization", lambda x: tf.image.per_image_standardization(x), image)
add("resize_with_pad", lambda x: tf.image.resize_with_pad(x, 8, 8), image)
add("sobel", lambda x: tf.image.sobel_edges(x), image)
add("total_variation", lambda x: tf.image.total_variation(x), image)
add("FusedBatchNorm in training", lambda x: raw.FusedBatchNormV3(
    x=x, scale=data(3, seed=1), offset=data(3, seed=2), mean=np.float32([]), variance=np.float32([]), is_training=True)[:3], image)
add("group norm", lambda x: tf.reshape(tf.nn.batch_normalization(
    tf.reshape(x, [2, 5, 6, 3, 1]), *tf.nn.moments(tf.reshape(x, [2, 5, 6, 3, 1]), [1, 2, 4], keepdims=True), None, None, 1e-3), [2, 5, 6, 3]), image)
add("instance norm", lambda x: tf.nn.batch_normalization(x, *tf.nn.moments(x, [1, 2], keepdims=True), data(3, seed=1), data(3, seed=2), 1e-3), image)
add("FakeQuantPerChannel", lambda x: tf.quantization.fake_quant_with_min_max_vars_per_channel(
    x, np.float32([-1, 0, -0.5]), np.float32([1, 0.8, 0.5])), image)
add("QuantizeAndDequantize", lambda x: tf.quantization.quantize_and_dequantize_v2(x, -1.0, 1.0, range_given=True), image)
scores = data(12, low=0, high=1)
corner = data(12, 2, low=0, high=0.6, seed=3)
many = np.concatenate([corner, corner + data(12, 2, low=0.1, high=0.4, seed=4)], 1).astype(np.float32)
add("NonMaxSuppressionV3", lambda b, s: tf.image.non_max_suppression(b, s, 6, 0.4, 0.2), many, scores)
add("NonMaxSuppressionV4", lambda b, s: raw.NonMaxSuppressionV4(boxes=b, scores=s, max_output_size=8, iou_threshold=0.4,
    score_threshold=0.2, pad_to_max_output_size=True), many, scores)
add("NonMaxSuppressionV5", lambda b, s: raw.NonMaxSuppressionV5(boxes=b, scores=s, max_output_size=8, iou_threshold=0.4,
    score_threshold=0.2, soft_nms_sigma=0.0, pad_to_max_output_size=False), many, scores)
add("CombinedNonMaxSuppression", lambda b, s: tf.image.combined_non_max_suppression(
    b, s, 5, 8, 0.4, 0.2), np.stack([many, many * 0.9])[:, :, None], data(2, 12, 3, low=0, high=1))
add("CombinedNonMaxSuppression by class", lambda b, s: tf.image.combined_non_max_suppression(
    b, s, 5, 20, 0.4, 0.2, pad_per_class=True, clip_boxes=False), np.stack([many, many * 1.1], 1)[None], data(1, 12, 2, low=0, high=1))
add("depthwise, dilated", lambda x: tf.nn.depthwise_conv2d(x, data(3, 3, 3, 2), [1, 1, 1, 1], "SAME", dilations=[2, 2]), image)
add("Conv2D, dilated by space to batch", lambda x: tf.compat.v1.batch_to_space(tf.nn.conv2d(
    tf.compat.v1.space_to_batch(x, [[2, 3], [2, 2]], 2), data(3, 3, 3, 4), 1, "VALID"), [[0, 1], [0, 0]], 2), image)
add("ResizeArea of one row by its corners", lambda x: raw.ResizeArea(images=x, size=[3, 5], align_corners=True),
    data(2, 1, 4, 3))
for kind in ("lanczos3", "lanczos5", "gaussian", "mitchellcubic", "bilinear", "bicubic"):
    for size in ((3, 4), (9, 11)):
        add(f"resize {kind}, antialiased, {size[0]}", lambda x, k=kind, s=size: tf.image.resize(x, s, k, antialias=True), image)
for kind in ("box", "lanczos1", "triangle"):
    for smooth in (False, True):
        add(f"ScaleAndTranslate {kind}{', antialiased' * smooth}", lambda x, k=kind, s=smooth: raw.ScaleAndTranslate(
            images=x, size=[4, 9], scale=[0.6, 1.3], translation=[-0.4, 1.7], kernel_type=k, antialias=s), image)
for padding in ("SAME", "VALID"):
    add(f"Dilation2D {padding}", lambda x, p=padding: tf.nn.dilation2d(
        x, data(2, 3, 3), [1, 2, 1, 1], p, "NHWC", [1, 1, 2, 1]), image)
add("erosion", lambda x: tf.nn.erosion2d(x, data(3, 3, 3), [1, 1, 1, 1], "SAME", "NHWC", [1, 1, 1, 1]), image)
