"""NNCF's post-training quantization of an FP32 IR. Prints JSON: seconds, on processors too, of NNCF
alone, and versions. A variant is added by one more entry of VARIANTS; its models are in the cache by
its name: who changes its options gives it a new name, or empties the cache.
usage: peer.py SUBJECT VARIANT MODEL.xml OUT.xml WORK"""
import json
import sys
import time

import nncf
import openvino as ov
from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters, OverflowFix
from nncf.quantization.range_estimator import RangeEstimatorParametersSet

from subjects import subject_of


def quantize(**options):
    def run(model, files, load):
        return nncf.quantize(model, nncf.Dataset(files, load), subset_size=min(300, len(files)),
                             **options)
    return run


MIXED = {"preset": nncf.QuantizationPreset.MIXED}
# Whose smoothing and placement suit other networks, too.
TRANSFORMER = {"model_type": nncf.ModelType.TRANSFORMER}
BEST = {"fast_bias_correction": False, "advanced_parameters": AdvancedQuantizationParameters(
    overflow_fix=OverflowFix.ENABLE,
    activations_range_estimator_params=RangeEstimatorParametersSet.HISTOGRAM)}
# What its documentation advises one after another where accuracy falls.
VARIANTS = {
    "default": quantize(),
    "mixed": quantize(**MIXED),
    "best": quantize(**BEST),
    "best-mixed": quantize(**BEST, **MIXED),
    "transformer": quantize(**TRANSFORMER),
    "transformer-best-mixed": quantize(**BEST, **MIXED, **TRANSFORMER),
}


def main():
    name, variant, path, out, work = sys.argv[1:]
    subject, model = subject_of(name), ov.Core().read_model(path)
    files = [file for file, _ in subject.rows(work)[0]]
    started, cpu = time.perf_counter(), time.process_time()
    quantized = VARIANTS[variant](model, files, subject.prepare.load)
    costs = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu}
    ov.save_model(quantized, out, compress_to_fp16=False)
    print(json.dumps({**costs, "versions": {"nncf": nncf.__version__, "openvino": ov.__version__}}))


if __name__ == "__main__":
    main()
