#!/bin/bash
# requant calibrate: the same statistics, byte for byte, whatever the number of workers, and after
# any number of interruptions.
. "$(dirname "$0")/lib.sh"

# calibrate LIST OUT [more options]
calibrate()
{
    list=$1 out=$2
    shift 2
    "$program" calibrate "$model" --data "$list" --config "$config" -o "$out" --quiet "$@" 2>stderr
}

# repeat TIMES: all images of the demo so many times
repeat()
{
    for _ in $(seq "$1"); do find "$calib" -type f | sort; done >"list-$1"
}

repeat 1
for threads in 1 2 7; do
    calibrate list-1 "of-$threads.h5" --threads $threads || fail "$threads threads"
    cmp of-1.h5 "of-$threads.h5" || fail "$threads threads give other statistics than one"
done
pass "1, 2 and 7 threads"

# Nodes of memory, as a folder tells them: this machine may have one.
for node in 0 1 7; do mkdir -p "nodes/node$node"; done
taskset -pc $$ | sed 's/.*: //' >all
first=$(sed 's/[-,].*//' all)
echo "$first" >nodes/node0/cpulist
cat all >nodes/node1/cpulist
: >nodes/node7/cpulist # memory alone
for threads in 1 3; do
    calibrate list-1 "nodes-$threads.h5" --threads $threads --numa --numa-topology nodes || fail "--numa: $(cat stderr)"
    cmp of-1.h5 "nodes-$threads.h5" || fail "--numa gives other statistics"
done
calibrate list-1 own.h5 --numa || [ ! -d /sys/devices/system/node ] || fail "--numa here: $(cat stderr)"
code=0
calibrate list-1 none.h5 --numa --numa-topology nowhere || code=$?
[ $code = 1 ] || fail "--numa without a topology: exit $code"
grep -q -- "--numa: nowhere: No such file" stderr || fail "--numa without a topology: $(cat stderr)"
pass "nodes of memory"

# Stops again and again, each time with another number of workers, until nothing is left to do. A
# run that was stopped before its first image was done is given more time.
repeat 20
calibrate list-20 whole.h5 --threads 2 || fail "uninterrupted"
stops=0 threads=1 tenths=2 kept=0
for _ in $(seq 20); do
    code=0
    if [ $stops = 3 ]; then tenths=3000; fi
    timeout --preserve-status -s INT $((tenths / 10)).$((tenths % 10)) \
        "$program" calibrate "$model" --data list-20 --config "$config" -o parts.h5 --quiet \
        --threads $threads >stdout 2>stderr || code=$?
    if [ $code = 0 ]; then break; fi
    done_now=$(sed -n 's/.*interrupted after \([0-9]*\) of .*/\1/p' stderr)
    if [ $code != 130 ]; then fail "interrupted: exit $code"; fi
    if [ "${done_now:-$kept}" = "$kept" ]; then # perhaps the signal came before it was listened to
        tenths=$((tenths * 2))
        continue
    fi
    if [ "$done_now" -lt "$kept" ]; then fail "went on after $kept images, and now has $done_now"; fi
    kept=$done_now stops=$((stops + 1)) threads=$((threads % 3 + 1))
done
if [ "$code" != 0 ]; then fail "not complete after 20 runs"; fi
if [ "$stops" = 0 ]; then fail "was never interrupted: 2000 images are too few here"; fi
cmp whole.h5 parts.h5 || fail "interrupted $stops times, the statistics are others"
pass "interrupted $stops times and continued"

# What is no statistics file is not replaced, before anything is run.
for victim in "$(basename "$model")" "$(basename "${model%.xml}.bin")" photo.jpg; do
    mkdir -p victims && cp "$model" "${model%.xml}.bin" victims
    cp "$(find "$val" -type f -name '*.jpg' | head -1)" victims/photo.jpg
    cp "victims/$victim" before
    code=0
    "$program" calibrate "victims/$(basename "$model")" --data list-1 --config "$config" \
        -o "victims/$victim" >stdout 2>stderr || code=$?
    if [ $code != 2 ]; then fail "-o $victim: exit $code"; fi
    if ! grep -q "victims/$victim" stderr; then fail "-o $victim: the message does not name it"; fi
    cmp before "victims/$victim" || fail "-o $victim replaced it"
done
: >victims/empty.h5
calibrate list-1 victims/empty.h5 || fail "an empty file"
cmp of-1.h5 victims/empty.h5 || fail "an empty file: other statistics"
head -c 300 of-1.h5 >victims/cut.h5
"$program" calibrate "$model" --data list-1 --config "$config" -o victims/cut.h5 >stdout 2>stderr ||
    fail "a truncated file"
grep -q "cut.h5: damaged" stderr || fail "a truncated file: nothing is said"
cmp of-1.h5 victims/cut.h5 || fail "a truncated file: other statistics"
pass "only statistics files are replaced"
