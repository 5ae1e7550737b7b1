"""requant for Python: the standard library and librequant.so. Options are keywords, named as those of
the commands (with _ for -): True is a switch, several numbers are one value (1,2,3), several texts give
an option several times. Results are dicts: what the command's JSON says (of evaluate, in "metrics").
REQUANT_LIBRARY names the library where it is not found by itself."""
import ctypes as c, json, os

_COMPARED = (-7, -8)  # RQ_EBUDGET, RQ_EUNMEASURED: there is a result, too
_installed = os.path.realpath(os.path.join(__file__, "../../../../lib/librequant.so.0"))
_rq = c.CDLL(os.environ.get("REQUANT_LIBRARY")
             or (_installed if os.path.exists(_installed) else "librequant.so.0"))
_rq.rq_error_text.restype = c.c_char_p


class Error(Exception):
    """What the library says of a failure; `status` is its rq_status."""
    status = property(lambda self: self.args[0])
    __str__ = lambda self: self.args[1]


def _check(status, *allowed):
    if status not in (0, *allowed): raise Error(status, _rq.rq_error_text().decode(errors="replace"))


class _Call:  # its objects, destroyed last to first
    def __enter__(self):
        self.owned = []
        self.context = self.make("context", "context_create", None)
        return self

    def __exit__(self, *_):
        for kind, handle in reversed(self.owned): _rq[f"rq_{kind}_destroy"](c.byref(handle))

    def make(self, kind, function, *args, allowed=()):
        self.owned.append((kind, handle := c.c_void_p()))
        _check(_rq["rq_" + function](c.byref(handle), *args), *allowed)
        return handle

    def options(self, procedure, options):
        handle = self.make("options", "options_create", procedure.encode())
        for name, value in options.items():
            values = value if isinstance(value, (list, tuple)) else [value]
            if len(values) > 1 and isinstance(values[0], (int, float)): values = [",".join(map(str, values))]
            for one in values:
                text = None if one is True else os.fsencode(str(one))
                if one is not None and one is not False: _check(_rq.rq_options_set(handle, name.encode(), text))
        return handle

    def json(self, kind, handle, *style):
        _check(_rq[f"rq_{kind}_text"](c.byref(text := c.c_char_p()), handle, b"json", *style))
        return json.loads(text.value)


def _run(procedure, model, options):
    with _Call() as call:
        network = call.make("network", "network_open", call.context, os.fsencode(model), None)
        result = call.make("result", procedure, network, call.options(procedure, options))
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


def compare(*runs, **options):
    """Folders of results, or models with data=...; "budgets" of the result says which are met."""
    with _Call() as call:
        names = (c.c_char_p * len(runs))(*map(os.fsencode, runs))
        args = call.context, names, c.c_size_t(len(runs)), call.options("compare", options)
        return call.json("result", call.make("result", "compare", *args, allowed=_COMPARED), None)
