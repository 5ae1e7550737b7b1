"""Random small graphs: `requant import` against the framework that would run them itself.

A framework is an object with
    name, dims (the most of a new value)
    builders: functions that take a Graph and give a Node, or None where nothing fits
    evaluate(node, arrays, graph): the outputs' arrays by the framework; raises where it refuses
    write(graph, folder): writes the model, gives the arguments of `requant import`
    known: (pattern of the smallest graph and its difference, why[, condition of that graph]), the
        differences that stay
Every node is evaluated as it is added, so that the attributes of the next one can fit its values.
"""
import argparse
import dataclasses
import multiprocessing
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import warnings

import numpy as np

from imported import PROGRAM, by_openvino, by_openvino_kernels, by_requant, first_difference

# Types of values that builders draw from, those that fail most often several times.
F = ("float32",)
FLOATS = ("float32", "float32", "float16")
INTS = ("int32", "int64")
NUMBERS = ("float32", "float32", "float16", "int32", "int64")
FORK = multiprocessing.get_context("fork")
LARGEST = 1e4  # beyond it, sums of floats lose what is compared, and integers overflow


def registry():
    """A framework's list of builders, and the decorator that puts one there, as often as it weighs."""
    builders = []

    def builder(weight=1):
        def register(function):
            builders.extend([function] * weight)
            return function
        return register
    return builders, builder


@dataclasses.dataclass
class Node:
    op: str
    inputs: list
    outputs: int = 1
    attrs: dict = dataclasses.field(default_factory=dict)
    names: list = dataclasses.field(default_factory=list)  # of the outputs
    exact: bool = False  # the outputs have no rounding if the inputs have none


