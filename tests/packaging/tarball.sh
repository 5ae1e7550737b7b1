#!/bin/bash
# By hand, after `make tarball`: tarball.sh [ROOT ...]. The archive, unpacked, in each ROOT (a root of
# debootstrap --variant=minbase, which has none of the libraries; as root) and here; and that a build of the same
# sources in another folder gives the same bytes (some minutes).
. "$(dirname "$0")/../lib.sh"

archive=$(echo "$root"/build/dist/requant-*-linux-*.tar.gz)
[ -f "$archive" ] || skip "there is no archive: make tarball"
name=$(basename "$archive" .tar.gz)

run_in() # root, COMMAND...: without a network; with /proc, from which the loader knows where a program is
{
    if [ "$1" = / ]; then "${@:2}"; else unshare -n --pid --fork --mount-proc="$1/proc" chroot "$@"; fi
}

check_in() # root
{
    where=${1%/}/tmp/$name
    rm -rf "$where"
    tar -xzf "$archive" -C "${1%/}/tmp"
    run_in "$1" "/tmp/$name/bin/requant" demo -o "/tmp/$name/out" --quiet >stdout 2>stderr || fail "$1: demo"
    for file in report.html stats.h5; do [ -s "$where/out/$file" ] || complain "$1: no $file"; done
    run_in "$1" ldd "/tmp/$name/bin/requant" "/tmp/$name/lib/librequant.so.0" >needed
    if grep 'not found' needed; then fail "$1: a library is not found"; fi
    own=$(sed -n 's|.* => /tmp/.*/lib/\([^ ]*\) .*|\1|p' needed | sort -u | paste -sd' ')
    version=$(sed -n 's/^VERSION="\(.*\)"/\1/p' "${1%/}/etc/os-release")
    rm -rf "$where"
    pass "$1 ($version): demo, with libraries of its own: $own"
}

for where in / "$@"; do check_in "$where"; done

git clone -q "$root" sources
(cd sources && make --no-print-directory tarball) >make.log 2>&1 || { tail make.log; fail "make tarball"; }
[ "$(git -C "$root" status --short)" = "" ] || complain "there are changes that are not committed"
cmp "$archive" "sources/build/dist/$name.tar.gz" || fail "another folder gives other bytes"
pass "the same bytes from another folder"
