"""Tensors of a PyTorch checkpoint (.pth), read without PyTorch and without running what it says:
only float tensors, dictionaries and numbers are let in."""
import collections
import io
import pickle
import struct
import zipfile

import numpy as np


class Tensor:
    """float32 elements of a storage, known once all storages are read."""

    def __init__(self, storage, offset, shape, strides):
        self.storage, self.offset, self.shape, self.strides = storage, offset, shape, strides

    def array(self, storages):
        flat = storages[self.storage][self.offset:]
        strides = [4 * stride for stride in self.strides]
        return np.lib.stride_tricks.as_strided(flat, self.shape, strides).copy()


class Reader(pickle.Unpickler):
    KNOWN = {
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("torch", "FloatStorage"): "float32",
        ("torch", "LongStorage"): "int64",
        ("torch._utils", "_rebuild_tensor_v2"):
            lambda storage, offset, shape, strides, *rest: Tensor(storage, offset, shape, strides),
    }

    def find_class(self, module, name):
        if (module, name) not in self.KNOWN:
            raise pickle.UnpicklingError(f"{module}.{name} is not let in")
        return self.KNOWN[module, name]

    def persistent_load(self, saved):
        return saved[2]


def storages_of_zip(archive, root):
    names = [name for name in archive.namelist() if name.startswith(root + "data/")]
    return {name.rsplit("/", 1)[1]: np.frombuffer(archive.read(name), np.uint8) for name in names}


def read_zip(file):
    with zipfile.ZipFile(file) as archive:
        name, = [name for name in archive.namelist() if name.endswith("/data.pkl")]
        content = Reader(io.BytesIO(archive.read(name))).load()
        return content, storages_of_zip(archive, name[:-len("data.pkl")])


def read_stream(file):
    """Before PyTorch 1.6: pickles of a magic number, a version, the machine, the content and the
    storages' keys, then each storage as its element count and bytes, of 4 each."""
    _, _, _, content, keys = (Reader(file).load() for _ in range(5))
    storages = {}
    for key in keys:
        count, = struct.unpack("<q", file.read(8))
        storages[key] = np.frombuffer(file.read(4 * count), np.uint8)
    return content, storages


def tensors_of(path):
    """{name: float32 array} of a state_dict, or of the one in a training checkpoint."""
    with open(path, "rb") as file:
        content, storages = read_zip(file) if zipfile.is_zipfile(path) else read_stream(file)
    state = content.get("model_state_dict", content)
    floats = {key: data.view(np.float32) for key, data in storages.items() if len(data) % 4 == 0}
    return {name: tensor.array(floats) for name, tensor in state.items()}
