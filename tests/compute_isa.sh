#!/bin/bash
# --compute-isa avx2: the same bytes whatever the CPU has beyond it; and statistics of other
# instructions are not taken for it. One function asks the CPU.
. "$(dirname "$0")/lib.sh"

asking=$(source_files '*.c' '*.h' | (cd "$root" && xargs grep -l '__builtin_cpu_\|cpuid')) || true
[ "$asking" = engine/base/cpu.c ] || fail "not only engine/base/cpu.c asks the CPU:" "$asking"
pass "one function asks the CPU"

grep -q '^flags.* avx2.* \|^flags.* fma.* avx2' /proc/cpuinfo || skip "no AVX2"

quantize() # OUT, options
{
    local out=$1
    shift
    "$program" quantize --seconds 0 "$model" --config "$config" --data "$calib" --subset 12 --adapter none \
        --no-thumbnails -o "$out" "$@" >stdout 2>stderr || fail "quantizing ($out)"
}

decisions() # OUT: its plan, without what OpenVINO ran where it is there
{
    grep -v '^ *"\(runtime\|kernel\|ran_in\)":' "$1/plan.json"
}

same() # OUT: as the first
{
    for file in resnet8-cifar10-int8.bin resnet8-cifar10-int8.xml; do
        cmp first/$file "$1/$file" || fail "$1: another $file"
    done
    cmp <(decisions first) <(decisions "$1") || fail "$1: another plan.json"
}

quantize first --compute-isa avx2
for isa in SSE41 AVX2 AVX512_CORE ALL; do
    export ONEDNN_MAX_CPU_ISA=$isa
    quantize $isa --compute-isa avx2 --threads $((${#isa} % 3 + 1))
    same $isa
done
unset ONEDNN_MAX_CPU_ISA
pass "the same bytes with four limits of oneDNN's environment, and one to three threads"

quantize other
cp other/stats.h5 native.h5
quantize other --compute-isa avx2
grep -q "statistics with another --compute-isa" stderr || fail "statistics of other instructions are taken"
same other
quantize given --compute-isa avx2 --stats native.h5 # the user's own
pass "statistics of other instructions are gathered again, unless they are given"

"$program" quantize --seconds 0 "$model" --compute-isa avx3 -o o 2>stderr && fail "avx3"
grep -q "compute-isa.*avx3" stderr || fail "avx3 is not refused by name"
if ! grep -q '^flags.* avx512_vnni' /proc/cpuinfo; then
    "$program" quantize --seconds 0 "$model" --compute-isa vnni -o o 2>stderr && fail "vnni where there is none"
    grep -q "this CPU has no AVX-512 with VNNI" stderr || fail "vnni is not refused by name"
fi
pass "what is not there is refused"
