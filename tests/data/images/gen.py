"""Makes the images and expected values that tests/unit/test_dataset_*.c read.

Run it in this folder with Pillow and NumPy; it also writes STAMP. Expected values are Pillow's
(uint8 or float32, HWC or CHW), but where Pillow turns 16-bit gray white: there the higher byte.
"""
import hashlib
import io
import struct
import zlib

import numpy as np
import PIL
from PIL import Image, ImageOps

rng = np.random.default_rng(7)


def picture(h, w):
    """Smooth colours, edges and some noise."""
    y, x = np.mgrid[0:h, 0:w] / np.array([h, w]).reshape(2, 1, 1)
    a = np.stack([255 * x, 255 * y, 255 * (1 - x) * y], -1)
    a[h // 4:h // 2, w // 3:w // 2] = (250, 20, 30)
    a += rng.normal(0, 12, a.shape)
    return a.clip(0, 255).astype(np.uint8)


def expect(name, array):
    np.save(name + ".npy", np.ascontiguousarray(array))


def rgb(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def save(name, data, want=None):
    open(name, "wb").write(data)
    expect(name, rgb(data) if want is None else want)


def encode(image, kind, **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


# --- JPEG
small = Image.fromarray(picture(13, 18))
save("color.jpg", encode(small, "JPEG", quality=90))
save("progressive.jpg", encode(small, "JPEG", quality=80, progressive=True, subsampling=0))
save("gray.jpg", encode(small.convert("L"), "JPEG", quality=90))
cmyk = Image.fromarray(np.dstack([picture(10, 14), picture(10, 14)[:, :, :1] // 2]), "CMYK")
inks = encode(cmyk, "JPEG", quality=90)
save("cmyk.jpg", inks)
adobe = inks.index(b"Adobe")
save("ycck.jpg", inks[:adobe + 11] + b"\x02" + inks[adobe + 12:])  # the transform byte

exif = Image.Exif()
exif[274] = 6
turned = encode(Image.fromarray(picture(6, 9)), "JPEG", quality=95, exif=exif)
at = turned.index(b"\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06") + 9  # big-endian entry of tag 274
open("exif.jpg", "wb").write(turned)
for o in range(1, 9):
    data = turned[:at] + bytes([o]) + turned[at + 1:]
    expect("exif-%d" % o, np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")))

# A larger one for scaled decoding and the whole way to floats.
photo = encode(Image.fromarray(picture(150, 200)), "JPEG", quality=60)
open("photo.jpg", "wb").write(photo)


# --- PNG, by hand: Pillow does not write all of these
def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def pack(samples, depth):
    """Rows [h, n] of sample values to filtered (type 0) bytes."""
    rows = b""
    for row in samples:
        if depth == 16:
            line = row.astype(">u2").tobytes()
        elif depth == 8:
            line = row.astype(np.uint8).tobytes()
        else:
            bits = "".join(format(int(v), "0%db" % depth) for v in row)
            bits += "0" * (-len(bits) % 8)
            line = bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))
        rows += b"\0" + line
    return rows


ADAM7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


def png(samples, depth, colour, interlace=False, extra=b""):
    h, w, n = samples.shape
    if interlace:
        passes = [samples[y::dy, x::dx] for y, x, dy, dx in ADAM7]
        raw = b"".join(pack(p.reshape(p.shape[0], -1), depth) for p in passes if p.size)
    else:
        raw = pack(samples.reshape(h, -1), depth)
    head = struct.pack(">IIBBBBB", w, h, depth, colour, 0, 0, int(interlace))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(raw))
            + chunk(b"IEND", b""))


def noise(h, w, n, depth):
    return rng.integers(0, 1 << depth, (h, w, n))


palette = rng.integers(0, 256, (5, 3), dtype=np.uint8).tobytes()
save("palette.png", png(rng.integers(0, 5, (7, 9, 1)), 4, 3,
                        extra=chunk(b"PLTE", palette) + chunk(b"tRNS", b"\x00\x80")))
for depth in (1, 2, 4):
    save("gray%d.png" % depth, png(noise(5, 11, 1, depth), depth, 0))
save("gray-trns.png", png(noise(5, 6, 1, 8), 8, 0, extra=chunk(b"tRNS", b"\x00\x07")))
save("gray-alpha.png", png(noise(5, 6, 2, 8), 8, 4))
save("alpha.png", png(noise(5, 6, 4, 8), 8, 6))
save("interlaced.png", png(noise(11, 13, 3, 8), 8, 2, interlace=True))
save("interlaced-gray2.png", png(noise(9, 5, 1, 2), 2, 0, interlace=True))
save("rgb16.png", png(noise(4, 5, 3, 16), 16, 2))
deep = noise(4, 5, 1, 16)
save("gray16.png", png(deep, 16, 0), np.repeat(deep >> 8, 3, 2).astype(np.uint8))
tiff = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0\0\0\0\0"
upright = png(noise(4, 7, 3, 8), 8, 2, extra=chunk(b"eXIf", tiff))
save("exif.png", upright, np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(upright)))))

