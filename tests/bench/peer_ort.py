"""ONNX Runtime's static quantization. Prints JSON as peer_nncf.py does.
usage: peer_ort.py MODEL.onnx OUT.onnx IMAGES COUNT METHOD (MinMax, Percentile, Entropy)
Percentile and Entropy keep every activation of every image: 300 images of a small network take
20 GB of memory."""
import json
import resource
import sys
import time

import onnx
import onnxruntime
from onnxruntime.quantization import (CalibrationDataReader, CalibrationMethod, QuantFormat,
                                      QuantType, quantize_static)

from preprocess import Picture, listing

path, out, images, count, method = sys.argv[1:]
entry = onnx.load(path).graph.input[0]
picture = Picture([d.dim_value or None for d in entry.type.tensor_type.shape.dim])


class Reader(CalibrationDataReader):
    def __init__(self, files):
        self.files = iter(files)

    def get_next(self):
        path = next(self.files, None)
        return {entry.name: picture.load(path)} if path else None


files = listing(images, int(count))
started = time.perf_counter()
quantize_static(path, out, Reader(files), quant_format=QuantFormat.QDQ, per_channel=True,
                reduce_range=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
                calibrate_method=CalibrationMethod[method])
print(json.dumps({"seconds": time.perf_counter() - started, "images": len(files),
                  "peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
                  "versions": {"onnxruntime": onnxruntime.__version__, "onnx": onnx.__version__}}))
