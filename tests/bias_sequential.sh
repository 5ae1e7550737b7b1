#!/bin/bash
# requant quantize --sequential-bias-correction: the outputs come nearer, or biases stay.
. "$(dirname "$0")/lib.sh"

quantize() # OUT, options
{
    out=$1
    shift
    "$program" quantize "$model" --config "$config" -o "$out" --range minmax --rounding nearest \
        --equalize off "$@" >stdout 2>stderr
}

quantize fast --data "$calib" || fail "quantizing"
quantize sequential --data "$calib" --sequential-bias-correction || fail "correcting"
grep -q "sequential bias correction: .* dB vs .*: applied" stderr || fail "no gain"
cmp -s fast/resnet8-cifar10-int8.bin sequential/resnet8-cifar10-int8.bin && fail "biases are the same"
pass "corrections that gain are applied"

quantize one --data "$calib" --sequential-bias-correction --threads 1 || fail "one thread"
cmp one/resnet8-cifar10-int8.bin sequential/resnet8-cifar10-int8.bin || fail "threads change it"
pass "the same with one thread"

quantize none --stats fast/stats.h5 --sequential-bias-correction && fail "no images"
grep -q "needs images" stderr || fail "no word of images"
pass "without images"
