"""requant for Python: the standard library and librequant.so. Options are keywords, named as those of
the commands (with _ for -): True is a switch, several numbers are one value (1,2,3), several texts give
an option several times; score may be a function of an image's path and its outputs (a dict of flat lists of
numbers by output), which gives a number. Results are dicts: what the command's JSON says (of evaluate, in "metrics").
REQUANT_LIBRARY names the library where it is not found by itself."""
import ctypes as c, json, os

_COMPARED = (-7, -8)  # RQ_EBUDGET, RQ_EUNMEASURED: there is a result, too
_here = os.path.dirname(os.path.realpath(__file__))
_places = [os.path.join(_here, up, "lib/librequant.so.0") for up in ("", "../../..")]  # a wheel; a prefix
_rq = c.CDLL(os.environ.get("REQUANT_LIBRARY")
             or next(filter(os.path.exists, _places), "librequant.so.0"))
_rq.rq_error_text.restype = c.c_char_p


class Error(Exception):
    """What the library says of a failure; `status` is its rq_status."""
    status = property(lambda self: self.args[0])
    __str__ = lambda self: self.args[1]


def _check(status, *allowed):
    if status not in (0, *allowed): raise Error(status, _rq.rq_error_text().decode(errors="replace"))


class _Output(c.Structure):
    _fields_ = [("name", c.c_char_p), ("values", c.POINTER(c.c_float)), ("shape", c.POINTER(c.c_int64)),
                ("rank", c.c_size_t)]


_SCORE = c.CFUNCTYPE(c.c_double, c.c_void_p, c.c_char_p, c.POINTER(_Output), c.c_size_t)


def _values(output):
    n = 1
    for size in output.shape[:output.rank]: n *= size
    return output.values[:n]


class _Call:  # its objects, destroyed last to first
    def __enter__(self):
        self.owned, self.raised = [], None
        self.context = self.make("context", "context_create", None)
        return self

    def __exit__(self, *_):
        for kind, handle in reversed(self.owned): _rq[f"rq_{kind}_destroy"](c.byref(handle))
        if self.raised: raise self.raised

    def make(self, kind, function, *args, allowed=()):
        self.owned.append((kind, handle := c.c_void_p()))
        _check(_rq["rq_" + function](c.byref(handle), *args), *allowed)
        return handle

    def options(self, procedure, options):
        handle = self.make("options", "options_create", procedure.encode())
        for name, value in options.items():
            if name == "score" and callable(value):
                self.score = self.scorer(value)  # as long as the call
                _check(_rq.rq_options_set_score(handle, self.score, None))
                continue
            values = value if isinstance(value, (list, tuple)) else [value]
            if len(values) > 1 and isinstance(values[0], (int, float)): values = [",".join(map(str, values))]
            for one in values:
                text = None if one is True else os.fsencode(str(one))
                if one is not None and one is not False: _check(_rq.rq_options_set(handle, name.encode(), text))
        return handle

    def scorer(self, function):
        def score(_, image, outputs, n):
            try:
                return function(os.fsdecode(image), {outputs[i].name.decode(): _values(outputs[i]) for i in range(n)})
            except BaseException as why:  # which must not pass through C
                self.raised = why
                return float("nan")
        return _SCORE(score)

    def json(self, kind, handle, *style):
        _check(_rq[f"rq_{kind}_text"](c.byref(text := c.c_char_p()), handle, b"json", *style))
        return json.loads(text.value)


def _run(procedure, model, options):
    with _Call() as call:
        options = call.options(procedure, options)
        network = call.make("network", "network_open", call.context, os.fsencode(model), options)
        result = call.make("result", procedure, network, options)
        return call.json("result", result, None)


def import_model(model, output, **options):
    """Into an IR: `output` is a folder, or a file NAME.xml; "saved" of the result is that file."""
    with _Call() as call:
        network = call.make("network", "network_open", call.context, os.fsencode(model),
                            call.options("import", options))
        _check(_rq.rq_network_save(network, os.fsencode(output)))
        return call.json("network", network)


def quantize(model, **options): return _run("quantize", model, options)
def evaluate(model, **options): return {"metrics": _run("evaluate", model, options)}
def analyze(model, **options): return _run("analyze", model, options)
def tune(model, **options): return _run("tune", model, options)


def _described(stats):
    counts = [c.c_size_t() for _ in range(3)]
    _rq.rq_stats_describe(stats, *map(c.byref, counts))
    return dict(zip(("values", "images", "unreadable"), (count.value for count in counts)))


def calibrate(model, output, **options):
    """Statistics into the file `output`, or those of a part of the images with shard="3/8"."""
    with _Call() as call:
        options = call.options("calibrate", {**options, "output": output})
        network = call.make("network", "network_open", call.context, os.fsencode(model), options)
        return _described(call.make("stats", "calibrate", None, network, options))


def merge(*shards, output):
    """The files of all shards into one, as if they had been one run."""
    with _Call() as call:
        names = (c.c_char_p * len(shards))(*map(os.fsencode, shards))
        args = call.context, names, c.c_size_t(len(shards)), call.options("merge", {"output": output})
        return _described(call.make("stats", "merge", *args))


def compare(*runs, **options):
    """Folders of results, or models with data=...; "budgets" of the result says which are met."""
    with _Call() as call:
        names = (c.c_char_p * len(runs))(*map(os.fsencode, runs))
        args = call.context, names, c.c_size_t(len(runs)), call.options("compare", options)
        return call.json("result", call.make("result", "compare", *args, allowed=_COMPARED), None)
