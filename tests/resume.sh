#!/bin/bash
# Runs that are killed, hung up, doubled or fed with other files: little is lost, OUT changes as one, and
# nothing is left behind.
. "$(dirname "$0")/lib.sh"

quantize() # OUT, options
{
    out=$1
    shift
    "$program" quantize --seconds 0 "$model" --data "$calib" --config "$config" -o "$out" --no-thumbnails --rounding nearest \
        "$@" >stdout 2>stderr
}

files_of() # FOLDER: what is there, hidden ones too
{
    find "$1" -mindepth 1 -printf '%P\n' | sort | tr '\n' ' '
}

# -- calibrate -----------------------------------------------------------------------------------

for _ in $(seq 40); do find "$calib" -type f | sort; done >list
calibrate() # OUT, options
{
    out=$1
    shift
    "$program" calibrate "$model" --data list --config "$config" --threads 1 -o "$out" "$@" >stdout 2>stderr
}

calibrate whole.h5 || fail "undisturbed"
# Killed as soon as something was saved, again and again.
wait_for() # FILE PID: until it is there, and another than "$before"
{
    for _ in $(seq 600); do
        if [ -s "$1" ] && [ "$(stat -c %i "$1")" != "$before" ]; then return; fi
        kill -0 "$2" 2>/dev/null || return 0
        sleep 0.02
    done
}
interrupt() # SIGNAL FILE STATUS: the run that is $pid, once FILE is there
{
    before=
    code=0
    wait_for "$2" $pid
    kill "-$1" $pid 2>/dev/null || fail "had ended before SIG$1"
    wait $pid || code=$?
    [ $code = "$3" ] || fail "SIG$1: exit $code"
}
kills=0 kept=0
for _ in 1 2 3; do
    before=$(stat -c %i .requant-parts.h5/parts.h5 2>/dev/null) || true
    "$program" calibrate "$model" --data list --config "$config" --threads 1 -o parts.h5 >stdout 2>stderr &
    pid=$!
    wait_for .requant-parts.h5/parts.h5 $pid
    kill -KILL $pid 2>/dev/null || break
    wait $pid 2>/dev/null || true
    [ ! -e parts.h5 ] || fail "unfinished statistics have the name of finished ones"
    now=$("$program" show .requant-parts.h5/parts.h5 | sed -n 's/^ *\([0-9]*\) of 4000 images, unfinished.*/\1/p')
    [ "${now:-0}" -gt "$kept" ] || fail "killed after something was saved: has ${now:-nothing}, had $kept"
    kept=$now kills=$((kills + 1))
done
[ $kills -gt 0 ] || fail "was never killed: 4000 images are too few here"
calibrate parts.h5 || fail "continued"
grep -q "continuing after $kept of 4000 images" stderr || fail "does not continue after $kept images"
cmp whole.h5 parts.h5 || fail "killed $kills times, the statistics are others"
[ ! -e .requant-parts.h5 ] || fail "leftovers: $(files_of .requant-parts.h5)"
pass "calibrate killed $kills times and continued"

# The end of a session is heeded, unless nohup has it ignored; finished statistics stay until others are.
cp whole.h5 other.h5
"$program" calibrate "$model" --data list --config "$config" --subset 3000 --threads 1 -o other.h5 >stdout 2>stderr &
pid=$!
interrupt HUP .requant-other.h5/other.h5 129
grep -q "interrupted after [0-9]* of 3000 images, saved in .*; run the same command to continue" stderr || fail "SIGHUP: nothing is said"
cmp whole.h5 other.h5 || fail "statistics of 4000 images gave way to some of 3000"
calibrate other.h5 --subset 3000 || fail "--subset 3000"
grep -q "other.h5: statistics of 4000 images, this run has 3000" stderr || fail "--subset: not said why"
grep -q "continuing after" stderr || fail "--subset 3000: starts again"
pass "SIGHUP, and another --subset"

# -- quantize ------------------------------------------------------------------------------------

