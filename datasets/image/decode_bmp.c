/* BMP without compression: palettes of 1, 4 and 8 bits, 16, 24 and 32 bits with or without masks.
 * Source: Microsoft, "Bitmap Storage"; BITMAPCOREHEADER, BITMAPINFOHEADER, BITMAPV5HEADER. */
#include "datasets/image/decode.h"

#include <string.h>

#define FILE_HEADER 14
#define CORE_HEADER 12
#define INFO_HEADER 40
#define PALETTE 256

enum { PLAIN = 0, BIT_FIELDS = 3, ALPHA_BIT_FIELDS = 6 };

typedef struct header {
    int64_t width, height; /* height is positive */
    bool top_down;
    unsigned bits;               /* of a pixel */
    uint32_t compression;        /* PLAIN or BIT_FIELDS */
    uint32_t mask[3];            /* of R,G,B in 16 and 32 bits */
    size_t pixels;               /* where they begin */
    uint8_t palette[PALETTE][3]; /* R,G,B; what the file does not have is black */
} header;

static uint32_t u16(const uint8_t *at)
{
    return at[0] | (uint32_t)at[1] << 8;
}

static uint32_t u32(const uint8_t *at)
{
    return u16(at) | u16(at + 2) << 16;
}

static rq_status damaged(const char *what)
{
    return rq_fail(RQ_EFORMAT, "damaged BMP: %s", what);
}

static rq_status read_sizes(header *h, const uint8_t *data, uint32_t info)
{
    if (info == CORE_HEADER) {
        h->width = u16(data + 18);
        h->height = u16(data + 20);
        h->bits = u16(data + 24);
        return RQ_OK;
    }
    h->width = (int32_t)u32(data + 18);
    h->height = (int32_t)u32(data + 22);
    h->bits = u16(data + 28);
    h->compression = u32(data + 30);
    h->top_down = h->height < 0;
    if (h->top_down) h->height = -h->height;
    return RQ_OK;
}

/* Behind the header of 40 bytes, or in a longer one: the same place. */
static rq_status read_masks(header *h, const uint8_t *data, size_t size)
{
    static const uint32_t usual16[3] = {0x7C00, 0x3E0, 0x1F}, usual32[3] = {0xFF0000, 0xFF00, 0xFF};
    memcpy(h->mask, h->bits == 16 ? usual16 : usual32, sizeof h->mask);
    if (h->compression == PLAIN) return RQ_OK;
    if (size < FILE_HEADER + INFO_HEADER + 12) return damaged("no masks");
    for (int c = 0; c < 3; c++) {
        h->mask[c] = u32(data + FILE_HEADER + INFO_HEADER + 4 * c);
        if (!h->mask[c]) return damaged("a mask without bits");
    }
    return RQ_OK;
}

static void read_palette(header *h, const uint8_t *data, uint32_t info)
{
    size_t at = FILE_HEADER + info, entry = info == CORE_HEADER ? 3 : 4;
    for (size_t i = 0; i < (size_t)1 << h->bits && at + entry <= h->pixels; i++, at += entry)
        for (int c = 0; c < 3; c++) h->palette[i][c] = data[at + 2 - c];
}

static rq_status read_header(header *h, const uint8_t *data, size_t size)
{
    if (size < FILE_HEADER + CORE_HEADER) return damaged("the file ends too early");
    uint32_t info = u32(data + 14);
    if ((info != CORE_HEADER && info < INFO_HEADER) || info > size - FILE_HEADER)
        return damaged("its header");
    *h = (header){.pixels = u32(data + 10)};
    RQ_TRY(read_sizes(h, data, info));
    RQ_TRY(rq_image_check_size(h->width, h->height));
    if (h->compression == ALPHA_BIT_FIELDS) h->compression = BIT_FIELDS;
    bool masked = h->compression == BIT_FIELDS && (h->bits == 16 || h->bits == 32);
    if (h->compression != PLAIN && !masked)
        return rq_fail(RQ_EUNSUPPORTED, "a BMP of compression %u", (unsigned)h->compression);
    if (h->bits != 1 && h->bits != 4 && h->bits != 8 && h->bits != 16 && h->bits != 24 &&
        h->bits != 32)
        return rq_fail(RQ_EUNSUPPORTED, "a BMP of %u bits a pixel", h->bits);
    if (h->pixels > size || h->pixels < FILE_HEADER + info) return damaged("where its pixels are");
    if (h->bits <= 8) read_palette(h, data, info);
    return h->bits == 16 || h->bits == 32 ? read_masks(h, data, size) : RQ_OK;
}

/* The bits of a mask as 0..255. */
static uint8_t scaled(uint32_t pixel, uint32_t mask)
{
    unsigned shift = (unsigned)__builtin_ctz(mask);
    uint64_t most = mask >> shift, value = (pixel & mask) >> shift;
    return (uint8_t)((value * 255 + most / 2) / most);
}

static void read_row(uint8_t *to, const uint8_t *from, const header *h)
{
    for (size_t x = 0; x < (size_t)h->width; x++, to += 3) {
        if (h->bits <= 8) {
            size_t bit = x * h->bits;
            unsigned index = from[bit / 8] >> (8 - h->bits - bit % 8) & ((1u << h->bits) - 1);
            memcpy(to, h->palette[index], 3);
        } else if (h->bits == 24) {
            for (int c = 0; c < 3; c++) to[c] = from[3 * x + 2 - (size_t)c];
        } else {
            uint32_t pixel = h->bits == 16 ? u16(from + 2 * x) : u32(from + 4 * x);
            for (int c = 0; c < 3; c++) to[c] = scaled(pixel, h->mask[c]);
        }
    }
}

static rq_status decode(rq_image *out, int *orientation, const uint8_t *data, size_t size,
                        const rq_decode_options *options)
{
    header h;
    (void)options; /* there is nothing to choose */
    *orientation = RQ_ORIENTATION_UPRIGHT;
    RQ_TRY(read_header(&h, data, size));
    size_t stride = ((size_t)h.width * h.bits + 31) / 32 * 4;
    if (stride * (size_t)h.height > size - h.pixels) return damaged("the file ends too early");
    RQ_TRY(rq_image_reserve(out, (int)h.width, (int)h.height, 3));
    for (int64_t y = 0; y < h.height; y++) {
        size_t row = (size_t)(h.top_down ? y : h.height - 1 - y);
        read_row(out->pixels + row * rq_image_stride(out), data + h.pixels + (size_t)y * stride,
                 &h);
    }
    return RQ_OK;
}

static bool probe(const uint8_t *data, size_t size)
{
    return size >= FILE_HEADER && data[0] == 'B' && data[1] == 'M';
}

extern const rq_decoder rq_decoder_bmp;
const rq_decoder rq_decoder_bmp = {
    .name = "BMP",
    .extensions = (const char *const[]){".bmp", NULL},
    .probe = probe,
    .decode = decode,
};