class Graph:
    def __init__(self, rng, framework):
        self.rng, self.framework, self.options = rng, framework, {}
        self.values, self.inputs, self.constants, self.nodes = {}, [], [], []
        self.rounded = set()

    # What a builder draws.

    def one(self, *choices):
        return choices[self.rng.integers(len(choices))]

    def chance(self, p=0.5):
        return self.rng.random() < p

    def int(self, low, high):
        """Both ends included."""
        return int(self.rng.integers(low, high + 1))

    def ints(self, count, low, high):
        return [self.int(low, high) for _ in range(count)]

    def array(self, shape, dtype="float32", low=-2, high=2):
        """Floats on a grid of eighths: ties happen, and sums are exact."""
        dtype = np.dtype(dtype)
        if dtype == bool:
            return self.rng.random(shape) < 0.5
        if dtype.kind == "f":
            return (self.rng.integers(low * 8, high * 8 + 1, shape) / 8).astype(dtype)
        return self.rng.integers(max(low * 4, np.iinfo(dtype).min), high * 4 + 1, shape).astype(dtype)

    def shape(self, low, high):
        return self.ints(self.int(low, high), 1, self.framework.dims)

    # What a builder reads and makes.

    def new(self, array, constant=False):
        name = f"{'c' if constant else 'x'}{len(self.values)}"
        self.values[name] = np.asarray(array)
        (self.constants if constant else self.inputs).append(name)
        return name

    def const(self, array):
        return self.new(array, constant=True)

    def side(self, array):
        """A second operand: mostly a constant."""
        return self.new(array, constant=self.chance(0.7))

    def value(self, dtypes=("float32",), rank=(1, 5), test=None, exact=False):
        """One that is there and fits, else a new input."""
        fits = [n for n, v in self.values.items() if v.dtype.name in dtypes and v.size > 0
                and n not in self.constants and rank[0] <= v.ndim <= rank[1]
                and (test is None or test(v)) and not (exact and n in self.rounded)]
        if fits and self.chance(0.8):
            return fits[-1] if self.chance(0.7) else self.one(*fits)
        for _ in range(20):
            array = self.array(self.shape(*rank), self.one(*dtypes))
            if test is None or test(array):
                return self.new(array)
        return None

    def operand(self, name):
        """Of the same type, broadcast with that one."""
        v = self.values[name]
        fits = [n for n, o in self.values.items() if o.dtype == v.dtype and n not in self.constants
                and _broadcasts(o.shape, v.shape)]
        if self.chance(0.4):
            return self.one(*fits)
        shape = [1 if self.chance(0.3) else d for d in v.shape][self.int(0, v.ndim) if self.chance(0.3) else 0:]
        return self.side(self.array(shape, v.dtype))

    def reshaped(self, name):
        """Another shape of as many elements: two dimensions as one, or an even one as two."""
        shape = list(self.values[name].shape)
        if self.chance() and len(shape) > 1:
            at = self.int(0, len(shape) - 2)
            shape[at:at + 2] = [shape[at] * shape[at + 1]]
        for at, d in enumerate(shape):
            if d % 2 == 0 and self.chance():
                shape[at:at + 1] = [2, d // 2]
                break
        return shape

    def add(self, node):
        """False where the framework refuses it, or gives what cannot be compared."""
        arrays = [self.values[i] if i else None for i in node.inputs]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                outputs = [o.astype(o.dtype.name) for o in  # OpenVINO knows one of two int64
                           map(np.asarray, self.framework.evaluate(node, arrays, self))]
        except Exception:
            return False
        if not outputs or not all(_comparable(o) for o in outputs):
            return False
        node.names = [f"y{len(self.values) + i}" for i in range(len(outputs))]
        node.outputs = len(outputs)
        self.values.update(zip(node.names, outputs))
        self.nodes.append(node)
        if not node.exact or self.rounded.intersection(node.inputs):
            self.rounded.update(n for n in node.names if self.values[n].dtype.kind == "f")
        return True

    def prune(self):
        read = {i for n in self.nodes for i in n.inputs}
        self.inputs = [n for n in self.inputs if n in read]
        self.constants = [n for n in self.constants if n in read]

    def outputs(self):
        read = {i for n in self.nodes for i in n.inputs}
        return [o for n in self.nodes for o in n.names if o not in read]

    def part(self, nodes):
        """Those nodes alone, fed with the values of this graph."""
        part = Graph(self.rng, self.framework)
        part.options, part.values, part.nodes = self.options, self.values, nodes
        made = {o for n in nodes for o in n.names}
        read = dict.fromkeys(i for n in nodes for i in n.inputs if i and i not in made)
        part.constants = [n for n in read if n in self.constants]
        part.inputs = [n for n in read if n not in self.constants]
        return part

    def __str__(self):
        def told(name):
            if not name:
                return "-"
            v = self.values[name]
            small = f"={v.tolist()}" if name in self.constants and v.size <= 8 else ""
            return f"{name}:{v.dtype.name}{list(v.shape)}{small}"
        lines = [f"{n.op}({', '.join(map(told, n.inputs))}; "
                 + ", ".join(f"{k}={v}" for k, v in n.attrs.items())
                 + f") -> {', '.join(map(told, n.names))}" for n in self.nodes]
        lines += [" ".join(f"{k}={v}" for k, v in self.options.items())] * bool(self.options)
        return "\n    ".join(lines)


def axis_of(g, name):
    """An axis of the value, from the front or from the back."""
    rank = g.values[name].ndim
    return g.int(-rank, rank - 1)


def axes_of(g, name, least=1):
    """At least so many axes of the value, in any order."""
    rank = g.values[name].ndim
    axes = g.rng.permutation(rank)[:g.int(least, rank)]
    return [int(a) - (rank if g.chance(0.3) else 0) for a in axes]


def _broadcasts(small, large):
    return len(small) <= len(large) and all(
        a in (1, b) for a, b in zip(small[::-1], large[::-1]))


def _comparable(array):
    if array.size == 0 or array.size > 20000 or array.dtype.kind not in "fiub":
        return False
    return array.dtype == bool or bool((np.abs(array.astype(float)) < LARGEST).all())


def generate(framework, seed):
    graph = Graph(np.random.default_rng(seed), framework)
    framework.start(graph)
    wanted = graph.int(1, 6)
    for _ in range(wanted * 10):
        if len(graph.nodes) == wanted:
            break
        before = dict(graph.values), list(graph.inputs), list(graph.constants)
        node = graph.one(*framework.builders)(graph)
        if node is None or not graph.add(node):
            graph.values, graph.inputs, graph.constants = before
    graph.prune()
    return graph


def difference(got, want, scale):
    if got is None:
        return "no such output"
    if got.shape != want.shape:
        return f"shape {got.shape}, expected {want.shape}"
    if want.dtype.kind != "f":
        return None if (got == want).all() else f"{(got != want).sum()} of {want.size} differ"
    got, half, want = got.astype(float), want.dtype == np.float16, want.astype(float)
    relative, absolute = (1e-2, 4e-3) if half else (1e-4, 1e-5)
    if np.allclose(got, want, rtol=relative, atol=absolute * scale):
        return None
    return f"differs by up to {np.nanmax(np.abs(got - want)):.3g}"


def _send(pipe, function, arguments):
    try:
        pipe.send((function(*arguments), None))
    except RuntimeError as error:
        pipe.send((None, error))


def apart(function, *arguments):
    """What the function gives in a process of its own, so that a crash is but an error."""
    ours, theirs = multiprocessing.Pipe(False)
    worker = FORK.Process(target=_send, args=(theirs, function, arguments))
    worker.start()
    theirs.close()
    try:
        given, error = ours.recv()
    except EOFError:
        given, error = None, RuntimeError("the process died")
    worker.join()
    if error:
        raise error
    return given


def judge_model(graph, folder, xml, runs):
    """What differs first of `runs`, functions of the feeds by name, from what the graph's own runtime gives."""
    kept = set(re.findall(r'<layer [^>]*name="([^"]*)" type="Parameter"', xml.read_text()))
    feeds = {name: graph.values[name] for name in graph.inputs if name in kept}
    scale = max([1.0, *(float(np.abs(v.astype(float)).max()) for n in graph.nodes for v in
                        (graph.values[name] for name in n.names + [i for i in n.inputs if i]) if v.size)])
    return first_difference([(who, lambda run=run: run(feeds)) for who, run in runs],
                            {name: graph.values[name] for name in graph.outputs()},
                            lambda got, want: difference(got, want, scale))


def problem_of(graph, folder, crashes=False):
    """What differs first, None if nothing does. `crashes`: OpenVINO may."""
    folder.mkdir(parents=True, exist_ok=True)
    xml = folder / "model.xml"
    run = subprocess.run([PROGRAM, "import", *graph.framework.write(graph, folder), "-o", xml, "--quiet"],
                         capture_output=True, text=True, timeout=60)
    if run.returncode:
        return "import: " + (run.stderr.strip() or f"exit {run.returncode}")
    return judge_model(graph, folder, xml, [
        ("requant", lambda feeds: by_requant(xml, feeds, folder, "--backend", "reference")),
        ("OpenVINO", lambda feeds: apart(by_openvino, xml, feeds) if crashes else by_openvino(xml, feeds))])


def shrink(graph, problem, folder, crashes):
    """The fewest nodes beside one another that still differ."""
    for count in range(1, len(graph.nodes)):
        for first in range(len(graph.nodes) - count + 1):
            part = graph.part(graph.nodes[first:first + count])
            found = problem_of(part, folder / "smallest", crashes)
            if found:
                return part, found
    shutil.rmtree(folder / "smallest", ignore_errors=True)
    return graph, problem


PLAIN = "SSE41"  # OpenVINO's plainest kernels


def is_of_one_cpu(graph, problem, folder):
    """Of OpenVINO alone, and of its kernels for this CPU: the plainest ones give what is expected."""
    xml = folder / "model.xml"
    return problem.startswith("OpenVINO: ") and judge_model(graph, folder, xml, [
        ("OpenVINO", lambda feeds: by_openvino_kernels(PLAIN, xml, feeds, folder))]) is None


def excuse(graph, problem):
    told = f"{graph}\n{problem}"
    return next((why for pattern, why, *conditions in graph.framework.known
                 if re.search(pattern, told, re.S) and all(c(graph) for c in conditions)), None)


def judge(framework, seed, kept, crashes):
    """(outcome, words): equal, known or different."""
    graph = generate(framework, seed)
    if not graph.nodes:
        return "empty", ""
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        problem = problem_of(graph, folder, crashes)
        if problem is None:
            return "equal", ""
        graph, problem = shrink(graph, problem, folder, crashes)
        why = excuse(graph, problem)
        last = folder / "smallest" if (folder / "smallest" / "model.xml").exists() else folder
        if not why and is_of_one_cpu(graph, problem, last):
            why = f"OpenVINO's kernels for this CPU: right with {PLAIN}'s"
        if why:
            return "known", why
        target = kept / f"{framework.name}-{seed}"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(folder, target)
        (target / "graph.txt").write_text(f"{graph}\n{problem}\n")
        return "different", f"{problem}\n    {graph}"


def _work(framework, seeds, kept, crashes, pipe):
    for seed in seeds:
        pipe.send((seed, *judge(framework, seed, kept, crashes)))


def outcomes(framework, seeds, kept):
    """A process of its own judges them. The graph whose OpenVINO crashes is judged once more, with its
    runs apart."""
    seeds, crashes = list(seeds), False
    while seeds:
        ours, theirs = multiprocessing.Pipe(False)
        worker = FORK.Process(target=_work, args=(
            framework, seeds[:1] if crashes else seeds, kept, crashes, theirs))
        worker.start()
        theirs.close()
        judged = False
        try:
            while seeds:
                yield ours.recv()
                seeds.pop(0)
                judged = True
        except EOFError:
            if crashes and not judged:
                yield seeds.pop(0), "different", "the process that judges it died"
            crashes = not crashes
        worker.join()


def main(framework, description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--seed", type=int, default=1, help="of the first graph")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--keep", type=pathlib.Path, default="build/differential",
                        help="folder of the graphs that differ")
    given = parser.parse_args()
    counts, excuses, last = {}, {}, given.seed - 1
    try:
        for seed, outcome, words in outcomes(framework, range(given.seed, given.seed + given.count), given.keep):
            counts[outcome], last = counts.get(outcome, 0) + 1, seed
            if outcome == "different":
                print(f"failed: {framework.name} --seed {seed}: {words}", flush=True)
            if outcome == "known":
                excuses.setdefault(words, []).append(seed)
    except KeyboardInterrupt:  # what there is so far
        pass
    for why, known in excuses.items():
        print(f"known: {len(known)}: {why} (--seed {', '.join(map(str, known[:10]))})")
    print(f"{framework.name}, seeds {given.seed} to {last}: "
          + ", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    sys.exit(counts.get("different", 0) > 0)
