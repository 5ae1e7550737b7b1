"""Flags of `requant import` on trained models: what each promises, by outputs in OpenVINO.

usage: test_import_flags.py PROGRAM MODELS_FOLDER

A model that is imported with a flag is compared with the same model imported without it and given
what the flag should have made of the input. Models that are missing are skipped.
"""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy as np
import openvino as ov

CONFIG = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": 1}
TOLERANCE = 1e-4
MEAN, SCALE = np.float32([10, 20, 30]), np.float32([2, 4, 5])
core = ov.Core()
program, models = sys.argv[1], pathlib.Path(sys.argv[2])
work = pathlib.Path(tempfile.mkdtemp())
random = np.random.default_rng(6)


def call(*arguments):
    return subprocess.run([program, *map(str, arguments)], capture_output=True, text=True)


def imported(*arguments):
    xml = work / "model.xml"
    done = call("import", *arguments, "-o", xml)
    assert done.returncode == 0, done.stderr
    model = core.read_model(xml)
    model.talk = done.stdout + done.stderr
    return model


def refused(*arguments):
    """The message; nothing may be written."""
    xml = work / "refused.xml"
    done = call("import", *arguments, "-o", xml)
    assert done.returncode in (1, 2), f"status {done.returncode}: {done.stderr}"
    assert not xml.exists()
    return done.stderr


def answers(model, *inputs):
    return list(core.compile_model(model, "CPU", CONFIG)(list(inputs)).values())


def same(got, want, tolerance=TOLERANCE):
    assert len(got) == len(want)
    for g, w in zip(got, want):
        assert g.shape == w.shape, f"shape {g.shape}, expected {w.shape}"
        worst = float(np.abs(g - w).max()) / max(1.0, float(np.abs(w).max()))
        assert worst <= tolerance, f"differs by {worst:.2g}"


def count(model, kind=None):
    return sum(op.get_type_name() == kind if kind else op.get_type_name() != "Constant"
               for op in model.get_ops())


def shape(port):
    return port.get_partial_shape().to_string()


RESNET = "resnet8-cifar10/resnet8-cifar10"
CUT = "model/activation_2/Relu"  # in the middle of ResNet-8's TensorFlow graph


def pixels(*dims):
    return random.uniform(0, 255, dims).astype(np.float32)


def channels_first(x):
    return np.ascontiguousarray(x.transpose(0, 3, 1, 2))


# -- preprocessing -----------------------------------------------------------------------------

def order_of_preprocessing(model):
    """Reverse, mean, scale: the numbers are in the order of the model's channels."""
    x, plain = pixels(1, 32, 32, 3), imported(model)
    cases = [
        (["--reverse_input_channels"], x[..., ::-1]),
        (["--reverse-input-channels"], x[..., ::-1]),
        (["--mean_values", "(10,20,30)"], x - MEAN),
        (["-ms", "[10,20,30]"], x - MEAN),
        (["--scale_values", "(2,4,5)"], x / SCALE),
        (["--scale", "7"], x / 7),
        (["-s", "7"], x / 7),
        (["--mean_values", "(10,20,30)", "--scale_values", "(2,4,5)"], (x - MEAN) / SCALE),
        (["--scale", "3", "--reverse_input_channels", "--mean_values", "(10,20,30)"],
         (x[..., ::-1] - MEAN) / 3),
        (["--reverse_input_channels", "--mean_values", "(10,20,30)", "--scale_values", "(2,4,5)"],
         (x[..., ::-1] - MEAN) / SCALE),
        ([f"--mean_values", f"{NAMES[model.suffix]}(10,20,30)"], x - MEAN),
    ]
    for flags, given in cases:
        got = imported(model, *flags)
        try:
            same(answers(got, x), answers(plain, np.ascontiguousarray(given)))
        except AssertionError as error:
            raise AssertionError(f"{' '.join(flags)}: {error}") from error


NAMES = {".onnx": "input_1", ".pb": "input"}


