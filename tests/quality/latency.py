"""OpenVINO's time for one input, the models in turns. Prints JSON: of each model, the median in
milliseconds, within the same turn its time as a share of the first one's (median), and the time of
each turn in milliseconds.
usage: latency.py SUBJECT WORK ROUNDS MODEL.xml ..."""
import json
import sys
import time

import numpy as np
import openvino as ov

from subjects import subject_of

CONFIG = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
IN_A_ROW = 5  # of which the fastest counts: others use the machine too


def fastest(request, x):
    times = []
    for _ in range(IN_A_ROW):
        started = time.perf_counter()
        request.infer(x)
        times.append(time.perf_counter() - started)
    return min(times)


def main():
    name, work, rounds, *paths = sys.argv[1:]
    subject, core = subject_of(name), ov.Core()
    x = subject.prepare.load(subject.rows(work)[1][0][0])
    requests = [core.compile_model(path, "CPU", CONFIG).create_infer_request() for path in paths]
    times = 1e3 * np.array([[fastest(request, x) for request in requests] for _ in range(int(rounds))])
    shares = np.median(times / times[:, :1], 0)
    print(json.dumps({path: {"ms": float(np.median(column)), "share": float(share),
                             "times": list(column)}
                      for path, column, share in zip(paths, times.T, shares)}))


if __name__ == "__main__":
    main()
