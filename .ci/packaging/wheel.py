"""wheel.py STAGE OUT: a wheel of a staged installation, as auditwheel takes it: what it needs of the machine is
not in it yet. Its package folder is a prefix, where program and library find their files as in any other."""
import base64, hashlib, os, re, sys, time, zipfile

stage, out = sys.argv[1:]
TAG = f"py3-none-linux_{os.uname().machine}"
# Of the stage: other libraries are brought by auditwheel, and the Python module is the package itself.
PARTS, NOT = ["bin/requant", "lib/librequant.so.0", "libexec/requant", "share/requant"], "share/requant/python/"
PYTHON = {"engine/api/python/requant.py": "__init__.py", "engine/api/python/__main__.py": "__main__.py"}
LICENSES = "share/doc/requant/licenses"


def read(path, mode="rb"):
    with open(path, mode) as file: return file.read()


def version(name):
    return re.search(f'#define {name} "(.*?)"', read("engine/base/version.h", "r"))[1]


def files(folder, part):
    """(path, relative to the folder), in order; part may be a file."""
    top = os.path.join(folder, part)
    if os.path.isfile(top): return [(top, part)]
    found = [os.path.join(where, name) for where, _, names in os.walk(top) for name in names]
    return [(path, os.path.relpath(path, folder)) for path in sorted(found)]


def metadata(licenses):
    lines = ["Metadata-Version: 2.4", "Name: requant", f"Version: {VERSION}",
             "Summary: quantization and calibration workbench for OpenVINO IR",
             "License-Expression: Apache-2.0", *(f"License-File: {name}" for name in licenses),
             "Requires-Python: >=3.8", "Classifier: Operating System :: POSIX :: Linux",
             "Description-Content-Type: text/markdown"]
    return "\n".join(lines).encode() + b"\n\n" + read("README.md")


class Wheel:
    def __init__(self, path):
        self.zip, self.record = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED), []
        self.time = time.strptime(version("RQ_VERSION_DATE"), "%Y-%m-%d")[:6]

    def add(self, name, data, mode=0o644):
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        self.record.append(f"{name},sha256={digest},{len(data)}")
        info = zipfile.ZipInfo(name, self.time)
        info.external_attr, info.compress_type = (0o100000 | mode) << 16, zipfile.ZIP_DEFLATED
        self.zip.writestr(info, data)

    def close(self, record):
        self.add(record, "\n".join(self.record + [f"{record},,"]).encode() + b"\n")
        self.zip.close()


VERSION = version("RQ_VERSION")
INFO = f"requant-{VERSION}.dist-info"
wheel = Wheel(os.path.join(out, f"requant-{VERSION}-{TAG}.whl"))
for source, name in PYTHON.items(): wheel.add(f"requant/{name}", read(source))
for part in PARTS:
    for path, name in files(stage, part):
        if not name.startswith(NOT): wheel.add(f"requant/{name}", read(path), 0o755 if os.access(path, os.X_OK) else 0o644)
licenses = [("LICENSE", "LICENSE"), ("datasets/demo/NOTICE", "demo/NOTICE")]
licenses += [(path, os.path.relpath(name, LICENSES)) for path, name in files(stage, LICENSES)]
for path, name in licenses: wheel.add(f"{INFO}/licenses/{name}", read(path))
wheel.add(f"{INFO}/METADATA", metadata(name for _, name in licenses))
wheel.add(f"{INFO}/WHEEL", f"Wheel-Version: 1.0\nGenerator: requant {VERSION}\nRoot-Is-Purelib: false\nTag: {TAG}\n".encode())
wheel.add(f"{INFO}/entry_points.txt", b"[console_scripts]\nrequant = requant.__main__:main\n")
wheel.close(f"{INFO}/RECORD")
