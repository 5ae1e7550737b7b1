"""requant against what a user would take instead, in one run on one machine: ratios.
usage: run.py REQUANT OUT   (OUT/bench.json, OUT/work); environment: see run.sh"""
import glob
import json
import os
import platform
import re
import shlex
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from preprocess import Picture, listing
from processes import Failed, run, run_python
from table import Table

PROGRAM, OUT = sys.argv[1:]
WORK = os.path.join(OUT, "work")
BACKEND = os.environ.get("BACKEND", "onednn")
IMAGES = os.environ["IMAGES"]
COUNT = int(os.environ.get("COUNT", "300"))
REPEATS = int(os.environ.get("REPEATS", "2"))
SECONDS = os.environ.get("SECONDS_EACH", "3")
LARGE = os.environ.get("LARGE", "")
ORT = os.environ.get("ORT", "")
COMMIT = os.environ.get("COMMIT", "")  # of requant, as far as it is known
HELD_BACK = 64  # images that judge what was quantized with others
LOAD = os.getloadavg()[0]  # before anything began

TABLE = Table(busy=LOAD > 0.3 * os.cpu_count())


# -- models ------------------------------------------------------------------------------------


def made(kind, *arguments):
    path = os.path.join(OUT, "-".join([kind, *arguments]) + ".xml")
    if not os.path.exists(path):
        here = os.path.dirname(os.path.abspath(__file__))
        run([sys.executable, os.path.join(here, "make_models.py"), kind, path, *arguments])
    return path


def models():
    """Files, folders of files, and the words resnet50 and vit-s."""
    for word in shlex.split(os.environ["MODELS"]):
        if word in ("resnet50", "vit-s"):
            yield made(word)
        elif os.path.isdir(word):
            yield from sorted(glob.glob(os.path.join(word, "**", "*.xml"), recursive=True))
        else:
            yield word


class Subject:
    """A model that takes one picture, and what requant needs to be told about it."""

    def __init__(self, path):
        model = run_python("describe.py", path)
        if model["inputs"] != 1:
            raise ValueError(f"{model['inputs']} inputs")
        self.path, self.name = path, os.path.splitext(os.path.basename(path))[0]
        self.picture = Picture(model["dims"])
        self.shape = []
        if None in model["dims"]:
            dims = ",".join(str(d) for d in self.picture.shape())
            self.shape = ["--shape", f"{model['name']}[{dims}]"]
        self.folder = os.path.join(WORK, self.name)
        os.makedirs(self.folder, exist_ok=True)

    def file(self, name):
        return os.path.join(self.folder, name)


def repeated_images(count):
    """A folder of `count` links to the images, over and over, of two classes in turns, as a list of
    labels beside it says, too (labels_of)."""
    folder, files, labels = os.path.join(WORK, f"images-{count}"), listing(IMAGES, count), []
    for part in "01":
        os.makedirs(os.path.join(folder, part), exist_ok=True)
    for i in range(count):
        source = os.path.abspath(files[i % len(files)])
        link = os.path.join(folder, str(i % 2), f"{i:06d}{os.path.splitext(source)[1]}")
        if not os.path.lexists(link):
            os.symlink(source, link)
        labels.append(f"{os.path.relpath(link, folder)} {i % 2}\n")
    with open(labels_of(folder), "w") as file:
        file.writelines(labels)
    return folder


def labels_of(folder):
    return folder + ".txt"


# -- what is measured ----------------------------------------------------------------------------


def requant(command, *arguments):
    """OpenVINO is not there to try the result in: that is measuring, and takes memory of its own."""
    return run([PROGRAM, command, *arguments, "--quiet"], without=["OPENVINO_LIB_PATHS"])


def calibrate(subject, backend, images, count, stats, *more):
    if os.path.exists(stats):
        os.remove(stats)  # it would be continued
    return requant("calibrate", subject.path, "--data", images, "--subset", count, "-o", stats,
                   "--backend", backend, *subject.picture.options(), *subject.shape, *more)


def decide(subject, stats, out):
    return requant("quantize", subject.path, "--stats", stats, "-o", out,
                   *subject.picture.options(), *subject.shape)


