# requant bench: the tables, JSON and CSV it writes, and what it says when it cannot.
set -eu
program=$(realpath "${PROGRAM:?names the requant binary}")
demo=$(realpath datasets/demo)
model=$demo/model/resnet8-cifar10.xml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck disable=SC2046
"${CC:-cc}" -std=c11 -D_GNU_SOURCE -I. tests/tools/json_get.c "$BUILD_DIR/librequant.a" \
    $(pkg-config --cflags --libs jansson libxxhash) -lm -pthread -o "$work/json_get"
cd "$work"
mkdir other
cp "$model" "${model%.xml}.bin" other/
failed=0

fail()
{
    failed=$((failed + 1))
    echo "FAIL  $1"
}

bench()
{
    timeout 120 "$program" bench "$@" --seconds 0.1 --backend reference >stdout 2>stderr
}

# holds WHAT EXPRESSION: an awk expression over numbers
holds()
{
    awk "BEGIN { exit !($2) }" || fail "$1: $2"
}

get()
{
    ./json_get result.json "$@"
}

# -- two models that have one name, in all forms at once ------------------------------------------

bench "$model" other/resnet8-cifar10.xml --threads 1 --streams 2 --per-layer --json result.json \
    --csv layers.csv || fail "two models: $(cat stderr)"
for line in "latency, 1 thread .*backend .*median ms .*p90 .*p99" "throughput, 2 streams" \
    "work .*GFLOP .*reorders" "other/resnet8-cifar10.xml on reference, layer by layer" \
    "at most [0-9.]* GFLOP/s (FP32 matrix product), [0-9.]* GB/s" \
    "Convolution_260 *Convolution *[a-z_0-9]* *[0-9.]* *[0-9.]* %"; do
    grep -q "$line" stdout || fail "the text has no '$line'"
done
grep -q "throughput" stderr || fail "no progress on stderr"

[ "$(get entries)" = 2 ] || fail "entries"
[ "$(get entries 1 model)" = other/resnet8-cifar10.xml ] || fail "models of one name"
[ "$(get entries 0 backend)" = reference ] || fail "backend"
[ "$(get streams)" = 2 ] || fail "streams"
[ "$(get entries 0 reorders)" = 0 ] || fail "the reference backend reorders nothing"
for speed in latency throughput; do
    [ "$(get entries 0 $speed ratio)" = 1 ] || fail "$speed: the first's ratio"
    holds "turns of $speed" "$(get entries 1 $speed turns) >= 5"
    holds "range of ratios of $speed" "$(get entries 1 $speed ratio_p10) <= $(get entries 1 $speed \
        ratio) && $(get entries 1 $speed ratio) <= $(get entries 1 $speed ratio_p90)"
    case $(get entries 0 $speed noisy) in true | false) ;; *) fail "noisy" ;; esac
done
l="entries 0 latency"
# shellcheck disable=SC2086
holds "order of percentiles" "0 < $(get $l p10) && $(get $l p10) <= $(get $l median) &&
    $(get $l median) <= $(get $l p90) && $(get $l p90) <= $(get $l p99)"
holds "the machine's peak" "$(get machine peak_flops_per_second) > 1e8 &&
    $(get machine peak_bytes_per_second) > 1e8"

holds "a session's workspace" "$(get entries 0 session_bytes) >= 4 * 32 * 32 * 16"

# Convolutions of ResNet-8 on 32x32: 12 500 992 products; the rest of it is small.
convolutions=$(awk -F, '$1 == "other/resnet8-cifar10.xml" && $4 == "Convolution" { n += $7 }
    END { print n }' layers.csv)
[ "$convolutions" = 25001984 ] || fail "operations of convolutions: $convolutions"
holds "operations of all layers" "$(get entries 0 flops) > 25001984 &&
    $(get entries 0 flops) < 1.05 * 25001984"
# The layers' times are the inference's, but for what the machine does in between.
layers=$(awk -F, '$1 ~ /other/ { n += $6 } END { print n }' layers.csv)
holds "times of layers" "$layers > 0.3 * $(get entries 1 latency p10) &&
    $layers < 3 * $(get entries 1 latency p99)"
[ "$(get entries 1 layers)" = "$(grep -c '^other' layers.csv)" ] || fail "layers in CSV and JSON"
awk -F, 'NF != 9' layers.csv | grep -q . && fail "layers.csv: rows of unequal length"
[ "$(grep -c "$(printf '\r')$" layers.csv)" = "$(wc -l <layers.csv)" ] || fail "CSV ends lines by CRLF"

# -- one model; results on standard output --------------------------------------------------------

bench "$model" --csv - --quiet || fail "csv: $(cat stderr)"
[ "$(wc -l <stdout)" = 2 ] || fail "csv: a heading and a row"
[ "$(head -1 stdout | tr -dc , | wc -c)" = "$(tail -1 stdout | tr -dc , | wc -c)" ] ||
    fail "csv: rows of unequal length"
[ -s stderr ] && fail "--quiet is not"
bench "$model" --json - || fail "json: $(cat stderr)"
./json_get stdout entries 0 latency median >/dev/null || fail "json on standard output"
./json_get stdout entries 0 layers 2>/dev/null && fail "layers without --per-layer"

# -- what cannot be done ---------------------------------------------------------------------------

# refuse CODE WORD ARGUMENTS...
refuse()
{
    expected=$1 word=$2
    shift 2
    code=0
    timeout 60 "$program" bench "$@" >stdout 2>stderr || code=$?
    [ $code = "$expected" ] || fail "bench $*: exit $code, expected $expected"
    grep -qF -e "$word" stderr || fail "bench $*: no '$word' in: $(cat stderr)"
    [ -s stdout ] && fail "bench $*: a result all the same"
    return 0
}

refuse 2 MODEL.xml
refuse 1 missing.xml missing.xml
refuse 2 nothing "$model" --backend reference,nothing
refuse 2 "''" "$model" --backend reference,
refuse 2 --streams "$model" --streams 0
refuse 2 --streams "$model" --streams many
refuse 2 --threads "$model" --threads -1
refuse 2 nothing "$model" --shape 'nothing[1,32,32,3]'
refuse 1 result "$model" --backend reference --seconds 0.1 \
    --json nowhere/result.json
refuse 2 --seconds "$model" --seconds 0

[ $failed = 0 ] && echo "all as expected"
