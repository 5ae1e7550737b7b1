#!/bin/bash
# Nothing is loaded from the folder one stands in, which may be somebody's unpacked archive, unless an
# option names it.
. "$(dirname "$0")/lib.sh"
${CC:-cc} --version >/dev/null 2>&1 || skip "no C compiler"

mkdir -p archive/openvino/libs
cat >trap.c <<END
#include <stdio.h>
__attribute__((constructor)) static void run(void)
{
    FILE *file = fopen("$work/loaded", "w");
    if (file) fclose(file);
}
END
${CC:-cc} -shared -fPIC -o archive/openvino/libs/libopenvino_c.so.1 trap.c
cp archive/openvino/libs/libopenvino_c.so.1 archive/libopenvino_c.so
printf 'open("%s/loaded", "w")\n' "$work" | tee archive/openvino/__init__.py archive/os.py >archive/site.py
cd archive

# expect no|yes NAME COMMAND...: whether something of the archive was run.
expect()
{
    want=$1 name=$2
    shift 2
    rm -f "$work/loaded"
    "$@" >"$work/stdout" 2>"$work/stderr" || true
    if [ -e "$work/loaded" ]; then got=yes; else got=no; fi
    if [ $got = "$want" ]; then pass "$name"; else complain "$name: loaded from the archive: $got, expected $want"; fi
}

bench()
{
    expect "$1" "$2" env "$3" "$program" bench "$model" --backend openvino --seconds 0.1 "${@:4}"
}

bench no "a Python package in the current folder" A=
bench no "OPENVINO_LIB_PATHS with a relative folder" OPENVINO_LIB_PATHS=openvino/libs
for list in : "$work:" "$work::/" "." "openvino/../."; do
    bench no "LD_LIBRARY_PATH=$list" LD_LIBRARY_PATH="$list"
done
expect no "quantize" "$program" quantize "$model" --data "$calib" --config "$config" --subset 2 -o "$work/out"
bench yes "--openvino with a relative folder" A= --openvino openvino/libs
bench yes "OPENVINO_LIB_PATHS with an absolute folder" OPENVINO_LIB_PATHS="$PWD/openvino/libs"
