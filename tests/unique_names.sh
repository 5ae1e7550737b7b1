#!/bin/bash
# A type, an enumerator, a macro or a public function has one meaning in the whole program: one
# translation unit can include every header of the product, and no tag is defined twice, in headers
# and sources together.
. "$(dirname "$0")/lib.sh"
cd "$root"
[ -f "$build/flags" ] || skip "no build in $build"
rooms=(engine calib quant datasets reports)

includes=$(find "${rooms[@]}" -name '*.h' -printf '#include "%p"\n' | sort)
read -r -a compile <"$build/flags"
"${compile[@]}" -Werror -fsyntax-only -x c - <<<"$includes" ||
    fail "a name has two meanings, or a header does not stand for itself"
pass "$(wc -l <<<"$includes") headers in one translation unit"

# What is opaque in one header may be another's full definition: to the compiler they are the same.
tags=$(find "${rooms[@]}" -name '*.[ch]' -exec \
    grep -hoE '^(typedef )?(struct|enum|union) rq_\w+ \{' {} + | sed 's/^typedef //' | sort)
twice=$(uniq -d <<<"$tags")
[ -z "$twice" ] || fail "defined twice: $twice"
pass "$(wc -l <<<"$tags") tags are defined once"
