#!/bin/bash
# By hand, after `make wheel` (half a minute): the wheel in a new virtual environment, without a network where
# that can be taken away. Needs python3-venv.
. "$(dirname "$0")/../lib.sh"

wheel=$(echo "$root"/build/dist/requant-*-manylinux_*.whl)
[ -f "$wheel" ] || skip "there is no wheel: make wheel"
offline=()
if unshare -n true 2>/dev/null; then offline=(unshare -n); fi

"$root/build/portable/venv/bin/auditwheel" show "$wheel" >shown 2>stderr || fail "auditwheel show"
allowed=$(sed -n 's/.*tag: "manylinux_2_\([0-9]*\)_.*/\1/p' shown | head -1)
claimed=${wheel##*manylinux_2_}
claimed=${claimed%%_*}
[ "$allowed" -le "$claimed" ] || fail "the tag says glibc 2.$claimed, auditwheel 2.$allowed"
pass "auditwheel: glibc 2.$allowed is enough for a tag of 2.$claimed"

python3 -m venv venv
"${offline[@]}" venv/bin/pip install --no-index "$wheel" >stdout 2>stderr || fail "pip install"
package=$(venv/bin/python -c 'import requant; print(requant.__path__[0])')
for file in bin/requant lib/librequant.so.0 libexec/requant/requant-hdf5; do
    if ldd "$package/$file" | grep -q 'not found'; then fail "$file: $(ldd "$package/$file")"; fi
    ldd "$package/$file"
done | awk '$2 == "=>" { print $3 }' | xargs realpath | sort -u >needed
grep -v "^$work/" needed | grep -vE '/lib(c|m|stdc\+\+|gcc_s)\.so\.' && fail "needs more of the machine"
pass "needs glibc and the C++ library, and brings $(grep -c "^$work/" needed) libraries"

for how in venv/bin/requant 'venv/bin/python -m requant'; do
    # shellcheck disable=SC2086 # words
    "${offline[@]}" $how demo --quiet >stdout 2>stderr || fail "$how demo"
    for file in report.html stats.h5; do [ -s requant-demo/$file ] || complain "$how demo: no $file"; done
    grep -q "quantize $package/share/requant/demo/model" stdout || fail "$how demo: takes other data"
    rm -rf requant-demo
    pass "$how demo"
done
status=0
venv/bin/requant quantize nosuch.xml -o out 2>stderr || status=$?
[ $status = 1 ] || fail "exit status of the script: $status"
pass "exit status of the script"

"${offline[@]}" venv/bin/python "$root/tests/api/use.py" "$model" "$calib" "$val" cifar10 py >out 2>stderr ||
    fail "import requant"
pass "import requant: $(cat out)"

info=$(echo "${package%/*}"/requant-*.dist-info)
for library in dnnl gomp1 hdf5-dev xml2-dev tiff-dev; do
    ls "$info/licenses/lib$library"*/copyright >/dev/null 2>&1 || complain "no licence of lib$library"
done
pass "$(find "$info/licenses" -name copyright | wc -l) licences of what is bundled"