def refused_preprocessing(model):
    assert "exclude each other" in refused(model, "--scale", "2", "--scale_values", "(1,2,3)")
    assert "2 numbers for input" in refused(model, "--mean_values", "(1,2)")
    assert "nothere" in refused(model, "--mean_values", "nothere(1,2,3)")


def layouts(model):
    x, plain = pixels(1, 32, 32, 3), imported(model)
    for flags in (["--layout", "nhwc->nchw"],
                  ["--source_layout", "nhwc", "--target_layout", "nchw"],
                  ["--layout", f"{NAMES[model.suffix]}(nhwc->nchw)"]):
        got = imported(model, *flags, "--mean_values", "(10,20,30)", "--reverse_input_channels")
        dims = got.inputs[0].get_partial_shape()
        assert [dims[i].get_length() for i in (1, 2, 3)] == [3, 32, 32]
        same(answers(got, channels_first(x)), answers(plain, x[..., ::-1] - MEAN))
    named = imported(model, "--source_layout", "nhwc")
    same(answers(named, x), answers(plain, x))


def folded_into_convolution(model):
    """Scale and reversal cost no layer; the mean costs none where nothing is padded."""
    plain = count(imported(model))
    assert count(imported(model, "--scale", "7", "--reverse_input_channels")) == plain


def mean_image(model):
    """A mean image larger than the input: its middle, or what the offsets say."""
    plain = imported(model)
    dims = list(plain.inputs[0].shape)
    image = pixels(3, dims[2] + 4, dims[3] + 6) / 8
    path = work / "mean.binaryproto"
    path.write_bytes(blob(image))
    x = pixels(*dims)
    for flags, top, left in (([], 2, 3), (["--mean_file_offsets", "(5,1)"], 1, 5)):
        got = imported(model, "--mean_file", path, *flags, "--scale", "2")
        part = image[:, top:top + dims[2], left:left + dims[3]]
        same(answers(got, x), answers(plain, (x - part) / 2))
    assert "exclude each other" in refused(model, "--mean_file", path, "--mean_values", "(1,2,3)")
    assert "without --mean_file" in refused(model, "--mean_file_offsets", "(1,2)")


def blob(image):
    """Caffe's BlobProto: num, channels, height, width, packed data."""
    def varint(n):
        out = b""
        while n > 127:
            out, n = out + bytes([n & 127 | 128]), n >> 7
        return out + bytes([n])
    sizes = (1, *image.shape)
    head = b"".join(bytes([(i + 1) << 3]) + varint(n) for i, n in enumerate(sizes))
    data = struct.pack(f"<{image.size}f", *image.reshape(-1))
    return head + bytes([5 << 3 | 2]) + varint(len(data)) + data


def not_applied_twice(model):
    """Told again to `evaluate` and `quantize`, what import folded in is done once."""
    demo = pathlib.Path(__file__).parents[2] / "datasets/demo"
    told = ["--resize", "32x32", "--mean", "10,20,30", "--scale", "2", "--channels", "bgr"]
    own, plain = work / "own.xml", work / "plain.xml"
    flags = ["--mean_values", "(10,20,30)", "--scale", "2", "--reverse_input_channels"]
    assert call("import", model, *flags, "-o", own).returncode == 0
    assert call("import", model, "-o", plain).returncode == 0
    done = call("quantize", own, "--data", demo / "calib", "--resize", "32x32", "--mean",
                "10,20,30", "--scale", "2", "--channels", "bgr", "-o", work / "int8")
    assert done.returncode == 0, done.stderr
    integer = next((work / "int8").glob("*-int8.xml"))
    found = {}
    bare = told[:2] + told[-2:]
    for xml, flags in ((own, told), (plain, told), (integer, told), (integer, bare)):
        done = call("evaluate", xml, "--data", demo / "val", *flags, "--json")
        assert done.returncode == 0, done.stderr
        found[xml.stem, len(flags)] = {m["metric"]: m["value"] for m in json.loads(done.stdout)}
    assert found["own", 8] == found["plain", 8], found
    assert found[integer.stem, 8] == found[integer.stem, 4], found


# -- shapes and cutting --------------------------------------------------------------------------

