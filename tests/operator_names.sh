#!/bin/bash
# Every operator that the sources name by a text is one of ops.def: "Type-N" of what import emits
# (with an operator set that the operator has), types that nodes are made with or compared to. Where
# it can, a source says &rq_op_Type instead, which the compiler checks.
. "$(dirname "$0")/lib.sh"
cd "$root"
# Frameworks have types of their own.
frameworks=(--exclude-dir=onnx --exclude-dir=tensorflow --exclude-dir=tflite --exclude-dir=caffe
    --exclude-dir=replacements)
sources=(grep -rhoE --include=*.[ch])

rows=$("$program" ops | tail -n +2)
known=$(awk '{n = split($2, set, ","); for (i = 1; i <= n; i++) print $1 "-" set[i]}' <<<"$rows")
types=$(awk '{print $1}' <<<"$rows")

names() # what stands between quotes, once each
{
    grep -oE '"[A-Za-z0-9-]+"' | tr -d '"' | sort -u
}
emitted=$("${sources[@]}" '"[A-Z][A-Za-z0-9]+-[0-9]+"' engine/import | names)
made=$("${sources[@]}" '"[A-Z]\w+", "opset[0-9]+"' engine quant | sed 's/", "opset/-/' | names)
compared=$("${sources[@]}" "${frameworks[@]}" '(->type, |rq_graph_list\([^"]*)"[A-Z]\w*"' \
    engine quant | names)

any=$(awk '$2 == "any" {print $1}' <<<"$rows" | paste -sd '|') # operator sets of all numbers
check() # what, names, those that there are
{
    missing=$(grep -vE "^($any)-" <<<"$2" | grep -vxF -f <(echo "$3") || true)
    [ -z "$missing" ] || fail "$1: no such operator: $(xargs <<<"$missing")"
    pass "$1: $(wc -l <<<"$2") names are operators"
}
check emitted "$emitted" "$known"
check made "$made" "$known"
check compared "$compared" "$types"
[ "$(wc -l <<<"$emitted")" -gt 100 ] || fail "the search is broken"
