#!/bin/bash
# What fuzzing has found (tests/fuzz/findings), and what it begins with (tests/fuzz/corpus): each input
# is refused or read, and nothing crashes, hangs or goes on.
. "$(dirname "$0")/lib.sh"

cd "$root"
for target in tests/fuzz/fuzz_*.c; do
    name=$(basename "$target" .c)
    name=${name#fuzz_}
    mapfile -t inputs < <(find "tests/fuzz/corpus/$name" "tests/fuzz/findings/$name" -type f 2>/dev/null | sort)
    [ ${#inputs[@]} -gt 0 ] || fail "$name: no inputs"
    TMPDIR=$work timeout 300 "$build/replay/$name" "${inputs[@]}" >/dev/null 2>"$work/stderr" ||
        fail "$name: exit status $? at the last of these"
    pass "$name: ${#inputs[@]} inputs"
done
