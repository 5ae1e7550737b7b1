#!/bin/bash
# Room borders: a file may include headers only of its own room and of those named here.
# Runs in `make lint` and `make check`.
. "$(dirname "$0")/lib.sh"
cd "$root"

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
    "jansson\.h|engine/base/json.c"
    "yaml\.h|engine/base/yaml.c"
    "xxhash\.h|engine/base/hash.c"
    "cblas\.h|engine/"
    "oneapi/|engine/exec/onednn/library_private.h"
    "omp\.h|engine/exec/onednn/library_private.h"
)

room_of() # PATH: sets $room, to nothing for a file at the top
{
    case $1 in
    engine/*/*) room=${1#engine/} room=engine/${room%%/*} ;;
    */*) room=${1%%/*} ;;
    *) room= ;;
    esac
}

mapfile -t files < <(find engine datasets calib quant reports -name '*.[ch]' | sort)
edges=0
while IFS=: read -r file line text; do
    header=${text#*\"} header=${header%%\"*}
    room_of "$file"
    from=$room
    room_of "$header"
    to=$room
    edges=$((edges + 1))
    if [[ -z $to ]]; then
        complain "$file:$line: \"$header\": include by path from the top of the repository"
    elif [[ ! -v may[$from] ]]; then
        complain "$file: no such room"
    elif [[ $from != "$to" && " ${may[$from]} " != *" $to "* ]]; then
        complain "$file:$line: $from may not include $to (allowed: ${may[$from]:-nothing})"
    fi
done < <(grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' "${files[@]}" | grep -v '"[^"]*\.def"')

for door in "${doors[@]}"; do
    pattern=${door%%|*} allowed=${door#*|}
    users=$(grep -lE "^[[:space:]]*#[[:space:]]*include[[:space:]]*<(.*/)?$pattern" "${files[@]}" || true)
    for user in $users; do
        if [[ $user != "$allowed"* ]]; then complain "$user: includes <$pattern>: only $allowed may"; fi
    done
    if (($(wc -w <<<"$users") > 1)); then
        complain "only one file may include <$pattern>, found: $(xargs <<<"$users")"
    fi
done

if ((edges < 10)); then complain "only $edges includes found: is the check itself broken?"; fi
echo "$edges includes checked"
