#!/bin/bash
# Room borders: a file may include headers only of its own room and of those named here.
# Runs in `make lint` and `make check`.
set -eu
cd "$(dirname "$0")/.."

declare -A may=(
    [engine/base]=""
    [engine/ir]="engine/base"
    [engine/ops]="engine/ir engine/base"
    [engine/exec]="engine/ops engine/ir engine/base"
    [engine/import]="engine/ir engine/ops engine/base"
    [datasets]="engine/base"
    [calib]="engine/base"
    [reports]="engine/base"
    [quant]="engine/ir engine/ops calib engine/base"
    [engine/run]="engine/exec engine/ops engine/ir engine/base datasets"
    [engine/workbench]="engine/run engine/exec engine/import engine/ops engine/ir engine/base datasets calib quant reports"
    [engine/cli]="engine/workbench engine/run engine/exec engine/import engine/ops engine/ir engine/base datasets calib quant reports"
)
# The one door to each foreign library: header pattern, then the files that may include it.
doors=(
    "libxml/|engine/base/"
    "png\.h|datasets/"
    "jpeglib\.h|datasets/"
    "zlib\.h|datasets/arrays/npz.c"
    "hdf5|engine/base/hdf5_library.h"
    "jansson\.h|engine/base/json_read.c"
    "yaml\.h|engine/base/yaml.c"
    "xxhash\.h|engine/base/hash.c"
    "cblas\.h|engine/"
    "oneapi/|engine/exec/onednn/library_private.h"
    "omp\.h|engine/exec/onednn/library_private.h"
)

room_of() { # path -> room, or nothing
    case $1 in
    engine/*/*) echo "$1" | cut -d/ -f1-2 ;;
    */*) echo "${1%%/*}" ;;
    esac
}

bad=0
complain() {
    echo "$1"
    bad=1
}

files=$(find engine datasets calib quant reports -name '*.[ch]' | sort)
edges=0
while IFS=: read -r file line text; do
    header=$(sed 's/.*["]\([^"]*\)["].*/\1/' <<<"$text")
    from=$(room_of "$file")
    to=$(room_of "$header")
    edges=$((edges + 1))
    if [[ -z $to ]]; then
        complain "$file:$line: \"$header\": include by path from the top of the repository"
    elif [[ ! -v may[$from] ]]; then
        complain "$file: no such room"
    elif [[ $from != "$to" && " ${may[$from]} " != *" $to "* ]]; then
        complain "$file:$line: $from may not include $to (allowed: ${may[$from]:-nothing})"
    fi
done < <(grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' $files | grep -v '"[^"]*\.def"')

for door in "${doors[@]}"; do
    pattern=${door%%|*} allowed=${door#*|}
    users=$(grep -lE "^[[:space:]]*#[[:space:]]*include[[:space:]]*<(.*/)?$pattern" $files || true)
    for user in $users; do
        if [[ $user != "$allowed"* ]]; then complain "$user: includes <$pattern>: only $allowed may"; fi
    done
    if (($(wc -w <<<"$users") > 1)); then
        complain "only one file may include <$pattern>, found: $(xargs <<<"$users")"
    fi
done

if ((edges < 10)); then complain "only $edges includes found: is the check itself broken?"; fi
echo "$edges includes checked"
exit $bad
