#!/bin/bash
# requant lint: silent where all is right; each of eight faults, planted one at a time, is found,
# with the flag that fixes it. On the demo's network, and on another one where ../shared is there.
. "$(dirname "$0")/lib.sh"

lint() # arguments
{
    "$program" lint "$model" --config "$config" --quiet "$@" >stdout 2>stderr
}

silent() # what, arguments
{
    what=$1
    shift
    lint "$@" || fail "$name: $what: findings, or a failure"
    grep -q '^no problems found' stdout || fail "$name: $what"
    pass "$name: $what: silent"
}

finds() # what, pattern of the output, arguments
{
    what=$1 pattern=$2 status=0
    shift 2
    lint "$@" || status=$?
    [ $status = 3 ] || fail "$name: $what: exit $status, not 3"
    grep -qE -e "$pattern" stdout || fail "$name: $what: found something else"
    pass "$name: $what"
}

# -- of images alone ------------------------------------------------------------------------------

plant() # FOLDER of images: copies, and blanks of its first image's size
{
    rm -rf copies blanks
    mkdir copies blanks
    find -L "$1" -type f | sort | head -60 | while read -r file; do
        cp "$file" copies
        cp "$file" blanks
    done
    find blanks -type f | sort | head -9 | while read -r file; do
        cp "$file" "copies/copy-$(basename "$file")"
    done
    "$python" - blanks <<'PYTHON'
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
    if [ -z "$python" ]; then
        skip_part "$name: copies, blanks: no python3"
        return
    fi
    plant "$1"
    finds "copies" '9 of [0-9]+ images are duplicates' --data copies --images 0
    finds "blank images" '5 of [0-9]+ images have a single colour' --data blanks --images 0
}

# -- arrays of the other layout -------------------------------------------------------------------

arrays() # FOLDER of images, SIDE, layout of the numbers, layout of the shape
{
    rm -rf arrays
    mkdir arrays
    # shellcheck disable=SC2046
    "$tools/image_arrays" "$config" "$2" "$3" "$4" arrays \
        $(find -L "$1" -type f | sort | head -80)
}

layouts() # FOLDER of images, SIDE, layout that the model wants, the other one, "N,H,W,C" of the first
{
    arrays "$1" "$2" "$3" "$3"
    silent "arrays" --data arrays
    arrays "$1" "$2" "$4" "$3"
    finds "arrays of $4 fed as $3" "fix +store the arrays as $5" --data arrays
}

# -- the demo's network ---------------------------------------------------------------------------

name=resnet8
silent "the right setting" --data "$calib" --val "$val"
finds "BGR for RGB" 'fix +--channels rgb' --data "$calib" --channels bgr
finds "a mean that is not wanted" 'fix +--mean 0' --data "$calib" --mean 127.5
finds "divided by 255 once too often" 'fix +--scale 1' --data "$calib" --scale 255
finds "another layout" 'fix +--layout nhwc' --data "$calib" --layout nchw
finds "one class" 'images are of one class' --data "$calib/ship"
images_alone "$calib"
layouts "$calib" 32 nhwc nchw N,H,W,C

# -- another one ----------------------------------------------------------------------------------

name=efficientnet-lite0
model=$shared/models/efficientnet-lite0/efficientnet-lite0.xml
config=$root/configs/efficientnet-lite.yaml
calib=$shared/images/imagenet/calib
if [ ! -f "$model" ] || [ ! -d "$calib" ]; then
    skip_part "$name: no ../shared"
    exit 0
fi
silent "the right setting" --data "$calib" --val "$shared/images/imagenet/val" --images 96
finds "BGR for RGB" 'fix +--channels rgb' --data "$calib" --channels bgr --images 96 --subset 120
finds "no mean" 'fix +--mean 127.5' --data "$calib" --mean 0 --images 96 --subset 120
finds "stretched instead of cropped" 'fix +--resize 256 --crop 224x224' --resize 224x224 --crop none --images 8 \
    --data "$shared/images/imagenet/val" --labels "$shared/images/imagenet/val.txt"
finds "scaled twice" 'fix +--scale 128' --data "$calib" --scale 32640 --images 48 --subset 60
finds "another layout" 'fix +--layout nchw' --data "$calib" --layout nhwc --images 0 --subset 30
sed 's/ [0-9]*$/ 7/' "$shared/images/imagenet/calib.txt" >labels
finds "one class" 'images are of one class' --data "$calib" --labels labels --images 0 --subset 60
images_alone "$calib"
layouts "$calib" 224 nchw nhwc N,C,H,W

# -- masks ----------------------------------------------------------------------------------------

name=selfie-segmentation
model=$shared/models/selfie-segmentation/mp_selfie_segmentation.xml
coco=$shared/images/coco128
if [ ! -f "$model" ] || [ ! -d "$coco/semantic" ]; then
    skip_part "$name: no ../shared"
    exit 0
fi
mkdir people
ln -s "$coco/images" people/images
ln -s "$coco/semantic" people/masks
echo 'scale: 255' >scale255.yaml
config=scale255.yaml
masks=(--data people --format masks --map-classes '1=1,255=ignore,*=0' --images 96)
silent "masks, the right setting" "${masks[@]}"
finds "masks, ImageNet's mean and deviation" 'fix +--mean 0 --scale 255' "${masks[@]}" \
    --mean 123.7,116.3,103.5 --scale 58.4,57.1,57.4
grep -q 'mask IoU (without class 0) with ground truth' stdout || fail "$name: evidence"
