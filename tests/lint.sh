# requant lint: silent where all is right; each of eight faults, planted one at a time, is found,
# with the flag that mends it. On the demo's network, and on another one where ../shared is there.
set -eu
program=$(realpath "${PROGRAM:?names the requant binary}")
root=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# shellcheck disable=SC2046
"${CC:-cc}" -std=c11 -D_GNU_SOURCE -I. tests/tools/image_arrays.c "$BUILD_DIR/librequant.a" \
    $(pkg-config --cflags --libs libpng zlib libjpeg yaml-0.1 jansson libxxhash) -lm -pthread \
    -o "$work/image_arrays"

fail()
{
    echo "FAIL  $1"
    cat "$work/out" "$work/err"
    exit 1
}

lint() # arguments
{
    "$program" lint "$model" --config "$config" --quiet "$@" >"$work/out" 2>"$work/err"
}

silent() # what, arguments
{
    what=$1
    shift
    lint "$@" || fail "$name: $what: findings, or a failure"
    grep -q '^nothing found' "$work/out" || fail "$name: $what"
    echo "pass  $name: $what: silent"
}

finds() # what, pattern of the output, arguments
{
    what=$1 pattern=$2 status=0
    shift 2
    lint "$@" || status=$?
    [ $status = 3 ] || fail "$name: $what: exit $status, not 3"
    grep -qE -e "$pattern" "$work/out" || fail "$name: $what: found something else"
    echo "pass  $name: $what"
}

# -- of images alone ------------------------------------------------------------------------------

plant() # FOLDER of images: copies, and blanks of its first image's size
{
    rm -rf "$work/copies" "$work/blanks"
    mkdir "$work/copies" "$work/blanks"
    find -L "$1" -type f | sort | head -60 | while read -r file; do
        cp "$file" "$work/copies"
        cp "$file" "$work/blanks"
    done
    find "$work/blanks" -type f | sort | head -9 | while read -r file; do
        cp "$file" "$work/copies/copy-$(basename "$file")"
    done
    python3 - "$work/blanks" <<'PYTHON'
import struct, sys, zlib
def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
for i in range(5):
    rows = b"".join(b"\0" + bytes((40 * i, 90, 10)) * 320 for _ in range(320))
    open(f"{sys.argv[1]}/blank{i}.png", "wb").write(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 320, 320, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
PYTHON
}

images_alone() # FOLDER
{
    finds "the same images to validate with" 'images of --val are also in --data' \
        --data "$1" --val "$1" --images 0 --subset 60
    if ! command -v python3 >"$work/out"; then
        echo "skip  $name: copies, blanks: no python3"
        return
    fi
    plant "$1"
    finds "copies" '9 of [0-9]+ images are copies' --data "$work/copies" --images 0
    finds "blank images" '5 of [0-9]+ images are of one colour' --data "$work/blanks" --images 0
}

# -- arrays of the other layout -------------------------------------------------------------------

arrays() # FOLDER of images, SIDE, layout of the numbers, layout of the shape
{
    rm -rf "$work/arrays"
    mkdir "$work/arrays"
    # shellcheck disable=SC2046
    "$work/image_arrays" "$config" "$2" "$3" "$4" "$work/arrays" \
        $(find -L "$1" -type f | sort | head -80)
}

layouts() # FOLDER of images, SIDE, layout that the model wants, the other one, "N,H,W,C" of the first
{
    arrays "$1" "$2" "$3" "$3"
    silent "arrays" --data "$work/arrays"
    arrays "$1" "$2" "$4" "$3"
    finds "arrays of $4 fed as $3" "mend +store the arrays as $5" --data "$work/arrays"
}

# -- the demo's network ---------------------------------------------------------------------------

name=resnet8
model=$root/datasets/demo/model/resnet8-cifar10.xml
config=$root/configs/cifar10.yaml
calib=$root/datasets/demo/calib
silent "the right setting" --data "$calib" --val "$root/datasets/demo/val"
finds "BGR for RGB" 'mend +--channels rgb' --data "$calib" --channels bgr
finds "a mean that is not wanted" 'mend +--mean 0' --data "$calib" --mean 127.5
finds "divided by 255 once too often" 'mend +--scale 1' --data "$calib" --scale 255
finds "another layout" 'mend +--layout nhwc' --data "$calib" --layout nchw
finds "one class" 'images are of one class' --data "$calib/ship"
images_alone "$calib"
layouts "$calib" 32 nhwc nchw N,H,W,C

# -- another one ----------------------------------------------------------------------------------

shared=$root/../shared
name=efficientnet-lite0
model=$shared/models/efficientnet-lite0/efficientnet-lite0.xml
config=$root/configs/efficientnet-lite.yaml
calib=$shared/images/imagenet/calib
if [ ! -f "$model" ] || [ ! -d "$calib" ]; then
    echo "skip  $name: no ../shared"
    exit 0
fi
silent "the right setting" --data "$calib" --val "$shared/images/imagenet/val" --images 96
finds "BGR for RGB" 'mend +--channels rgb' --data "$calib" --channels bgr --images 96 --subset 120
finds "no mean" 'mend +--mean 127.5' --data "$calib" --mean 0 --images 96 --subset 120
finds "scaled twice" 'mend +--scale 128' --data "$calib" --scale 32640 --images 48 --subset 60
finds "another layout" 'mend +--layout nchw' --data "$calib" --layout nhwc --images 0 --subset 30
sed 's/ [0-9]*$/ 7/' "$shared/images/imagenet/calib.txt" >"$work/labels"
finds "one class" 'images are of one class' --data "$calib" --labels "$work/labels" --images 0 --subset 60
images_alone "$calib"
layouts "$calib" 224 nchw nhwc N,C,H,W
