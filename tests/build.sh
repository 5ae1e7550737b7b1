#!/bin/bash
# What `make` says where something is missing: one line that names Debian's package; or is too old. A build folder
# that is deep. And `make dist`.
. "$(dirname "$0")/lib.sh"
unset MAKEFLAGS MFLAGS CC # those of `make check`
PATH=${PATH//\/usr\/lib\/ccache:/} # which looks for compilers in PATH

# refused WHAT PACKAGES [MAKE'S ARGUMENTS]: with bin/ before all other programs.
refused()
{
    local what=$1 packages=$2
    shift 2
    PATH=$work/bin:$PATH make -C "$root" -s -n BUILD="$work/build" "$@" >stdout 2>stderr && fail "$what: not missed"
    [ "$(grep -c . stderr)" = 1 ] || complain "$what: more than one line"
    grep -q "missing: apt-get install $packages (or all at once: sh .ci/setup" stderr || complain "$what: not '$packages'"
}

mkdir bin
real=$(command -v pkg-config)
cat >bin/pkg-config <<END
#!/bin/sh
if [ "\$1" = --exists ]; then case " \$* " in *" \$HIDDEN "*) exit 1 ;; esac; fi
exec $real "\$@"
END
chmod +x bin/pkg-config
for library in libxml-2.0=libxml2-dev libpng=libpng-dev zlib=zlib1g-dev libjpeg=libjpeg-dev libwebp=libwebp-dev \
    libtiff-4=libtiff-dev hdf5=libhdf5-dev jansson=libjansson-dev yaml-0.1=libyaml-dev libxxhash=libxxhash-dev \
    libprotobuf-c=libprotobuf-c-dev; do
    HIDDEN=${library%=*} refused "$library" "${library#*=}" all
done
HIDDEN=cmocka refused cmocka libcmocka-dev unit
HIDDEN=cmocka PATH=$work/bin:$PATH make -C "$root" -s -n BUILD="$work/build" all >stdout 2>stderr ||
    complain "the program alone needs cmocka"
HIDDEN="libtiff-4 >= 4.5" PATH=$work/bin:$PATH make -C "$root" -s -n BUILD="$work/build" all >stdout 2>stderr &&
    fail "an old libtiff: not missed"
grep -q "libtiff [0-9.]* is too old: requant needs 4.5" stderr || complain "an old libtiff: says something else"
pass "libraries that are missing, or too old"

for flag in -n -q; do
    make -C "$root" -s $flag --no-print-directory BUILD="$work/dry" all >stdout 2>stderr || [ $flag = -q ] || complain "make $flag"
    [ ! -e dry ] || complain "make $flag: writes $(find dry -type f | head -n 1)"
    rm -rf dry
done
pass "make -n writes nothing"

# A compiler that lacks a header, and programs that are not there.
cat >bin/cc <<'END'
#!/bin/sh
case " $* " in *" oneapi/dnnl/dnnl.h "*) exit 1 ;; esac
exec gcc "$@"
END
chmod +x bin/cc
refused "oneDNN's header" libdnnl-dev all
refused "a compiler" nosuch-1 CC=nosuch-1 all
rm bin/*
for tool in bash sh make sed find gcc cc grep cmp mkdir; do ln -s "$(command -v $tool)" bin/; done
refused_alone()
{
    local what=$1 packages=$2
    PATH=$work/bin make -C "$root" -s -n BUILD="$work/build" all >stdout 2>stderr && fail "$what: not missed"
    grep -q "missing: apt-get install $packages (or all" stderr || complain "$what: not '$packages'"
}
refused_alone pkg-config pkg-config
ln -s "$real" bin/pkg-config
refused_alone "protocol buffers" "protobuf-compiler protobuf-c-compiler"
pass "compilers and tools that are missing"

# More than a shell's command has room for.
deep=$work/$(printf 'deep/%.0s' {1..60})build
make -C "$root" -s BUILD="$deep" "$deep/release/objects" >stdout 2>stderr || fail "a build folder that is deep"
grep -q "$deep/release/engine/base/arena.o" "$deep/release/objects" || complain "a build folder that is deep: no list"
pass "a build folder that is deep"

if ! git -C "$root" rev-parse HEAD >stdout 2>stderr; then
    skip_part "make dist: not a git checkout"
    exit
fi
for i in 1 2; do
    make -C "$root" -s BUILD="$work/dist$i" dist >stdout 2>stderr || fail "make dist"
    sleep 1
done
cmp dist1/*.tar.gz dist2/*.tar.gz || fail "make dist: other bytes the second time"
tar tzf dist1/*.tar.gz >list
for file in Makefile README.md LICENSE .ci/setup datasets/demo/NOTICE; do
    grep -q "^requant-[0-9.]*/$file$" list || complain "make dist leaves out $file"
done
pass "a source tarball, of the same bytes each time"
