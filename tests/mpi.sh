#!/bin/bash
# requant under mpirun: ranks share the work of one process, and give its bytes; one that fails or dies ends
# the others. With `make WITH_MPI=1 check TEST=mpi`.
. "$(dirname "$0")/lib.sh"
command -v mpirun >/dev/null || skip "no mpirun (libopenmpi-dev)"
ldd "$program" | grep -q libmpi || skip "built without MPI (make WITH_MPI=1)"

ranks() # N COMMAND...
{
    count=$1
    shift
    mpirun --oversubscribe --allow-run-as-root -n "$count" "$program" "$@"
}

same() # NAME: NAME.one is what NAME.2 and NAME.3 are
{
    for n in 2 3; do cmp "$1.one" "$1.$n" || fail "$1: $n ranks give other bytes than one process"; done
}

"$program" calibrate "$model" --data "$calib" --config "$config" -o stats.one --quiet >stdout 2>stderr || fail "calibrate"
"$program" evaluate "$model" --data "$val" --config "$config" --json --classes classes.one >evaluate.one 2>stderr || fail "evaluate"
for n in 2 3; do
    ranks $n calibrate "$model" --data "$calib" --config "$config" -o stats.$n --threads $((4 - n)) >stdout 2>stderr ||
        fail "calibrate on $n ranks: $(cat stderr)"
    [ "$(cat stdout)" = "stats.$n: 17 values over 100 images" ] || fail "calibrate on $n ranks prints: $(cat stdout)"
    ranks $n evaluate "$model" --data "$val" --config "$config" --json --classes classes.$n >evaluate.$n 2>stderr ||
        fail "evaluate on $n ranks: $(cat stderr)"
done
same stats
same evaluate
same classes
pass "calibrate and evaluate"

analyze() # N, files NAME.N
{
    ranks "$1" analyze "$model" --data "$calib" --config "$config" --json --csv "layers.$1" >stdout 2>stderr ||
        fail "analyze on $1 ranks: $(cat stderr)"
    grep -v '"seconds"' stdout >"analysis.$1"
}
analyze 1
mv layers.1 layers.one
mv analysis.1 analysis.one
for n in 2 3; do analyze $n; done
same layers
same analysis
pass "analyze"

# The layers' times, by which they are ordered, are those of a first run.
tune() # OUT
{
    echo tune "$model" --data "$calib" --val "$val" --config "$config" --seconds 0 -o "$1"
}
# shellcheck disable=SC2046 # words
ranks 2 $(tune first) --min-sqnr 29 >stdout 2>stderr || fail "tune on 2 ranks: $(cat stderr)"
for n in 1 2 3; do
    cp -r first tuned.$n
    # shellcheck disable=SC2046
    ranks $n $(tune tuned.$n) --min-sqnr 32 >stdout 2>stderr || fail "tune on $n ranks: $(cat stderr)"
    grep -q "reusing [0-9]* trials of tuned.$n/tune.json" stderr || fail "tune on $n ranks begins again: $(cat stderr)"
    grep -q "meets the budget" stderr || fail "tune on $n ranks tries nothing: $(cat stderr)"
done
for file in resnet8-cifar10-int8.xml resnet8-cifar10-int8.bin plan.json tune.json stats.h5; do
    for n in 2 3; do cmp tuned.1/$file tuned.$n/$file || fail "tune: $n ranks give another $file"; done
done
[ -z "$(find . -name '.requant*')" ] || fail "leftovers: $(find . -name '.requant*')"
code=0
# shellcheck disable=SC2046
ranks 2 $(tune tuned.2) --min-sqnr 32 --budget 9 >stdout 2>stderr || code=$?
[ $code = 2 ] || fail "tune --budget on 2 ranks: exit $code"
grep -q -- "--budget with several processes" stderr || fail "tune --budget on 2 ranks: $(cat stderr)"
pass "tune"

