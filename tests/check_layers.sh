#!/bin/bash
# The plan of the house: who may include whom, who may call whom (by the objects of a build, if there is
# one), and no circle of includes between modules or folders. Runs in `make lint` and `make check`; -v
# also lists what is known and to come.
. "$(dirname "$0")/lib.sh"
cd "$root"

python3 - "$@" <<'END'
import collections, os, re, subprocess, sys

# A room may include headers of its own, of those named here, and of those that these may include.
ROOMS = {
    "engine/base": "",
    "engine/hdf5": "engine/base",
    "engine/ir": "engine/base",
    "engine/ops": "engine/ir",
    "engine/exec": "engine/ops",
    "engine/import": "engine/ir engine/ops",
    "engine/export": "engine/ir engine/ops",
    "datasets": "engine/base",
    "calib": "engine/base",
    "reports": "engine/base",
    "quant": "engine/ir engine/ops calib",
    "engine/run": "engine/exec datasets",
    "engine/workbench": "engine/run quant calib reports engine/import engine/export",
    "engine/api": "engine/workbench engine/import engine/export",
    "engine/cli": "engine/api",
}

# Floors of a room with folders, from the top: a folder includes what is below it. "." is the frame,
# the files on the room's top; in engine/ops these are the operators, and the frame lies below.
FLOORS = {
    "engine/base": ["staging", "formats", "."],
    "datasets": ["kinds", ".", "image arrays"],
    "reports": ["html", "compare", "adapters writers", "metrics", "."],
    "quant": [".", "compress", "ranges", "layers", "placement"],
    "engine/ops": ["operators", "common", "."],
    "engine/exec": ["onednn", "."],
    "engine/import": ["onnx tensorflow tflite caffe passes replacements", "."],
    "engine/export": ["onnx", "."],
    "engine/workbench": ["quantize compare", "report", "tune", "sensitivity", "search",
                         "calibrate bench lint", "evaluate", "."],
    "engine/api": [".", "options"],
    "engine/cli": [".", "show starter"],
}
# Folders within a folder, likewise.
INNER = {"engine/import/tensorflow": [".", "variables loops ops", "graph"]}
OPS_FRAME = (r"engine/ops/(op|operators|attrs|infer|(requant_)?extension(_\w+)?|bind(_\w+)?|input_shape|work|weight_axes"
             r"|quantized_pattern|reshape_graph)\.[ch]")
# A frame above a folder, and another room, see only its faces.
FACES = {
    "datasets/arrays": "arrays npy",
    "datasets/image": "image decode encode preprocess",
    "engine/api/options": "analyze_options compare_options data_option extension_options image_options import_options model_options"
                          " option_words output_option plan_options procedures quantization_config quantize_options score_options tune_options workload_options",
    "engine/base/formats": "hdf5_file hdf5_helper hdf5_stream json json_require json_write onnx.pb-c onnx_dtype onnx_external xml xml_write yaml",
    "engine/base/staging": "staging",
    "engine/cli/show": "show",
    "engine/cli/starter": "starter",
    "engine/export/onnx": "to_onnx",
    "engine/import/replacements": "replacements",
    "engine/workbench/bench": "bench_run",
    "engine/workbench/calibrate": "calibrate merge_shards",
    "engine/workbench/compare": "compare_runs",
    "engine/workbench/evaluate": "evaluate evaluation_report evaluation_text",
    "engine/workbench/lint": "lint",
    "engine/workbench/quantize": "first_checks quantize_job resources",
    "engine/workbench/report": "sensitivity_report tune_report",
    "engine/workbench/search": "build_quantized decide",
    "engine/workbench/sensitivity": "sensitivity_setup sensitivity_text",
    "engine/workbench/tune": "tune tune_text",
    "quant/compress": "compress_apply compress_layout compress_plan compress_ratio compress_round",
    "quant/layers": "gram graph_edit im2col layer_bias layer_moments weight_layout",
    "quant/ranges": "noise_gains range_auto range_cache",
    "quant/placement": "ignored_scope int8_kernels precision quantizer_placement target_placement targets zero_points",
    "reports/adapters": "adapter",
    "reports/compare": "compare compare_writer",
    "reports/metrics": "class_scores confusion interval measure metric output_kind speed_noise",
    "reports/writers": "class_ap_csv confusion_csv csv histogram_text table_text trials_text writer",
}
# Their headers tell operators' attributes and parts: all are faces.
OPEN = {"engine/ops/common"}

# What a program can do, a command does through the public library alone.
THROUGH_API = re.findall(r"^RQ_PROCEDURE\((\w+)\)$", open("engine/api/options/procedures.def").read(), re.M)

# Rooms that are still being arranged: reported, but no failure.
TO_COME = set()

