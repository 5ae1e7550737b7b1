"""OpenVINO's time for one image, the models in turns. Prints JSON: of each model, the median in
milliseconds and, within the same turn, its time as a share of the first one's, median.
usage: latency.py ROUNDS MODEL.xml ..."""
import json
import sys
import time

import numpy as np
import openvino as ov

CONFIG = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
IN_A_ROW = 5  # of which the fastest counts: others use the machine too


def fastest(request, x):
    times = []
    for _ in range(IN_A_ROW):
        started = time.perf_counter()
        request.infer({0: x})
        times.append(time.perf_counter() - started)
    return min(times)


def main():
    rounds, paths, core, runs = int(sys.argv[1]), sys.argv[2:], ov.Core(), []
    for path in paths:
        compiled = core.compile_model(path, "CPU", CONFIG)
        x = np.random.default_rng(0).random([int(d) for d in compiled.input(0).shape], np.float32)
        runs.append((compiled.create_infer_request(), x))
    times = np.array([[fastest(*run) for run in runs] for _ in range(rounds)])
    shares = np.median(times / times[:, :1], 0)
    print(json.dumps({path: {"ms": float(m) * 1e3, "share": float(s)}
                      for path, m, s in zip(paths, np.median(times, 0), shares)}))


if __name__ == "__main__":
    main()
