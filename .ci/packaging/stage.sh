#!/bin/sh
# Makes what `make MODE=portable install` left in a folder independent of where it is: the shared libraries that
# it needs lie beside librequant.so.0, with the licences of all that was linked.
# usage: stage.sh BUILD STAGE
set -eu
build=$1
stage=$2
licenses=$stage/share/doc/requant/licenses

# Part of every Linux with glibc, and of every one with packages; a newer one serves other libraries, too.
everywhere='linux-vdso|ld-linux.*|lib(c|m|dl|rt|pthread|stdc\+\+|gcc_s)'

# shared_libraries FILE...: those that lie beside, as paths.
shared_libraries()
{
    ldd "$@" | awk '$2 == "=>" { print $1, $3 }' | grep -vE "^($everywhere)\.so" | cut -d' ' -f2 | sort -u
}

# What the linker took in.
linked_archives()
{
    cat "$build"/*.inputs | tr ' ' '\n' | grep '^/.*\.a$' | sort -u
}

package_of() # file
{
    path=$(realpath "$1")
    owner=$(dpkg-query -S "$path" 2>/dev/null || dpkg-query -S "${path#/usr}") || exit 1
    echo "${owner%%:*}"
}

copy_license() # package
{
    mkdir -p "$licenses/$1"
    cp -L "/usr/share/doc/$1/copyright" "$licenses/$1/copyright"
}

# Whole texts, which copyright files only name.
copy_common_licenses()
{
    grep -rhoE '/usr/share/common-licenses/[A-Za-z]+(-[0-9.]*[0-9])?' "$licenses" | sort -u |
        while read -r text; do
            mkdir -p "$licenses/common-licenses"
            cp -L "$text" "$licenses/common-licenses/"
        done
}

libraries=$(shared_libraries "$build/requant" "$build/librequant.so.0")
for library in $libraries; do
    install -m 644 "$(realpath "$library")" "$stage/lib/$(basename "$library")"
done
archives=$(linked_archives)
packages=$(for file in $libraries $archives; do package_of "$file"; done)
for package in $packages; do copy_license "$package"; done
copy_common_licenses

# An archive would need the archives that went into the library.
rm -f "$stage/lib/librequant.a"
sed -i '/^Libs.private/d' "$stage/lib/pkgconfig/requant.pc"