# --- WebP, BMP, TIFF: of numbers of their own, so that those above and below stay
rng, kept = np.random.default_rng(8), rng
photo8 = Image.fromarray(picture(11, 17))
for name, image, kind, options in (
        ("lossy.webp", photo8, "WEBP", {"quality": 80}),
        ("lossless.webp", photo8, "WEBP", {"lossless": True}),
        ("rgb.bmp", photo8, "BMP", {}),
        ("palette.bmp", photo8.quantize(16), "BMP", {}),
        ("gray.bmp", photo8.convert("L"), "BMP", {}),
        ("bits.bmp", photo8.convert("1"), "BMP", {}),
        ("rgb.tif", photo8, "TIFF", {}),
        ("lzw.tif", photo8, "TIFF", {"compression": "tiff_lzw"}),
        ("gray.tif", photo8.convert("L"), "TIFF", {"compression": "tiff_adobe_deflate"}),
        ("palette.tif", photo8.quantize(16), "TIFF", {})):
    save(name, encode(image, kind, **options))
alpha8 = np.dstack([picture(11, 17), picture(11, 17)[:, :, :1]])
for name, kind, options in (("alpha.webp", "WEBP", {"lossless": True, "exact": True}),
                            ("alpha.bmp", "BMP", {}), ("alpha.tif", "TIFF", {})):
    save(name, encode(Image.fromarray(alpha8), kind, **options), alpha8[:, :, :3])
turned8 = encode(photo8, "WEBP", lossless=True, exif=exif)
save("exif.webp", turned8, np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(turned8)))))
rng = kept

# --- resizing: across then down, spelled out, since newer Pillows go the other way for some sizes
source = picture(31, 43)
expect("resize-source", source)
for name in ("bilinear", "bicubic", "nearest", "box"):
    kind = Image.Resampling[name.upper()]
    for w, h in ((20, 13), (43, 9), (7, 31), (50, 37), (1, 1)):
        out = Image.fromarray(source).resize((w, source.shape[0]), kind).resize((w, h), kind)
        expect("resize-%s-%dx%d" % (name, w, h), np.asarray(out))

# --- the whole way: resize 40, crop 28, (x - 127) / 128
im = Image.open(io.BytesIO(photo)).convert("RGB")
s = 40 / min(im.size)
im = im.resize((round(im.size[0] * s), 150), Image.BILINEAR).resize((round(im.size[0] * s), 40), Image.BILINEAR)
left, top = (im.size[0] - 28) // 2, (im.size[1] - 28) // 2
a = np.asarray(im.crop((left, top, left + 28, top + 28)), np.float32)
expect("photo-rgb", ((a - 127) / 128).transpose(2, 0, 1))

with open("STAMP", "w") as f:
    f.write("gen.py %s\nPillow %s\nNumPy %s\n" % (
        hashlib.sha256(open("gen.py", "rb").read()).hexdigest()[:16], PIL.__version__, np.__version__))