quantize ref || fail "undisturbed"
all=$(files_of ref)
for stem in resnet8-cifar10-int8.xml resnet8-cifar10-int8.bin plan.json report.html report.json stats.h5; do
    case " $all" in *" $stem "*) ;; *) fail "no $stem: $all" ;; esac
done
case $all in *requant*) fail "leftovers: $all" ;; esac
quantize out --preset performance --ignore-type MatMul || fail "an older result"
(cd out && md5sum -- * >../older)
kills=0
for tenths in 0 1 2 4 7 10 14 18 22 26 30; do
    "$program" quantize --seconds 0 "$model" --data "$calib" --config "$config" -o out --no-thumbnails --rounding nearest \
        >stdout 2>stderr &
    pid=$!
    sleep $((tenths / 10)).$((tenths % 10))
    kill -KILL $pid 2>/dev/null || true
    code=0
    wait $pid 2>/dev/null || code=$?
    if [ $code = 0 ]; then break; fi
    kills=$((kills + 1))
    (cd out && md5sum --quiet -c ../older >../stdout) || fail "killed after $tenths tenths: OUT is neither old nor new"
done
quantize out || fail "after $kills kills"
for name in resnet8-cifar10-int8.xml resnet8-cifar10-int8.bin plan.json; do
    cmp "ref/$name" "out/$name" || fail "$name: another than undisturbed"
