#!/bin/bash
# The README's first command on a bare Debian of another release, and the unit tests there: in a root that
# debootstrap makes, from the files that git knows as they are now. Prints how long each step took. Not
# part of `make check`: it needs root and the network, and takes minutes.
# usage: tests/roots.sh RELEASE (bookworm, trixie ...) [MIRROR [COMPONENTS [SCRIPT]]]
#        tests/roots.sh noble http://archive.ubuntu.com/ubuntu main,universe gutsy
#
# build/roots/RELEASE is the bare root, and build/roots/packages what apt downloaded: both are kept for the
# next time. build/roots/RELEASE-used is a copy, made anew each time, and left to be looked at.
set -eu
cd "$(dirname "${BASH_SOURCE[0]}")/.."

refuse()
{
    echo "roots: $1" >&2
    exit 2
}

if [ $# -lt 1 ] || [ $# -gt 4 ]; then refuse "usage: tests/roots.sh RELEASE [MIRROR [COMPONENTS [SCRIPT]]]"; fi
release=$1
mirror=${2:-http://deb.debian.org/debian}
components=${3:-main}
script=${4:-$release} # of debootstrap, for a release that is younger than it
roots=$PWD/build/roots
bare=$roots/$release
used=$roots/$release-used
[ "$(id -u)" = 0 ] || refuse "debootstrap and chroot need root: sudo tests/roots.sh $release"
command -v debootstrap >/dev/null || refuse "missing: apt-get install debootstrap"
[ -e "/usr/share/debootstrap/scripts/$script" ] || refuse "debootstrap knows no release '$script'"

summary=

# timed STEP COMMAND...: its output into a log.
timed()
{
    local step=$1 began=$SECONDS log=$roots/$release-${1// /-}.log
    shift
    "$@" >"$log" 2>&1 || {
        tail -n 30 "$log" >&2
        echo "roots: $release: $step failed; all of it is in $log" >&2
        exit 1
    }
    summary+=$(printf '%s %5d s  %s' "$release" $((SECONDS - began)) "$step")$'\n'
}

make_bare()
{
    rm -rf "$bare.part"
    debootstrap --variant=minbase --components="$components" "$release" "$bare.part" "$mirror" "$script"
    mv "$bare.part" "$bare"
}

copy_sources()
{
    rm -rf "$used"
    cp -a --reflink=auto "$bare" "$used"
    mkdir "$used/src"
    git ls-files -z | tar c --null -T - | tar x -C "$used/src"
}

# Mounts end with the shell: nothing is mounted when build/ is removed.
inside()
{
    mkdir -p "$roots/packages/partial" "$used/var/cache/apt/archives"
    # shellcheck disable=SC2016
    unshare --mount --pid --fork sh -euc '
        mount -t proc proc "$1/proc"
        mount -t tmpfs tmpfs "$1/dev/shm"
        mount --bind "$2" "$1/var/cache/apt/archives"
        exec chroot "$1" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root DEBIAN_FRONTEND=noninteractive sh -euc "cd /src; $3"' \
        sh "$used" "$roots/packages" "$1" </dev/null
}

mkdir -p "$roots"
if [ ! -d "$bare" ]; then timed "bare root" make_bare; fi
copy_sources
timed "setup" inside 'sh .ci/setup'
timed "demo" inside 'make -j2 demo'
timed "setup for tests" inside 'apt-get install -q -y --no-install-recommends libcmocka-dev'
timed "unit tests" inside 'make -j2 unit && make run-unit'

sed -n '/^  model  /,$p' "$roots/$release-demo.log"
tail -n 1 "$roots/$release-unit-tests.log"
printf '%s' "$summary"
warnings=$(grep -h 'warning:' "$roots/$release"-{demo,unit-tests}.log | sort -u) || true
if [ "$warnings" ]; then
    echo "roots: $release: the compiler warns:"$'\n'"$warnings" >&2
    exit 1
fi
