"""NNCF's post-training quantization of an FP32 IR. Prints JSON: seconds, on processors too, of
nncf.quantize alone, and versions.
usage: peer.py SUBJECT VARIANT MODEL.xml OUT.xml WORK"""
import json
import sys
import time

import nncf
import openvino as ov
from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters, OverflowFix
from nncf.quantization.range_estimator import RangeEstimatorParametersSet

from subjects import subject_of

BEST = {"fast_bias_correction": False, "advanced_parameters": AdvancedQuantizationParameters(
    overflow_fix=OverflowFix.ENABLE,
    activations_range_estimator_params=RangeEstimatorParametersSet.HISTOGRAM)}
# What its documentation advises one after another where accuracy falls.
VARIANTS = {
    "default": {},
    "best": BEST,
    "best-mixed": {**BEST, "preset": nncf.QuantizationPreset.MIXED},
}


def main():
    name, variant, path, out, work = sys.argv[1:]
    subject, model = subject_of(name), ov.Core().read_model(path)
    rows, _ = subject.rows(work)
    options = dict(VARIANTS[variant])
    if subject.transformer:
        options["model_type"] = nncf.ModelType.TRANSFORMER
    data = nncf.Dataset([file for file, _ in rows], subject.prepare.load)
    started, cpu = time.perf_counter(), time.process_time()
    quantized = nncf.quantize(model, data, subset_size=min(300, len(rows)), **options)
    costs = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - cpu}
    ov.save_model(quantized, out, compress_to_fp16=False)
    print(json.dumps({**costs, "versions": {"nncf": nncf.__version__, "openvino": ov.__version__}}))


if __name__ == "__main__":
    main()