done
[ "$(files_of out)" = "$all" ] || fail "leftovers: $(files_of out)"
if grep -l '\.requant' out/*.json out/*.xml; then fail "a file names the folder of unfinished work"; fi
pass "quantize killed $kills times over an older result"

"$program" quantize --seconds 0 "$model" --data "$calib" --config "$config" -o stopped --no-thumbnails >first 2>&1 &
pid=$!
interrupt INT stopped/.requant/stats.h5 130
grep -q "interrupted.*; stopped is as it was, but for .requant, which keeps statistics: run the same command" first ||
    fail "Ctrl-C: what is kept is not said: $(cat first)"
[ "$(files_of stopped)" = ".requant .requant/stats.h5 " ] || fail "Ctrl-C leaves: $(files_of stopped)"
quantize stopped || fail "after Ctrl-C"
grep -q "reusing statistics of stopped/.requant/stats.h5\|images (stopped/.requant/stats.h5)" stderr ||
    fail "after Ctrl-C: starts again"
[ "$(files_of stopped)" = "$all" ] || fail "leftovers: $(files_of stopped)"
pass "Ctrl-C"

# A pipe that nobody reads from is full after 64 kB: the run waits where it cannot look whether it was
# interrupted.
mkfifo pipe
exec 9<>pipe
for signal in INT TERM; do
    "$program" show ref/report.json --json >pipe 2>first &
    pid=$!
    sleep 1
    kill -$signal $pid
    sleep 0.5
    kill -0 $pid 2>/dev/null || fail "SIG$signal: the pipe does not hold the run up: $(cat first)"
    kill -$signal $pid
    code=0
    for _ in $(seq 100); do
        kill -0 $pid 2>/dev/null || break
        sleep 0.02
    done
    kill -KILL $pid 2>/dev/null && fail "a second SIG$signal does not end it"
    wait $pid || code=$?
    case $signal in INT) [ $code = 130 ] ;; *) [ $code = 143 ] ;; esac || fail "a second SIG$signal: exit $code"
done
exec 9<&-
pass "a second Ctrl-C ends at once"

"$program" quantize --seconds 0 "$model" --data "$calib" --config "$config" -o ended --no-thumbnails >first 2>&1 &
pid=$!
interrupt TERM ended/.requant/stats.h5 143
pass "SIGTERM"

# A limit of file sizes stands for a full disk.
cp -r ref full
code=0
(
    trap '' XFSZ
    ulimit -f 64
    quantize full --preset performance --ignore-type MatMul --subset 50
) || code=$?
[ $code = 1 ] || fail "a full disk: exit $code"
grep -q "File too large" stderr || fail "a full disk: not said"
for name in resnet8-cifar10-int8.xml resnet8-cifar10-int8.bin plan.json report.json report.html stats.h5; do
    cmp "ref/$name" "full/$name" || fail "a full disk: $name is another"
done
case $(files_of full) in *requant-tmp*) fail "a full disk leaves $(files_of full)" ;; esac
pass "a full disk"

"$program" quantize --seconds 0 "$model" --data "$calib" --config "$config" -o busy --no-thumbnails >first 2>&1 &
pid=$!
before=
wait_for busy/.requant/lock $pid
if quantize busy; then fail "two runs into one folder"; fi
grep -q "busy: another run is writing it (process $pid)" stderr || fail "a second run: what is wrong is not said"
wait $pid || fail "the first run: $(cat first)"
pass "one run at a time"

# Cut off between the moves: not read before the next run has finished it.
cp -r ref cut
quantize cut --preset performance --ignore-type MatMul || fail "another result"
mkdir cut/.requant
mv cut/plan.json cut/report.html cut/.requant
rm cut/resnet8-cifar10-int8.xml
cp ref/plan.json ref/report.json cut
cp ref/resnet8-cifar10-int8.xml cut/.requant
echo '{"format": "requant journal", "version": 1,
       "files": ["resnet8-cifar10-int8.xml", "resnet8-cifar10-int8.bin", "plan.json", "report.html"]}' \
    >cut/.requant/journal.json
cp cut/.requant/plan.json plan-of-cut.json
for command in "show cut" "compare ref cut"; do
    # shellcheck disable=SC2086 # words
    if "$program" $command >stdout 2>stderr; then fail "$command: files of two runs are read"; fi
    grep -q "cut: a run was killed while it replaced the files" stderr || fail "$command: not said"
done
if quantize cut --stats nowhere.h5; then fail "no such statistics"; fi
cmp plan-of-cut.json cut/plan.json || fail "a commit is not finished by the next run"
[ "$(files_of cut)" = "$all" ] || fail "leftovers: $(files_of cut)"
"$program" compare ref cut >stdout 2>stderr || fail "compare, finished"
pass "a commit that was cut off"

# -- other content -------------------------------------------------------------------------------

cp -r "$calib" photos
"$program" quantize --seconds 0 "$model" --data photos --config "$config" -o same --rounding nearest >stdout 2>stderr || fail "photos"
one=$(find photos -type f -printf '%s %p\n' | sort -n | tail -1 | cut -d ' ' -f 2)
two=$(find photos -type f -printf '%s %p\n' | sort -n | head -1 | cut -d ' ' -f 2)
cat "$two" >new && truncate -s "$(stat -c %s "$one")" new
touch -r "$one" new && cp -p new "$one" # of the same size and time
"$program" quantize --seconds 0 "$model" --data photos --config "$config" -o same --rounding nearest >stdout 2>stderr || fail "photos, changed"
grep -q "collecting statistics again" stderr || fail "statistics of changed images are taken"
pass "changed images"

# An image that turned unreadable since: said, and counted.
echo nothing >"$one"
"$program" quantize --seconds 0 "$model" --data photos --config "$config" --stats same/stats.h5 -o bad >stdout 2>stderr ||
    fail "an unreadable image after the calibration"
grep -q "${one#photos/}: skipped" stderr || fail "an image that later passes cannot read: not said"
grep -q '"bad_images": 1' bad/report.json || fail "an image that later passes cannot read: not counted"
pass "an image that turned unreadable"

mkdir few
for image in "$calib"/cat/*.jpg; do
    [ "$(find few -type f | wc -l)" = 8 ] || cp "$image" few/
done
echo nothing >few/none.jpg
"$program" quantize --seconds 0 "$model" --data few --config "$config" --max-bad 20 -o few-out >stdout 2>stderr ||
    fail "few images, one of them unreadable"
grep -q "ranges are made of all 8 images" stderr || fail "images that ranges are not made of are counted"
pass "images are counted that could be read"