# The one door to each foreign library: header, then where the only file that includes it lies.
DOORS = {
    r"libxml/": "engine/base/formats/",
    r"png\.h": "datasets/",
    r"jpeglib\.h": "datasets/",
    r"webp/": "datasets/",
    r"tiff": "datasets/",
    r"zlib\.h": "datasets/arrays/npz.c",
    r"hdf5": "engine/hdf5/library.h",
    r"jansson\.h": "engine/base/formats/json.c",
    r"yaml\.h": "engine/base/formats/yaml.c",
    r"xxhash\.h": "engine/base/hash.c",
    r"oneapi/": "engine/base/dnnl_library.h",
}

problems, to_come = [], []


def complain(text, *rooms):
    (to_come if rooms and set(rooms) <= TO_COME else problems).append(text)


def room_of(path):
    parts = path.split("/")
    return "/".join(parts[:2 if parts[0] == "engine" else 1]) if path.count("/") > (
        parts[0] == "engine") else ""


def folder_of(path):  # "." is the room's frame
    if re.fullmatch(OPS_FRAME, path): return "."
    rest = path[len(room_of(path)) + 1:]
    if "/" in rest: return rest.split("/")[0]
    return "operators" if room_of(path) == "engine/ops" else "."


def closure(table):
    def below(x, seen):
        for y in table[x].split():
            if y not in seen:
                seen.add(y)
                below(y, seen)
        return seen
    return {x: below(x, set()) for x in table}


def circles(edges):  # strongly connected parts of more than one node (Tarjan 1972)
    after, index, low, stack, found = collections.defaultdict(set), {}, {}, [], []
    for a, b in edges:
        if a != b: after[a].add(b)

    def visit(x):
        index[x] = low[x] = len(index)
        stack.append(x)
        for y in sorted(after.get(x, ())):
            if y not in index: visit(y)
            if y in stack: low[x] = min(low[x], low[y])
        if low[x] == index[x]:
            part = set(stack[stack.index(x):])
            del stack[stack.index(x):]
            if len(part) > 1: found.append(part)
    sys.setrecursionlimit(10000)
    for x in sorted(after):
        if x not in index: visit(x)
    return found


# -- reading ---------------------------------------------------------------------------------------

files, text = [], {}
for top in ("calib", "datasets", "engine", "quant", "reports"):
    for folder, _, names in os.walk(top):
        files += [f"{folder}/{n}" for n in names if n.endswith((".c", ".h"))]
files.sort()
includes, foreign = [], []  # (file, line, header)
for file in files:
    for line, one in enumerate(open(file, encoding="utf-8"), 1):
        match = re.match(r'\s*#\s*include\s*(?:"([^"]*)"|<([^>]*)>)', one)
        if not match: continue
        if match[2]: foreign.append((file, line, match[2]))
        elif not match[1].endswith(".def"): includes.append((file, line, match[1]))
of_file = collections.defaultdict(set)
for file, _, header in includes: of_file[file].add(header)


def module_of(path):
    """x.c and x.h. A header without a .c that is named x_... and that x.c includes is x's too, and so
    is x_parts.h, x_local.h, x_private.h."""
    base = path[:-2]
    if path.endswith(".c") or base + ".c" in present: return base
    private = re.fullmatch(r"(.*)_(parts|local|private)", base)
    if private: return private[1]
    folder, name = base.rsplit("/", 1)
    words = name.split("_")
    for n in range(len(words) - 1, 0, -1):
        owner = f"{folder}/{'_'.join(words[:n])}"
        if path in of_file.get(owner + ".c", ()): return owner
    return base


present = set(files)
may = closure(ROOMS)

# -- rooms -----------------------------------------------------------------------------------------

for file, line, header in includes:
    at, a, b = f'{file}:{line}: "{header}"', room_of(file), room_of(header)
    if not b: complain(f"{at}: include by path from the top of the repository")
    elif a not in ROOMS: complain(f"{at}: no such room: {a}")
    elif a != b and b not in may[a]:
        complain(f"{at}: {a} may not include {b} (allowed: {' '.join(sorted(may[a])) or 'nothing'})")
    if b in ("engine/workbench", "engine/run") and re.fullmatch(
            rf"engine/cli/cmd_({'|'.join(THROUGH_API)})\.c", file):
        complain(f"{at}: only through engine/api")

for pattern, allowed in DOORS.items():
    users = sorted({file for file, _, header in foreign if re.match(rf"(.*/)?{pattern}", header)})
    for user in users:
        if not user.startswith(allowed): complain(f"{user}: includes <{pattern}>: only {allowed} may")
    if len(users) > 1: complain(f"only one file may include <{pattern}>, found: {' '.join(users)}")

# -- folders ---------------------------------------------------------------------------------------

floor = {room: {folder: n for n, names in enumerate(reversed(floors)) for folder in names.split()}
         for room, floors in FLOORS.items()}