def bare(subject, images):
    """Decoding and inference alone; None for networks that do not tell classes."""
    try:
        return requant("evaluate", subject.path, "--data", images, "--labels", labels_of(images),
                       "--backend", BACKEND,
                       *subject.picture.options(), *subject.shape).seconds
    except Failed as why:
        print(f"# {subject.name}: bare inference is not measured: {why}", flush=True)
        return None


def measure_quantizing(subject):
    """requant and NNCF in turns, the best of REPEATS each; returns requant's model."""
    own, decided, peers, bares, peaks, peer_peaks = [], [], [], [], [], []
    images = repeated_images(min(COUNT, len(listing(IMAGES, COUNT))))
    int8 = os.path.join(subject.file("requant"), subject.name + "-int8.xml")
    for _ in range(REPEATS):
        stats = subject.file("stats.h5")
        calibrated = calibrate(subject, BACKEND, images, COUNT, stats)
        more = decide(subject, stats, subject.file("requant"))
        own.append(calibrated.seconds)
        decided.append(calibrated.seconds + more.seconds)
        peaks.append(max(calibrated.peak_bytes, more.peak_bytes))
        bares.append(bare(subject, images))
        peer = run_python("peer_nncf.py", subject.path, subject.file("nncf.xml"), IMAGES, COUNT)
        peers.append(peer["seconds"])
        peer_peaks.append(peer["peak_bytes"])
        TABLE.versions.update(peer["versions"])
    note = f"{len(listing(IMAGES, COUNT))} images, NNCF"
    TABLE.add("calibrate + decide, time", subject.name, min(decided), min(peers),
              min(peers) / min(decided), "s", note)
    TABLE.add("calibrate + decide, memory", subject.name, min(peaks) / 1e6, min(peer_peaks) / 1e6,
              min(peer_peaks) / min(peaks), "MB", note)
    if None not in bares:
        TABLE.add("bare inference / calibration", subject.name, min(own), min(bares),
                  min(bares) / min(own), "s", "decoding and inference by requant evaluate")
    measure_ort(subject, min(decided), min(peaks))
    return int8


def whole(subject, images, count):
    """Seconds of the default quantize until the model is written, without what measuring it and the
    report take; memory; the model."""
    out = subject.file("whole")
    shutil.rmtree(out, ignore_errors=True)
    cost = requant("quantize", subject.path, "--data", images, "--subset", count, "-o", out,
                   "--seconds", "0", "--backend", BACKEND, *subject.picture.options(), *subject.shape)
    with open(os.path.join(out, "report.json")) as file:
        steps = json.load(file)["steps"]
    written = [s["name"] for s in steps].index("write")
    reporting = sum(s["seconds"] for s in steps[written + 1:])
    return cost.seconds - reporting, cost.peak_bytes, os.path.join(out, subject.name + "-int8.xml")


def measure_whole(subject):
    """The default quantize beside NNCF's default and its best setting, and how good all three are."""
    files = listing(IMAGES, COUNT + HELD_BACK)
    count = min(COUNT, max(len(files) - HELD_BACK, 1))
    images = repeated_images(count)
    own = [whole(subject, images, count) for _ in range(REPEATS)]
    seconds, peak, int8 = min(own)
    paths, note = [int8], f"{count} images"
    for variant, measure in (("default", "default quantize, time"),
                             ("best", "default quantize, time, NNCF's best")):
        paths.append(subject.file(f"nncf-{variant}.xml"))
        peers = [run_python("peer_nncf.py", subject.path, paths[-1], IMAGES, count, variant)
                 for _ in range(REPEATS if variant == "default" else 1)]
        peer = min(p["seconds"] for p in peers)
        TABLE.add(measure, subject.name, seconds, peer, peer / seconds, "s", note)
        if variant == "default":
            other = min(p["peak_bytes"] for p in peers)
            TABLE.add("default quantize, memory", subject.name, peak / 1e6, other / 1e6, other / peak, "MB", note)
    judged = run_python("judge.py", subject.path, IMAGES, HELD_BACK, *paths)
    for decibels, peer in zip(judged[1:], ("NNCF's default", "NNCF's best")):
        TABLE.add("SQNR, " + peer, subject.name, judged[0], decibels, 10**((judged[0] - decibels) / 20), "dB",
                  f"the ratio is of amplitudes, by {HELD_BACK} other images" if len(files) > HELD_BACK
                  else "by the same images")


