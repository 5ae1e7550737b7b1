"""How the cases_*.py files of the data-moving operators list their cases."""
import numpy as np
import openvino as ov
import openvino.opset1 as o1

FLOATS = np.float32


class Casebook:
    """cases: (name, make); what make() gives is told in test_ops.py."""

    def __init__(self):
        self.cases = []

    def add(self, name, build, *inputs, want=None):
        """build(*parameters) gives a node, or a list of outputs; inputs and want are arrays."""

        def make():
            parameters = [o1.parameter(list(a.shape), a.dtype, name=f"x{i}")
                          for i, a in enumerate(inputs)]
            result = build(*parameters)
            outputs = result if isinstance(result, list) else list(result.outputs())
            return ov.Model(outputs, parameters, "case"), list(inputs), want

        self.cases.append((name, make))


def data(*shape, dtype=FLOATS, seed=0):
    """Seeded noise: standard normal floats, integers from -100 (or 0) to 99."""
    rng = np.random.default_rng([seed, *shape])
    if np.issubdtype(dtype, np.floating):
        return np.asarray(rng.standard_normal(shape)).astype(dtype)
    if dtype == np.bool_:
        return rng.integers(0, 2, shape).astype(dtype)
    low = 0 if np.issubdtype(dtype, np.unsignedinteger) else -100
    return np.asarray(rng.integers(low, 100, shape)).astype(dtype)


def ints(*values):
    return np.array(values, dtype=np.int64)


def const(values, dtype=np.int64):
    return o1.constant(np.array(values, dtype=dtype))
