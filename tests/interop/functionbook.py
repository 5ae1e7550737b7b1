"""How the tf_*.py files describe small TensorFlow graphs."""
import numpy as np


def data(*shape, low=-1, high=1, seed=0):
    return np.random.default_rng([seed, *shape]).uniform(low, high, shape).astype(np.float32)


def whole(*shape, low=-9, high=10, dtype=np.int32):
    return np.random.default_rng([7, *shape]).integers(low, high, shape).astype(dtype)


class Functionbook:
    def __init__(self):
        self.cases = []

    def add(self, name, function, *inputs, unknown=()):
        """The function of that many tensors gives one or several. `unknown`: axes of the inputs whose size is."""
        self.cases.append((name, function, inputs, unknown))
