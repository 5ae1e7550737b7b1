#!/bin/bash
# requant calibrate --shard and requant merge: the bytes of one run, whatever the number of shards, their
# order, and interruptions; what does not belong together is refused by name.
. "$(dirname "$0")/lib.sh"

calibrate() # OUT, options
{
    out=$1
    shift
    "$program" calibrate "$model" --data list --config "$config" -o "$out" --quiet "$@" >stdout 2>stderr
}

refused() # TEXT FILE... : merge ends with exit 2 and TEXT, and leaves nothing
{
    text=$1 code=0
    shift
    "$program" merge "$@" -o refused.h5 >stdout 2>stderr || code=$?
    [ $code = 2 ] || fail "merge $*: exit $code: $(cat stderr)"
    grep -qF -- "$text" stderr || fail "merge $*: not said: $text, but $(cat stderr)"
    [ ! -e refused.h5 ] || fail "merge $*: leaves a file"
}

find "$calib" -type f | sort >list
calibrate whole.h5 || fail "one run"
for n in 1 2 7 11; do
    for k in $(seq $n); do calibrate "$k-of-$n.h5" --shard "$k/$n" --threads $((k % 3 + 1)) || fail "shard $k of $n"; done
    # As a shell sorts them: 10 before 2.
    "$program" merge ./*-of-$n.h5 -o merged.h5 >stdout 2>stderr || fail "merge of $n: $(cat stderr)"
    cmp whole.h5 merged.h5 || fail "$n shards give other statistics than one run"
    grep -q "merged.h5: [0-9]* values over 100 images of $n shard" stdout || fail "merge says: $(cat stdout)"
done
pass "1, 2, 7 and 11 shards"

(mkdir array && cd array && cp ../list . && for k in 1 2; do
    "$program" calibrate "$model" --data list --config "$config" --shard $k/2 --quiet >/dev/null 2>&1 || exit 1
done && "$program" merge stats-*-of-2.h5 >/dev/null && cmp stats.h5 ../whole.h5) || fail "names of an array's files"
pass "without -o each shard has a file of its own"

# A shard that is interrupted, lost, or not finished.
for _ in $(seq 40); do cat list; done >long
mv list short && mv long list
calibrate long-whole.h5 || fail "a long run"
calibrate long-1.h5 --shard 1/2 || fail "a long shard"
"$program" calibrate "$model" --data list --config "$config" --shard 2/2 -o long-2.h5 --threads 1 --quiet >stdout 2>stderr &
pid=$!
for _ in $(seq 600); do
    if [ -s .requant-long-2.h5/long-2.h5 ] || ! kill -0 $pid 2>/dev/null; then break; fi
    sleep 0.02
done
kill -KILL $pid 2>/dev/null || fail "a shard of 2000 images had ended before it was killed"
wait $pid 2>/dev/null || true
refused "shard 2 of 2 holds" long-1.h5 .requant-long-2.h5/long-2.h5
refused "shard 2 of 2 is missing: calibrate --shard 2/2 does it alone" long-1.h5
"$program" calibrate "$model" --data list --config "$config" --shard 2/2 -o long-2.h5 >stdout 2>stderr || fail "continued"
grep -q "continuing after [1-9][0-9]* of 2000 images" stderr || fail "a shard that was killed begins again: $(cat stderr)"
"$program" merge long-2.h5 long-1.h5 -o merged.h5 >stdout 2>stderr || fail "merge after a kill"
cmp long-whole.h5 merged.h5 || fail "a shard that was continued gives other statistics"
mv short list
pass "a shard killed and continued"

# The same command again costs nothing; another shard's file is no beginning of this one's.
calibrate 1-of-2.h5 --shard 1/2 || fail "a complete shard"
grep -q "was complete already" stdout || fail "a complete shard runs again"
cp 1-of-2.h5 other.h5
"$program" calibrate "$model" --data list --config "$config" -o other.h5 --shard 2/2 >stdout 2>stderr || fail "over another shard"
grep -q "other.h5: statistics of shard 1 of 2 of 100 images, this run is of shard 2 of 2 of 100 images" stderr ||
    fail "another shard's file: not said"
cmp other.h5 2-of-2.h5 || fail "over another shard: other statistics"
"$program" calibrate "$model" --data list --config "$config" -o other.h5 >stdout 2>stderr || fail "a whole run over a shard"
cmp other.h5 whole.h5 || fail "a whole run over a shard: other statistics"
pass "statistics of another part are not taken"

refused "1-of-7.h5: shard 1 of 7, expected one of 2 as 1-of-2.h5" 1-of-2.h5 1-of-7.h5
cp 1-of-2.h5 again.h5
refused "again.h5: shard 1 of 2, as 1-of-2.h5" 1-of-2.h5 again.h5 2-of-2.h5
refused "shards 2, 4, 5, 6, 7 of 7 are missing" 1-of-7.h5 3-of-7.h5
refused "whole.h5: no shard" 1-of-2.h5 whole.h5
code=0
"$program" merge 1-of-2.h5 2-of-2.h5 -o 1-of-2.h5 >stdout 2>stderr || code=$?
[ $code = 2 ] || fail "merge onto a shard: exit $code"
grep -q "would replace 1-of-2.h5, which is read" stderr || fail "merge onto a shard: $(cat stderr)"
calibrate foreign.h5 --shard 2/2 --scale 127.5
refused "foreign.h5: statistics of another preprocessing: found" 1-of-2.h5 foreign.h5
calibrate foreign.h5 --shard 2/2 --integers native
refused "foreign.h5: other options: found backend onednn, native integers, expected backend onednn as in 1-of-2.h5" 1-of-2.h5 foreign.h5
calibrate foreign.h5 --shard 2/2 --compute-isa sse41
refused "foreign.h5: another --compute-isa: found sse41, expected none" 1-of-2.h5 foreign.h5
calibrate foreign.h5 --shard 2/2 --seed 1 --shuffle
refused "foreign.h5: another list of images" 1-of-2.h5 foreign.h5
pass "what does not belong together is refused by name"

code=0
"$program" quantize "$model" --data list --config "$config" --stats 1-of-2.h5 -o out >stdout 2>stderr || code=$?
[ $code = 2 ] || fail "quantize --stats of one shard: exit $code"
grep -q "1-of-2.h5 is shard 1 of 2 alone, 50 of 100 images: join all of them first (requant merge)" stderr ||
    fail "quantize --stats of one shard: $(cat stderr)"
"$program" show 2-of-2.h5 | grep -q "shard 2 of 2: images 51 to 100 of 100" || fail "show of a shard"
"$program" show 2-of-2.h5 --json | tr -d ' \n' | grep -q '"shard":{"index":2,"count":2,"first_image":50' || fail "show --json of a shard"
for shard in 0/2 3/2 x 2 '2/ x'; do
    code=0
    calibrate bad.h5 --shard "$shard" || code=$?
    [ $code = 2 ] || fail "--shard $shard: exit $code"
    grep -qF -- "--shard '$shard': expected K/N" stderr || fail "--shard $shard: $(cat stderr)"
done
code=0
calibrate bad.h5 --shard 1/101 || code=$?
[ $code = 2 ] || fail "--shard 1/101: exit $code"
grep -q "there are 100 images, so at most 100 shards" stderr || fail "--shard 1/101: $(cat stderr)"
pass "one shard alone"

if [ -n "$python" ]; then
    PYTHONPATH=$root/engine/api/python REQUANT_LIBRARY=$build/librequant.so "$python" - "$model" "$config" <<'END' || fail "Python"
import requant, sys

files = [f"py-{k}.h5" for k in (1, 2)]
counts = [requant.calibrate(sys.argv[1], file, shard=f"{k}/2", data="list", config=sys.argv[2])
          for k, file in enumerate(files, 1)]
assert [count["images"] for count in counts] == [50, 50], counts
assert requant.merge(*files, output="py.h5")["images"] == 100
try: requant.merge(files[0], output="py-half.h5")
except requant.Error as error: assert "shard 2 of 2 is missing" in str(error), error
else: raise AssertionError("half of the shards")
END
    cmp py.h5 whole.h5 || fail "Python: other statistics"
    pass "Python"
fi
