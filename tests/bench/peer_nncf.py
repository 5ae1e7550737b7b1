"""NNCF's post-training quantization of an IR. Prints JSON: seconds of nncf.quantize alone, peak
memory of all, versions.
usage: peer_nncf.py MODEL.xml OUT.xml IMAGES COUNT [default|best]   (best: slower and more exact)"""
import json
import resource
import sys
import time

import nncf
import openvino as ov
from nncf.quantization.advanced_parameters import AdvancedQuantizationParameters
from nncf.quantization.range_estimator import RangeEstimatorParametersSet

from preprocess import listing, picture_of

VARIANTS = {
    "default": {},
    "best": {"fast_bias_correction": False, "advanced_parameters": AdvancedQuantizationParameters(
        activations_range_estimator_params=RangeEstimatorParametersSet.HISTOGRAM)},
}

path, out, images, count, *variant = sys.argv[1:]
model = ov.Core().read_model(path)
picture = picture_of(model)
model.reshape(picture.shape())
files = listing(images, int(count))
started = time.perf_counter()
quantized = nncf.quantize(model, nncf.Dataset(files, picture.load), subset_size=len(files),
                          preset=nncf.QuantizationPreset.MIXED, **VARIANTS[(variant or ["default"])[0]])
seconds = time.perf_counter() - started
ov.save_model(quantized, out, compress_to_fp16=False)
print(json.dumps({"seconds": seconds, "images": len(files),
                  "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                  "versions": {"nncf": nncf.__version__, "openvino": ov.__version__}}))