def shapes(model):
    x = pixels(1, 32, 32, 3)
    plain = imported(model)
    four = np.repeat(x, 4, axis=0)
    for flags in (["--batch", "4"], ["-b", "4"], ["--input_shape", "[4,32,32,3]"],
                  ["--input", f"{NAMES[model.suffix]}[4 32 32 3]"]):
        got = imported(model, *flags)
        assert shape(got.inputs[0]) == "[4,32,32,3]", flags
        same(answers(got, four), [np.repeat(y, 4, axis=0) for y in answers(plain, x)])
    for unknown in ("?", "-1", "1..8"):
        got = imported(model, "--input_shape", f"[{unknown},32,32,3]")
        assert got.inputs[0].get_partial_shape()[0].is_dynamic, unknown
    assert "exclude each other" in refused(model, "--batch", "2", "--input_shape", "[1,32,32,3]")
    assert "2 shapes for 1" in refused(model, "--input_shape", "[1,32,32,3],[1]")


def static_shape(model):
    assert "x" in refused(model, "--static_shape")
    got = imported(model, "--static_shape", "--input_shape", "[1,3,64,64]")
    assert got.inputs[0].get_partial_shape().is_static
    assert got.outputs[0].get_partial_shape().is_static


def cutting(model):
    """The two halves do what the whole does; names are checked and near ones told."""
    x, plain = pixels(1, 32, 32, 3), imported(model)
    first = imported(model, "--output", CUT)
    middle = answers(first, x)
    assert len(middle) == 1
    same(answers(imported(model, "--output", CUT + ":0"), x), middle)
    second = imported(model, "--input", f"{CUT}:0[{' '.join(map(str, middle[0].shape))}]")
    assert second.inputs[0].any_name == f"{CUT}/placeholder_out_port_0", second.inputs[0].any_name
    # TensorFlow's shapes become the IR's: N, H, W, C of the cut is transposed inside or kept.
    given = middle[0] if list(second.inputs[0].shape) == list(middle[0].shape) else \
        channels_first(middle[0])
    same(answers(second, given), answers(plain, x))
    both = imported(model, "--output", f"{CUT},Identity")
    same(answers(both, x), middle + answers(plain, x))
    swapped = imported(model, "--output", f"Identity,{CUT}")
    same(answers(swapped, x), answers(plain, x) + middle)
    port = imported(model, "--output", f"0:{CUT}")  # ends where the ReLU's input is made
    same([np.maximum(y, 0) for y in answers(port, x)], middle)
    assert CUT in refused(model, "--output", CUT[:-1] + "i")
    assert "input" in refused(model, "--input", "inptu")


def fed_type(model):
    """Bytes are converted before the preprocessing."""
    x = pixels(1, 32, 32, 3).round()
    name = NAMES[model.suffix]
    for flags in ([], ["--mean_values", "(10,20,30)", "--scale", "2"]):
        want = answers(imported(model, *flags), x)
        for kind in (np.uint8, np.float16, np.int32):
            letter, bits = np.dtype(kind).kind, np.dtype(kind).itemsize * 8
            text = f"{name}[1 32 32 3]{{{letter}{bits}}}"
            got = imported(model, "--input", text, *flags)
            same(answers(got, x.astype(kind)), want)


def frozen_placeholder(model):
    got = imported(model, "--freeze_placeholder_with_value", "input->3", "--input_shape",
                   "[1,32,32,3]")
    want = imported(model)
    assert not got.inputs
    same(answers(got), answers(want, np.full((1, 32, 32, 3), 3, np.float32)))


def dry_run(model):
    xml = work / "dry.xml"
    done = call("import", model, "--dry-run", "--output", CUT, "-o", xml)
    assert done.returncode == 0, done.stderr
    assert not xml.exists() and not xml.with_suffix(".bin").exists()
    assert f"input 'input': f32 [1,32,32,3]\noutput '{CUT}': f32 [1,32,32,16]" in done.stdout
    dropped = call("import", model, "--dry-run", "--input", f"input,{CUT}:0[1 32 32 16]")
    assert dropped.returncode == 0 and "unused inputs are removed" in dropped.stderr, dropped.stderr
    assert dropped.stderr.endswith("\ninput\n"), dropped.stderr


