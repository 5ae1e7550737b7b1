#!/bin/bash
# The library as a program finds it installed: pkg-config is all that it needs to know.
. "$(dirname "$0")/lib.sh"

read -ra compiler <<<"${CC:-cc}"
prefix=$work/prefix

# As this script's build was called, so that nothing is built anew.
make_target() # TARGET [VARIABLE=VALUE...]
{
    (cd "$root" && make --no-print-directory BUILD="$(dirname "${BUILD_DIR:-build/release}")" \
        MODE="$(basename "$build")" PREFIX="$prefix" "$@") >make.log 2>&1 ||
        { cat make.log; fail "make $1"; }
}

make_target install
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib

# What the library shows is what the header declares and the map lists.
shown=$(nm -D --defined-only "$prefix/lib/librequant.so" | awk '$2 != "A" { print $3 }' | sort)
listed=$(sed -n 's/^ *\(rq_[a-z_]*\);$/\1/p' "$root/engine/api/requant.map" | sort)
declared=$(grep -o '\brq_[a-z_]*(' "$prefix/include/requant.h" | tr -d '(' | sort -u)
[ "$shown" = "$listed" ] || fail "librequant.so shows other symbols than requant.map: $shown"
[ "$shown" = "$declared" ] || fail "librequant.so shows other symbols than requant.h: $shown"
soname=$(readelf -d "$prefix/lib/librequant.so" | sed -n 's/.*soname: \[\(.*\)\]/\1/p')
[ "$soname" = librequant.so.0 ] || fail "soname: $soname"
pass "symbols and soname"
loaded=$(ldd "$prefix/bin/requant" | grep -c ' => ')
if ldd "$prefix/bin/requant" | grep -q libmpi; then skip_part "built with MPI: the number of libraries"; fi
if { [ "$loaded" -gt 25 ] && ! ldd "$prefix/bin/requant" | grep -q libmpi; } || ldd "$prefix/bin/requant" | grep -E 'hdf5|curl|krb5|ldap'; then
    fail "the program loads $loaded libraries"
fi
pass "the program loads $loaded libraries, none for HDF5"

# compile PROGRAM [flags]: against the installed prefix, strictly.
compile()
{
    name=$1
    shift
    # shellcheck disable=SC2046 # flags are words
    "${compiler[@]}" -std=c11 -Wall -Wextra -Wpedantic -Werror "$root/tests/api/$name.c" \
        $(pkg-config --cflags requant) "$@" -o "$name" 2>stderr || fail "$name does not compile"
}
libs=$(pkg-config --libs requant)
# shellcheck disable=SC2086
compile main_job $libs
# shellcheck disable=SC2086
compile steps $libs -pthread
echo '#include <requant.h>
int main() { return rq_version()[0] == 0; }' >cpp.cc
if command -v c++ >/dev/null; then
    # shellcheck disable=SC2086,SC2046
    c++ cpp.cc $(pkg-config --cflags requant) $libs -o cpp 2>stderr || fail "C++ does not compile"
    ./cpp || fail "C++"
fi
[ "$(pkg-config --modversion requant)" = "$("$program" --version | cut -d' ' -f2)" ] ||
    fail "requant.pc tells another version than the program"
pass "compiles with what pkg-config says"

./main_job "$model" "$calib" cifar10 job >out 2>stderr || fail "main_job"
grep -q '^top-1 [0-9.]* -> [0-9.]* %, [0-9]* bytes$' out || fail "main_job says: $(cat out)"
"$program" quantize --seconds 0 "$model" --data "$calib" --config cifar10 -o command --quiet >out 2>stderr ||
    fail "the command"
for file in resnet8-cifar10-int8.xml resnet8-cifar10-int8.bin plan.json stats.h5; do
    cmp "job/$file" "command/$file" || fail "$file: the library and the command differ"
done
pass "the main job gives the command's bytes"

# One at a time, and two at once in one process.
./steps "$model" "$calib" cifar10 one >out 2>stderr || fail "steps"
./steps "$model" "$calib" cifar10 two three >out 2>stderr || fail "two contexts in two threads"
for file in stats.h5 plan.json quantized.xml quantized.bin copy/fp32.xml copy/fp32.bin; do
    for other in two three; do
        cmp "one/$file" "$other/$file" || fail "$file: two threads at once give other bytes"
    done
done
pass "two contexts in two threads give the bytes of one"

if [ -z "$python" ]; then
    skip_part "Python: there is no python3"
else
    unset PYTHONDONTWRITEBYTECODE # uninstall takes away what Python leaves, too
    PYTHONPATH=$prefix/share/requant/python "$python" "$root/tests/api/use.py" \
        "$model" "$calib" "$val" cifar10 "$work/py" \
        >out 2>stderr || fail "Python"
    pass "Python: $(cat out)"
fi

make_target uninstall
left=$(find "$prefix" -type f -o -type l -o -path '*requant*')
[ -z "$left" ] || fail "make uninstall leaves $left"
pass "uninstalled"

# As packages do: below DESTDIR, the library where one architecture's lie; and then moved.
make_target install DESTDIR="$work/staged" LIBDIR=lib/any-linux-gnu
mv "$work/staged$prefix" moved
export PKG_CONFIG_PATH=$work/moved/lib/any-linux-gnu/pkgconfig LD_LIBRARY_PATH=$work/moved/lib/any-linux-gnu
# shellcheck disable=SC2046
compile main_job $(pkg-config --libs requant)
./main_job "$model" "$calib" cifar10 moved-job >out 2>stderr || fail "the library in a moved prefix"
cmp job/stats.h5 moved-job/stats.h5 || fail "the library in a moved prefix gives other statistics"
moved/bin/requant lint --config help >out 2>stderr || fail "the program in a moved prefix"
grep -q cifar10 out || fail "a moved prefix has no configurations: $(cat out)"
if readelf -S moved/bin/requant | grep -q '\.debug_info'; then fail "the program is installed with what debuggers read"; fi
pass "installed below DESTDIR and moved"