# More ranks than images, and images that cannot be read, which are told once.
mkdir few
find "$calib" -type f -name '*.jpg' | sort | head -3 | while read -r file; do cp "$file" few; done
echo nothing >few/zz.jpg
for file in few/*.jpg; do echo "$(basename "$file") 0"; done >few.txt
for n in 1 5; do
    ranks $n calibrate "$model" --data few --config "$config" --max-bad 30 -o few.$n >stdout 2>stderr || fail "few images: $(cat stderr)"
    [ "$(cat stdout)" = "few.$n: 17 values over 3 images, 1 could not be read" ] || fail "few images: $(cat stdout)"
    [ "$(grep -c 'zz.jpg: skipped' stderr)" = 1 ] || fail "an unreadable image on $n ranks: $(cat stderr)"
    code=0
    ranks $n evaluate "$model" --data few --labels few.txt --config "$config" >stdout 2>stderr || code=$?
    [ $code = 1 ] || fail "too many unreadable images: exit $code"
    [ "$(grep -c '1 of 4 images cannot be used' stderr)" = 1 ] || fail "too many unreadable images: $(cat stderr)"
done
cmp few.1 few.5 || fail "5 ranks with 4 images give other bytes"
pass "few images, and unreadable ones"

# One message for all, and the others end.
code=0
ranks 3 calibrate nowhere.xml --data "$calib" >stdout 2>stderr || code=$?
[ $code = 1 ] || fail "no model: exit $code"
[ "$(grep -c 'requant calibrate: nowhere.xml: cannot open' stderr)" = 1 ] || fail "no model: $(cat stderr)"
code=0
ranks 2 calibrate --nonsense >stdout 2>stderr || code=$?
[ $code = 2 ] || fail "wrong usage: exit $code"
[ "$(grep -c 'is not an option' stderr)" = 1 ] || fail "wrong usage: $(cat stderr)"
code=0
ranks 2 quantize "$model" --data "$calib" -o out >stdout 2>stderr || code=$?
[ $code = 2 ] || fail "quantize on ranks: exit $code"
grep -q "started as 2 processes, but works in one" stderr || fail "quantize on ranks: $(cat stderr)"
# The first one alone ends with that: who sees another rank fail ends the first, perhaps before it has said why.
cat >ends <<END
#!/bin/sh
"$program" "\$@"
code=\$?
echo \$code >ended.\$OMPI_COMM_WORLD_RANK
for _ in \$(seq 500); do [ -s ended.0 ] && [ -s ended.1 ] && [ -s ended.2 ] && break; sleep 0.02; done
exit \$code
END
chmod +x ends
code=0
mpirun --oversubscribe --allow-run-as-root -n 3 ./ends calibrate --nonsense >stdout 2>stderr || code=$?
[ $code = 2 ] || fail "wrong usage on 3 ranks: exit $code"
[ "$(cat ended.0 ended.1 ended.2 | tr '\n' ' ')" = "2 0 0 " ] || fail "wrong usage on 3 ranks: exits $(cat ended.*)"
# Only the second rank fails: it lies on another machine, so to speak, where the model is another one.
cat >fails <<END
#!/bin/sh
if [ "\$OMPI_COMM_WORLD_RANK" = 1 ]; then cd elsewhere; fi
exec "$program" "\$@"
END
chmod +x fails
mkdir elsewhere
cp "$model" "${model%.xml}.bin" .
code=0
mpirun --oversubscribe --allow-run-as-root -n 3 ./fails calibrate "$(basename "$model")" --data "$calib" --config "$config" -o failed.h5 \
    >stdout 2>stderr || code=$?
[ $code = 1 ] || fail "the second rank fails: exit $code"
[ "$(grep -c "requant calibrate: rank 1 of 3: $(basename "$model"): cannot open" stderr)" = 1 ] ||
    fail "the second rank fails: $(cat stderr)"
[ ! -e failed.h5 ] || fail "the second rank fails, and a file is left"
pass "a rank that fails ends all, with its message"

# Killed in the middle: what was saved is continued, by another number of ranks.
for _ in $(seq 60); do find "$calib" -type f | sort; done >list
"$program" calibrate "$model" --data list --config "$config" -o long.one --quiet >stdout 2>stderr || fail "a long run"
cat >tells <<END
#!/bin/sh
echo \$\$ >pid.\$OMPI_COMM_WORLD_RANK
exec "$program" "\$@"
END
chmod +x tells
mpirun --oversubscribe --allow-run-as-root -n 2 ./tells calibrate "$model" --data list --config "$config" -o long.3 --threads 1 >stdout 2>stderr &
pid=$!
for _ in $(seq 1500); do
    if [ -s .requant-long.3/long.3 ] || ! kill -0 $pid 2>/dev/null; then break; fi
    sleep 0.02
done
kill -KILL "$(cat pid.1)" || fail "the second rank had ended: $(cat stderr)"
code=0
wait $pid || code=$?
[ $code != 0 ] || fail "a rank was killed, and the run ended well"
grep -q "rank 1 .*exited on signal 9" stderr || fail "a rank was killed, and nothing is said: $(cat stderr)"
[ ! -e long.3 ] || fail "a rank was killed, and a file is left"
ranks 3 calibrate "$model" --data list --config "$config" -o long.3 >stdout 2>stderr || fail "continued: $(cat stderr)"
grep -q "continuing after [1-9][0-9]* of 6000 images" stderr || fail "begins again: $(cat stderr)"
cmp long.one long.3 || fail "killed and continued, the statistics are others"
pass "a rank that is killed ends all, and the work continues"