def measure_ort(subject, seconds, peak):
    onnx = subject.path[:-len(".xml")] + ".onnx"
    if not ORT or not os.path.exists(onnx):
        return
    peer = run_python("peer_ort.py", onnx, subject.file("ort.onnx"), IMAGES, COUNT, ORT)
    TABLE.versions.update(peer["versions"])
    TABLE.add("ONNX Runtime, time", subject.name, seconds, peer["seconds"],
              peer["seconds"] / seconds, "s", ORT)
    TABLE.add("ONNX Runtime, memory", subject.name, peak / 1e6, peer["peak_bytes"] / 1e6,
              peer["peak_bytes"] / peak, "MB", ORT)


def bench(path, backends, *arguments):
    output = run([PROGRAM, "bench", path, "--backend", backends, "--json", "-", "--quiet",
                  *arguments]).output
    result = json.loads(output)
    TABLE.machine = result["machine"]
    TABLE.versions["requant"] = result["requant"]
    return result["entries"]


def measure_speed(subject, path, kind):
    peer, own = bench(path, f"openvino,{BACKEND}", "--seconds", SECONDS, "--streams", "2",
                      *subject.shape)
    TABLE.versions["openvino backend"] = peer["backend_version"]
    for measure, unit in (("latency", "ms"), ("throughput", "1/s")):
        a, b = own[measure], peer[measure]
        shown = [1e3 * s["median"] if unit == "ms" else s["per_second"] for s in (a, b)]
        note = f"{a['ratio_p10']:.2f} .. {a['ratio_p90']:.2f}"
        TABLE.add(f"{measure} {kind}", subject.name, *shown, a["ratio"], unit, note,
                  a["noisy"] or b["noisy"])


def measure_subject(path):
    try:
        subject = Subject(path)
    except (ValueError, Failed) as why:
        print(f"# {path}: {why}: left out", flush=True)
        return
    try:
        measure_speed(subject, path, "FP32")
        measure_speed(subject, measure_quantizing(subject), "INT8")
        measure_whole(subject)
    except Failed as why:
        TABLE.fail(subject.name, why)


# -- what grows ----------------------------------------------------------------------------------


def measure_growth_of_images(path):
    subject, previous = Subject(path), None
    for count in (30, 300, 3000):
        images, stats = repeated_images(count), subject.file("grow.h5")
        costs = [calibrate(subject, BACKEND, images, count, stats) for _ in range(REPEATS)]
        time = min(cost.cpu_seconds for cost in costs)
        memory = min(cost.peak_bytes for cost in costs)
        if previous:
            note = f"{count // 10} and {count} images"
            TABLE.add("calibrate, 10x the images, CPU", subject.name, time, previous[0],
                      previous[0] / time, "s", note)
            TABLE.add("calibrate, 10x the images, memory", subject.name, memory / 1e6,
                      previous[1] / 1e6, previous[1] / memory, "MB", note)
        previous = time, memory


def measure_growth_of_layers():
    loads = []
    for layers in ("1000", "10000"):
        entries = [bench(made("chain", layers), BACKEND, "--seconds", "0.1")[0] for _ in range(3)]
        loads.append(min(entry["read_seconds"] + entry["plan_seconds"] for entry in entries))
    TABLE.add("load, 10x the layers, time", "chain", loads[1] * 1e3, loads[0] * 1e3,
              loads[0] / loads[1], "ms", "1000 and 10000 layers")


# -- what is shared ------------------------------------------------------------------------------

def in_parallel(subject, images, count):
    """Both shards at once, a worker each, and merging: what two machines take."""
    files = [subject.file(f"shard-{k}.h5") for k in (1, 2)]
    started = time.perf_counter()
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda k: calibrate(subject, BACKEND, images, count, files[k - 1], "--threads", 1,
                                          "--shard", f"{k}/2"), (1, 2)))
    run([PROGRAM, "merge", *files, "-o", subject.file("merged.h5")])
    return time.perf_counter() - started


