#!/bin/sh
# An archive of a staged installation: the same files give the same bytes.
# usage: tarball.sh STAGE DIST
set -eu
stage=$1
dist=$2
version=$(sed -n 's/^#define RQ_VERSION "\(.*\)".*/\1/p' engine/base/version.h)
date=$(sed -n 's/^#define RQ_VERSION_DATE "\(.*\)".*/\1/p' engine/base/version.h)
name=requant-$version-linux-$(uname -m)
mkdir -p "$dist"
tar --create --directory "$stage" --transform "s|^\.|$name|" --sort=name --format=gnu \
    --owner=0 --group=0 --numeric-owner --mode=u=rwX,go=rX --mtime="$date 00:00:00 UTC" . |
    gzip -n9 >"$dist/$name.tar.gz"
ls -l "$dist/$name.tar.gz"
