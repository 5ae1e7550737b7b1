#!/bin/bash
# requant quantize: the order in which a list names its images changes no byte.
. "$(dirname "$0")/lib.sh"

find "$calib" -type f -name '*.*' | sort >sorted.txt
sort -r sorted.txt >reversed.txt
shuf --random-source=<(yes) sorted.txt >shuffled.txt
for order in sorted reversed shuffled; do
    "$program" quantize --seconds 0 "$model" --config "$config" --data $order.txt --adapter none -o $order \
        >stdout 2>stderr || fail "quantizing ($order)"
done
for order in reversed shuffled; do
    for file in resnet8-cifar10-int8.bin resnet8-cifar10-int8.xml plan.json; do
        cmp sorted/$file $order/$file || fail "$order: another $file"
    done
done
pass "three orders, the same bytes"
