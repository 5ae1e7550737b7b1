# The demo's classifier over its images in several formats: the same numbers from all; and adapters
# that do not fit say so.
set -u
program=$(realpath "${PROGRAM:?names the requant binary}")
demo=$(realpath datasets/demo)
config=$(realpath configs/cifar10.yaml)
model=$demo/model/resnet8-cifar10.xml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

complain()
{
    failed=1
    echo "FAIL  $*"
}

evaluate()
{
    "$program" evaluate "$model" --config "$config" --quiet "$@" 2>"$work/stderr"
}

# fails WORDS ARGUMENTS...: ends with an error that says so
fails()
{
    local words=$1
    shift
    if evaluate "$@" >"$work/stdout"; then complain "$*: no failure"; fi
    grep -qF -- "$words" "$work/stderr" || complain "$*: '$(cat "$work/stderr")' lacks '$words'"
}

want=$(evaluate --data "$demo/val" --json) || complain "class folders: $(cat "$work/stderr")"
[[ $want == *'"top-1"'* ]] || complain "class folders: $want"

# The same images as a table, and as ImageNet's layout; names sort as the folders do.
(cd "$demo/val" && for f in */*; do echo "\"$PWD/$f\",${f%%/*}"; done) >"$work/val.csv"
[[ $(evaluate --data "$work/val.csv" --json) == "$want" ]] || complain "csv: $(cat "$work/stderr")"

mkdir "$work/net"
ls "$demo/val" >"$work/net/synsets.txt"
(cd "$demo/val" && for f in */*; do echo "$f ${f%%/*}"; done) >"$work/net/val.txt"
ln -s "$demo/val" "$work/net/val"
[[ $(evaluate --data "$work/net" --json) == "$want" ]] || complain "imagenet: $(cat "$work/stderr")"

shuffled=$(evaluate --data "$demo/val" --shuffle --seed 3 --json)
[[ $(grep -m1 value <<<"$shuffled") == $(grep -m1 value <<<"$want") ]] || complain "shuffle"

evaluate --data "$demo/val" --classes "$work/classes.csv" >"$work/stdout" ||
    complain "--classes: $(cat "$work/stderr")"
[[ $(wc -l <"$work/classes.csv") == 11 ]] || complain "--classes: $(cat "$work/classes.csv")"
grep -q 'airplane' "$work/stdout" || complain "--classes: no names"

fails "no adapter 'sdd'; did you mean 'ssd'?" --data "$demo/val" --adapter sdd
fails "does not fit adapter ssd" --data "$demo/val" --adapter ssd
fails "no data set format 'vok'" --data "$demo/val" --format vok
fails "have no splits" --data "$demo/val" --split train
fails "is not of the format coco" --data "$demo/val" --format coco
fails "is not a map of classes" --data "$demo/val" --map-classes 1
fails "fit letterbox makes the exact size" --data "$demo/val" --fit letterbox --crop 8
exit $failed
