#!/bin/bash
# The demo's classifier over its images in several formats: the same numbers from all; and adapters
# that do not fit say so.
. "$(dirname "$0")/lib.sh"

evaluate()
{
    "$program" evaluate "$model" --config "$config" --quiet "$@" 2>stderr
}

# fails WORDS ARGUMENTS...: ends with an error that says so
fails()
{
    local words=$1
    shift
    if evaluate "$@" >stdout; then complain "$*: no failure"; fi
    grep -qF -- "$words" stderr || complain "$*: no '$words'"
}

want=$(evaluate --data "$val" --json) || complain "class folders"
[[ $want == *'"top-1"'* ]] || complain "class folders: $want"

# The same images as a table, and as ImageNet's layout; names sort as the folders do.
(cd "$val" && for f in */*; do echo "\"$PWD/$f\",${f%%/*}"; done) >val.csv
[[ $(evaluate --data val.csv --json) == "$want" ]] || complain "csv"

mkdir net
ls "$val" >net/synsets.txt
(cd "$val" && for f in */*; do echo "$f ${f%%/*}"; done) >net/val.txt
ln -s "$val" net/val
[[ $(evaluate --data net --json) == "$want" ]] || complain "imagenet"

shuffled=$(evaluate --data "$val" --shuffle --seed 3 --json) || complain "--shuffle"
[[ $(grep -m1 value <<<"$shuffled") == $(grep -m1 value <<<"$want") ]] || complain "shuffle"

evaluate --data "$val" --classes classes.csv >stdout ||
    complain "--classes"
[[ $(wc -l <classes.csv) == 11 ]] || complain "--classes: $(cat classes.csv)"
grep -q 'airplane' stdout || complain "--classes: no names"

fails "no adapter 'sdd'; did you mean 'ssd'?" --data "$val" --adapter sdd
fails "does not fit adapter ssd" --data "$val" --adapter ssd
fails "no data set format 'vok'" --data "$val" --format vok
fails "have no splits" --data "$val" --split train
fails "is not of the format coco" --data "$val" --format coco
fails "is not a map of classes" --data "$val" --map-classes 1
fails "fit letterbox makes the exact size" --data "$val" --fit letterbox --crop 8
