#!/bin/bash
# Less and less memory: a message and exit 1, wherever it runs out, and no crash. What the loader needs
# for the libraries is where it begins.
. "$(dirname "$0")/lib.sh"
case $build in *asan | *tsan) skip "sanitizers reserve more addresses than may be limited" ;; esac

limited() # KIB COMMAND...: the exit status
{
    (
        ulimit -v "$1"
        ulimit -c 0
        shift
        exec timeout 60 "$@"
    ) >stdout 2>stderr && code=0 || code=$?
}

# The lowest limit, in steps of 1 MB, that the loader is content with.
first()
{
    for kib in $(seq 60000 1000 400000); do
        limited "$kib" "$program" --version
        if [ "$code" = 0 ]; then break; fi
    done
    echo "$kib"
}

least=$(first)
done_at=
for kib in $(seq "$least" 700 $((least + 60000))); do
    limited "$kib" "$program" evaluate "$model" --data "$val" --config "$config" --subset 4 --threads 1
    case $code in
    0) done_at=${done_at:-$kib} ;;
    1) grep -q 'out of memory' stderr || complain "$kib KiB: another message" ;;
    127) ;; # libraries that are loaded on the way
    *) complain "$kib KiB: exit $code" ;;
    esac
done
# With threads others take what oneDNN was told there is: its exceptions have a message, too.
for kib in $(seq "$least" 7000 $((least + 90000))); do
    limited "$kib" "$program" evaluate "$model" --data "$val" --config "$config" --subset 40 --threads 8
    case $code in
    0 | 127) ;;
    1) grep -q 'out of memory' stderr || complain "$kib KiB, 8 threads: another message" ;;
    *) complain "$kib KiB, 8 threads: exit $code" ;;
    esac
done
[ -n "$done_at" ] || complain "60 MB beyond the libraries are not enough"
pass "evaluate with $least KiB and more; ${done_at:-none} KiB suffice"
