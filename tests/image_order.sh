#!/bin/bash
# requant quantize: the order in which a list names its images, or its tensors, changes no byte.
. "$(dirname "$0")/lib.sh"

same_in_all_orders() # WHAT MODEL ARGUMENTS...; the list is sorted.txt
{
    what=$1 of=$2 name=$(basename "$2" .xml)
    shift 2
    sort -r sorted.txt >reversed.txt
    shuf --random-source=<(yes) sorted.txt >shuffled.txt
    for order in sorted reversed shuffled; do
        "$program" quantize --seconds 0 "$of" --data $order.txt --adapter none -o "$what/$order" "$@" >stdout 2>stderr ||
            fail "quantizing $what ($order)"
    done
    for order in reversed shuffled; do
        for file in "$name-int8.bin" "$name-int8.xml" plan.json; do
            cmp "$what/sorted/$file" "$what/$order/$file" || fail "$what, $order: another $file"
        done
    done
    pass "$what in three orders, the same bytes"
}

find "$calib" -type f -name '*.*' | sort >sorted.txt
same_in_all_orders images "$model" --config "$config"

[ -n "$python" ] || skip "tensors: no python3"
"$python" - <<'END_OF_PYTHON'
import os, random, struct
random.seed(1)
os.makedirs("arrays")
head = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3, 8, 8), }".ljust(117) + "\n"
for i in range(6):
    values = [random.uniform(0, 1 + i) for _ in range(192)]
    with open(f"arrays/{i}.npy", "wb") as f:
        f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + struct.pack("<192f", *values))
END_OF_PYTHON
find "$PWD/arrays" -type f | sort >sorted.txt
tiny=$root/tests/data/0.1.0/tiny.xml
same_in_all_orders tensors "$tiny"

sed 's/$/ 0/' sorted.txt >labelled.txt
for command in calibrate evaluate lint analyze; do
    case $command in calibrate) set -- -o stats.h5 ;; *) set -- ;; esac
    code=0
    "$program" $command "$tiny" --data labelled.txt "$@" >stdout 2>stderr || code=$?
    [ $code = 0 ] || [ "$command $code" = "lint 3" ] || complain "$command takes no list of tensors"
done
pass "a list of tensors for other commands"

find "$calib" -type f -name '*.*' | head -1 >>sorted.txt
if "$program" calibrate "$tiny" --data sorted.txt -o stats.h5 >stdout 2>stderr; then complain "a list of both is taken"; fi
grep -q "sorted.txt:7: .*/calib/.*' is an image, but .*/arrays/0.npy' in line 1 is a file of tensors" stderr ||
    complain "the message does not name both files"