folder_edges = collections.defaultdict(list)
for file, line, header in includes:
    room, a, b = room_of(file), folder_of(file), folder_of(header)
    at, inner = f'{file}:{line}: "{header}"', f"{room_of(header)}/{b}"
    if (a == "." or room != room_of(header)) and b != "." and inner not in OPEN:
        if os.path.basename(header)[:-2] not in FACES.get(inner, "").split():
            complain(f"{at}: is no face of {inner}", room)
    if room != room_of(header) or a == b: continue
    folder_edges[room, a, b].append(at)
    if not {a, b} <= set(floor.get(room, ())):
        complain(f"{at}: {room}: no floor is named for {a} and {b}", room)
        continue
    if floor[room][a] <= floor[room][b]:
        complain(f"{at}: in {room} {a} does not lie above {b}", room)

for top, floors in INNER.items():
    level = {folder: n for n, names in enumerate(reversed(floors)) for folder in names.split()}
    for file, line, header in includes:
        if not file.startswith(f"{top}/") or not header.startswith(f"{top}/"): continue
        a, b = ((os.path.dirname(p)[len(top) + 1:] or ".") for p in (file, header))
        at = f'{file}:{line}: "{header}"'
        if a not in level or b not in level: complain(f"{at}: {top}: no floor is named for {a} and {b}")
        elif a != b and level[a] <= level[b]: complain(f"{at}: in {top} {a} does not lie above {b}")

n_folders = {(room_of(f), folder_of(f)) for f in files}
for circle in circles({((r, a), (r, b)) for r, a, b in folder_edges}):
    room = next(iter(circle))[0]
    complain(f"{room}: circle of folders: {' '.join(sorted(f for _, f in circle))}", room)

# -- modules ---------------------------------------------------------------------------------------

module_edges = collections.defaultdict(list)
for file, line, header in includes:
    a, b = module_of(file), module_of(header) if room_of(header) else ""
    if b and a != b: module_edges[a, b].append(f'{file}:{line}: "{header}"')
for circle in circles(module_edges):
    lines = [at for (a, b), ats in module_edges.items() if {a, b} <= circle for at in ats]
    complain("\n    ".join([f"circle of modules: {' '.join(sorted(circle))}"] + sorted(lines)),
             *{room_of(m + ".c") for m in circle})

# -- calls -----------------------------------------------------------------------------------------

# A header may lie below the file that defines what it declares: then a call goes up, and no include
# shows it. The symbols of a build do. What a table (.def) names is called through the table.


def symbols(build):  # what objects define, and (object, symbol) that they take from others
    objects = [f"{f[:-2]}.o" for f in files
               if f.endswith(".c") and os.path.exists(f"{build}/{f[:-2]}.o")]
    home, used = {}, []
    if not objects: return home, used
    for one in subprocess.run(["nm", "-A", "-g"] + objects, cwd=build, check=True, text=True,
                              stdout=subprocess.PIPE).stdout.splitlines():
        file, rest = one.split(":", 1)
        kind, symbol = rest.split()[-2:]
        if kind == "T": home[symbol] = file[:-2] + ".c"
        if kind == "U": used.append((file[:-2] + ".c", symbol))
    return home, used


def in_table(file, symbol):
    if file not in tables:
        defs = re.findall(r'#include "([^"]*\.def)"', open(file, encoding="utf-8").read())
        tables[file] = {w for d in defs for w in re.findall(r"\w+", open(d).read())}
    return symbol in tables[file] or any(symbol.endswith("_" + w) for w in tables[file])


tables = {}
home, used = symbols(os.environ.get("BUILD_DIR", "build/release"))
calls = [(file, symbol) for file, symbol in used if symbol in home and not in_table(file, symbol)]
for file, symbol in calls:
    a, b = (room_of(file), folder_of(file)), (room_of(home[symbol]), folder_of(home[symbol]))
    at = f"{file}: calls {symbol} of {home[symbol]}"
    if a[0] != b[0] and b[0] not in may.get(a[0], ()): complain(f"{at}: {a[0]} may not", a[0], b[0])
    if a[0] == b[0] and a != b and floor[a[0]].get(a[1], 0) <= floor[a[0]].get(b[1], 0):
        complain(f"{at}: in {a[0]} {a[1]} does not lie above {b[1]}", a[0])

if len(THROUGH_API) < 7: complain(f"only {len(THROUGH_API)} procedures found: is the check itself broken?")
if len(includes) < 1000: complain(f"only {len(includes)} includes found: is the check itself broken?")
for problem in problems: print(problem)
if "-v" in sys.argv[1:]:
    for problem in to_come: print("to come:", problem)
print(f"{len(includes)} includes between {len({module_of(f) for f in files})} modules in "
      f"{len(n_folders)} folders of {len({r for r, _ in n_folders})} rooms, "
      f"{len(calls) or 'no build, hence no'} calls: {len(problems)} problems"
      + (f", {len(to_come)} to come (-v lists them)" if to_come else ""))
sys.exit(bool(problems))
END