# -- fusing, files, types ------------------------------------------------------------------------

def fusing(model):
    x, plain = pixels(1, 32, 32, 3), imported(model)
    for flags in (["--disable_fusing"], ["--disable-fusing"], ["--finegrain_fusing", ".*conv2d.*"],
                  ["--finegrain-fusing", "model/batch_normalization_1,model/conv2d_1"]):
        got = imported(model, *flags)
        assert count(got) > count(plain), flags
        same(answers(got, x), answers(plain, x))
    got = imported(model, "--disable_resnet_optimization")
    same(answers(got, x), answers(plain, x))
    assert "model/conv2d" in imported(model, "--list_fused").talk
    assert "regular expression" in refused(model, "--finegrain_fusing", "a(b")


def half(model):
    x, plain = pixels(1, 32, 32, 3), imported(model)
    for flags in (["--data_type", "FP16"], ["--compress_to_fp16"], ["--data_type=half"]):
        got = imported(model, *flags)
        same(answers(got, x), answers(plain, x), 0.02)
        xml = work / "model.bin"
        assert xml.stat().st_size < 0.6 * 4 * sum(
            op.get_output_size() and int(np.prod(op.shape)) for op in plain.get_ops()
            if op.get_type_name() == "Constant")


def saved_model(folder):
    x = pixels(1, 32, 32, 3)
    want = answers(imported(folder), x)
    same(answers(imported("--saved_model_dir", folder), x), want)
    same(answers(imported(folder, "--saved_model_tags", "serve"), x), want)
    assert "serve" in refused(folder, "--saved_model_tags", "gpu")
    assert "given twice" in refused(folder, "--saved_model_dir", folder)
    unfrozen = folder.parent / "unfrozen.pbtxt"
    if unfrozen.exists():
        same(answers(imported(unfrozen, "--input_checkpoint", folder / "variables/variables"), x),
             want)
        assert "--input_checkpoint" in refused(unfrozen)


def names_of_files(model):
    done = call("import", "-m", model, "-n", "other", "-o", work / "folder")
    assert done.returncode == 0, done.stderr
    assert (work / "folder/other.xml").exists() and (work / "folder/other.bin").exists()
    done = call("import", "-w", model, "--output_dir", work / "folder")
    assert (work / "folder" / f"{model.stem}.xml").exists()
    assert "--framework" in refused(model, "--framework", "caffe")
    imported(model, "--framework", {".onnx": "onnx", ".pb": "tf"}[model.suffix])
    assert "yolo.json" in refused(model, "--transformations_config", "yolo.json")


def caffe_files(model):
    beside = imported(model)
    proto = model.with_suffix(".prototxt")
    for flags in (["--input_proto", proto], ["-d", proto]):
        assert count(imported(model, *flags)) == count(beside)


CHECKS = {
    RESNET + ".onnx": [order_of_preprocessing, layouts, shapes, half, names_of_files,
                       not_applied_twice, refused_preprocessing, folded_into_convolution,
                       fed_type],
    RESNET + ".pb": [order_of_preprocessing, layouts, cutting, frozen_placeholder, dry_run, fusing,
                     names_of_files, refused_preprocessing],
    "resnet8-cifar10/saved_model": [saved_model],
    "caffe/HorizonalFinemapping.caffemodel": [mean_image, caffe_files],
    "pp-ocr/ch_PP-OCRv4_det_infer.onnx": [static_shape],
}


def main():
    failed = passed = 0
    for name, checks in CHECKS.items():
        if not (models / name).exists():
            print(f"skip  {name}: not there")
            continue
        for check in checks:
            try:
                check(models / name)
                passed += 1
            except AssertionError as error:
                failed += 1
                line = error.__traceback__
                while line.tb_next:
                    line = line.tb_next
                print(f"FAIL  {check.__name__} of {name}, line {line.tb_lineno}: {error}")
    print(f"flags of import: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