def by_workers(subject, images, count, threads):
    stats = subject.file(f"of-{threads}.h5")
    return calibrate(subject, BACKEND, images, count, stats, "--threads", threads).seconds


def enough_images(subject):
    """So many that starting and merging is little of the time; and their folder."""
    for count in (1000, 3000, 10000, 30000):
        images = repeated_images(count)
        if by_workers(subject, images, count, 1) >= 8: break
    return images, count


def same(subject, first, second):
    with open(subject.file(first), "rb") as a, open(subject.file(second), "rb") as b:
        if a.read() != b.read(): raise Failed(f"{first} and {second} differ")


def measure_sharing(path):
    """One worker, two workers and two shards in turns, the best of REPEATS each."""
    subject = Subject(path)
    images, count = enough_images(subject)
    one, two, shards = [], [], []
    for _ in range(REPEATS):
        one.append(by_workers(subject, images, count, 1))
        two.append(by_workers(subject, images, count, 2))
        shards.append(in_parallel(subject, images, count))
    same(subject, "of-1.h5", "of-2.h5")
    same(subject, "of-1.h5", "merged.h5")
    note = f"{count} images; one worker"
    TABLE.add("2 workers, efficiency", subject.name, min(two), min(one), min(one) / min(two) / 2, "s", note)
    TABLE.add("2 shards + merge", subject.name, min(shards), min(one), min(one) / min(shards), "s", note)


# -- what is streamed ----------------------------------------------------------------------------


def measure_large_model():
    """Seconds of processors: in turns with cp, since the disk's own time says little."""
    path, copy = made("large", LARGE), os.path.join(WORK, "copy.bin")
    source = path.removesuffix(".xml") + ".bin"
    for precision in ("fp16", "int8-weights"):
        out = os.path.join(WORK, precision)
        pairs = [(run(["cp", source, copy]), requant("quantize", path, "--precision", precision, "-o", out))
                 for _ in range(REPEATS)]
        copied, made_in = (min(pair[i].cpu_seconds for pair in pairs) for i in (0, 1))
        peak = max(pair[1].peak_bytes for pair in pairs)
        note = f"{min(pair[1].seconds for pair in pairs):.1f} s, cp {min(pair[0].seconds for pair in pairs):.1f} s"
        TABLE.add("large model, CPU beside cp", precision, made_in, copied, copied / made_in, "s", note)
        TABLE.add("large model, memory", precision, peak / 1e6, os.path.getsize(source) / 1e6,
                  os.path.getsize(source) / peak, "MB", "other: the model's size")
        os.remove(copy)
        shutil.rmtree(out)


def history_name():
    """By time, commit and CPU; runs of one commit stand beside each other."""
    cpu = re.sub(r"[^A-Za-z0-9]+", "-", f"{TABLE.machine.get('cpu')} {TABLE.machine.get('isa')}").strip("-")
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{COMMIT or 'unknown'}-{cpu}.json"


def main():
    shutil.rmtree(WORK, ignore_errors=True)
    os.makedirs(WORK)
    print(f"{'measure':36s} {'model':22s} {'requant':>10s} {'other':>10s} {'':5s} {'ratio':>8s}")
    if TABLE.busy:
        print(f"# the machine is busy (load {LOAD:.1f}): the times below say little")
    subjects = list(models())
    for path in subjects:
        measure_subject(path)
    steps = [lambda: measure_growth_of_images(subjects[0]), measure_growth_of_layers,
             lambda: measure_sharing(subjects[0])]
    if LARGE:
        steps.append(measure_large_model)
    for step in steps:
        try:
            step()
        except Failed as why:
            TABLE.fail("growth", why)
    TABLE.versions["python"] = platform.python_version()
    paths = [os.path.join(OUT, "bench.json"), os.path.join(OUT, "history", history_name())]
    TABLE.save(paths, commit=COMMIT, load_average=LOAD, backend=BACKEND, images=IMAGES)
    print(f"\nmore than 1x: requant is better. {paths[1]}; CPU: {TABLE.machine.get('cpu')}")
    return TABLE.failed()


if __name__ == "__main__":
    sys.exit(main())
