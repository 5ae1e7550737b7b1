#!/bin/bash
# requant bench: the tables, JSON and CSV it writes, and what it says when it cannot.
. "$(dirname "$0")/lib.sh"
mkdir other
cp "$model" "${model%.xml}.bin" other/

bench()
{
    timeout 120 "$program" bench "$@" --seconds 0.1 --backend reference >stdout 2>stderr
}

# holds WHAT EXPRESSION: an awk expression over numbers
holds()
{
    awk "BEGIN { exit !($2) }" || complain "$1: $2"
}

get()
{
    "$tools/json_get" result.json "$@"
}

# -- two models that have one name, in all forms at once ------------------------------------------

bench "$model" other/resnet8-cifar10.xml --threads 1 --streams 2 --per-layer --json result.json \
    --csv layers.csv || complain "two models"
for line in "latency, 1 thread .*backend .*median ms .*p90 .*p99" "throughput, 2 streams" \
    "work .*GFLOP .*reorders" "other/resnet8-cifar10.xml on reference, layers" \
    "measured peak [0-9.]* GFLOP/s (FP32 matrix product), [0-9.]* GB/s" \
    "Convolution_260 *Convolution *[a-z_0-9]* *[0-9.]* *[0-9.]* %"; do
    grep -q "$line" stdout || complain "the text has no '$line'"
done
grep -q "throughput" stderr || complain "no progress on stderr"

[ "$(get entries)" = 2 ] || complain "entries"
[ "$(get entries 1 model)" = other/resnet8-cifar10.xml ] || complain "models of one name"
[ "$(get entries 0 backend)" = reference ] || complain "backend"
[ "$(get streams)" = 2 ] || complain "streams"
[ "$(get entries 0 reorders)" = 0 ] || complain "the reference backend reorders nothing"
for speed in latency throughput; do
    [ "$(get entries 0 $speed ratio)" = 1 ] || complain "$speed: the first's ratio"
    holds "slices of $speed" "$(get entries 1 $speed slices) >= 5"
    holds "range of ratios of $speed" "$(get entries 1 $speed ratio_p10) <= $(get entries 1 $speed \
        ratio) && $(get entries 1 $speed ratio) <= $(get entries 1 $speed ratio_p90)"
    case $(get entries 0 $speed noisy) in true | false) ;; *) complain "noisy" ;; esac
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
[ "$convolutions" = 25001984 ] || complain "operations of convolutions: $convolutions"
holds "operations of all layers" "$(get entries 0 flops) > 25001984 &&
    $(get entries 0 flops) < 1.05 * 25001984"
# The layers' times are the inference's, but for what the machine does in between.
layers=$(awk -F, '$1 ~ /other/ { n += $6 } END { print n }' layers.csv)
holds "times of layers" "$layers > 0.3 * $(get entries 1 latency p10) &&
    $layers < 3 * $(get entries 1 latency p99)"
[ "$(get entries 1 layers)" = "$(grep -c '^other' layers.csv)" ] || complain "layers in CSV and JSON"
awk -F, 'NF != 9' layers.csv | grep -q . && complain "layers.csv: rows of unequal length"
[ "$(grep -c "$(printf '\r')$" layers.csv)" = "$(wc -l <layers.csv)" ] || complain "CSV ends lines by CRLF"

# What is between layers that one kernel does is not in memory: a ReLU within a convolution's kernel
# writes 16 planes of 32x32 and reads nothing, and the convolution does not write them.
"$program" bench "$model" --backend onednn --threads 1 --streams 1 --per-layer --seconds 0.05 --csv fused.csv \
    >stdout 2>stderr || complain "bench on onednn"
relu=$(awk -F, '$4 == "ReLU" && $5 == "fused" { print $8; exit }' fused.csv)
[ "$relu" = 65536 ] || complain "bytes of a fused ReLU: $relu"
first=$(awk -F, '$4 == "Convolution" { print $8; exit }' fused.csv)
[ "$first" = $((4 * (3 * 32 * 32 + 16 * 27))) ] || complain "bytes of the first convolution: $first"

# -- one model; results on standard output --------------------------------------------------------

bench "$model" --csv - --quiet || complain "csv"
[ "$(wc -l <stdout)" = 2 ] || complain "csv: a heading and a row"
[ "$(head -1 stdout | tr -dc , | wc -c)" = "$(tail -1 stdout | tr -dc , | wc -c)" ] ||
    complain "csv: rows of unequal length"
[ -s stderr ] && complain "--quiet is not"
bench "$model" --json - || complain "json"
"$tools/json_get" stdout entries 0 latency median >/dev/null || complain "json on standard output"
"$tools/json_get" stdout entries 0 layers 2>/dev/null && complain "layers without --per-layer"

# -- what cannot be done ---------------------------------------------------------------------------

# refuse CODE WORD ARGUMENTS...
refuse()
{
    expected=$1 word=$2
    shift 2
    code=0
    timeout 60 "$program" bench "$@" >stdout 2>stderr || code=$?
    [ $code = "$expected" ] || complain "bench $*: exit $code, expected $expected"
    grep -qF -e "$word" stderr || complain "bench $*: no '$word' in"
    [ -s stdout ] && complain "bench $*: a result all the same"
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
