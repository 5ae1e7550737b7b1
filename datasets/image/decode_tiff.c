/* TIFF, its first page: the only door to libtiff. Rows of gray and RGB of 8 and 16 bits are read as
 * they are stored; whatever else there is becomes RGBA in libtiff. */
#include "datasets/image/decode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <tiffio.h>

#define MAX_ALLOCATION ((tmsize_t)1 << 30) /* of libtiff, at once */

typedef struct session {
    const uint8_t *data;
    size_t size, at;
    TIFF *tiff;
    uint32_t width, height;
    uint16_t bits, samples, photometric; /* of a pixel: samples of so many bits */
    char message[160];
} session;

/* -- a file in memory -------------------------------------------------------------------------- */

static tmsize_t read_bytes(thandle_t handle, void *to, tmsize_t n)
{
    session *s = handle;
    size_t left = s->size - s->at, take = n < 0 ? 0 : (size_t)n < left ? (size_t)n : left;
    memcpy(to, s->data + s->at, take);
    s->at += take;
    return (tmsize_t)take;
}

static tmsize_t refuse_to_write(thandle_t handle, void *from, tmsize_t n)
{
    (void)handle, (void)from, (void)n;
    return -1;
}

static toff_t seek(thandle_t handle, toff_t offset, int whence)
{
    session *s = handle;
    toff_t from = whence == SEEK_CUR ? s->at : whence == SEEK_END ? s->size : 0;
    toff_t to = from + offset; /* negative offsets wrap around and come back */
    if (to > s->size) return (toff_t)-1;
    s->at = (size_t)to;
    return to;
}

static int close_nothing(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t size_of(thandle_t handle)
{
    return ((session *)handle)->size;
}

static int on_error(TIFF *tiff, void *user, const char *module, const char *format, va_list args)
{
    session *s = user;
    (void)tiff, (void)module;
    if (!s->message[0]) vsnprintf(s->message, sizeof s->message, format, args);
    return 1;
}

static int on_warning(TIFF *tiff, void *user, const char *module, const char *format, va_list args)
{
    (void)tiff, (void)user, (void)module, (void)format, (void)args;
    return 1;
}

static rq_status damaged(const session *s)
{
    return rq_fail(RQ_EFORMAT, "damaged TIFF: %s", s->message[0] ? s->message : "its pixels");
}

static rq_status open_session(session *s)
{
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) return rq_fail_memory(s->size, "decoding a TIFF");
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, MAX_ALLOCATION);
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, s);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, NULL);
    s->tiff = TIFFClientOpenExt("image", "rm", s, read_bytes, refuse_to_write, seek, close_nothing,
                                size_of, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return s->tiff ? RQ_OK : damaged(s);
}

/* -- pixels ------------------------------------------------------------------------------------ */

/* Rows that need nothing but the choice of bytes. */
static bool is_plain(const session *s)
{
    uint16_t format = SAMPLEFORMAT_UINT, planes = PLANARCONFIG_CONTIG;
    TIFFGetFieldDefaulted(s->tiff, TIFFTAG_SAMPLEFORMAT, &format);
    TIFFGetFieldDefaulted(s->tiff, TIFFTAG_PLANARCONFIG, &planes);
    bool gray =
        s->photometric == PHOTOMETRIC_MINISBLACK || s->photometric == PHOTOMETRIC_MINISWHITE;
    bool fits = gray ? s->samples >= 1 && s->samples <= 2
                     : s->photometric == PHOTOMETRIC_RGB && s->samples >= 3 && s->samples <= 4;
    size_t row = (size_t)s->width * s->samples * s->bits / 8;
    return fits && (s->bits == 8 || s->bits == 16) && format == SAMPLEFORMAT_UINT &&
           planes == PLANARCONFIG_CONTIG && !TIFFIsTiled(s->tiff) &&
           TIFFScanlineSize64(s->tiff) == row;
}

/* Of 16 bits the higher 8; libtiff gives them in the machine's order. */
static uint8_t sample_at(const session *s, const uint8_t *row, size_t i)
{
    uint16_t wide;
    if (s->bits == 8) return row[i];
    memcpy(&wide, row + 2 * i, 2);
    return (uint8_t)(wide >> 8);
}

static void take_row(uint8_t *to, const session *s, const uint8_t *row)
{
    uint8_t flip = s->photometric == PHOTOMETRIC_MINISWHITE ? 0xFF : 0;
    for (size_t x = 0; x < s->width; x++)
        for (size_t c = 0; c < 3; c++)
            to[3 * x + c] = flip ^ sample_at(s, row, x * s->samples + (s->samples < 3 ? 0 : c));
}

static rq_status decode_rows(rq_image *out, const session *s)
{
    uint8_t *row = malloc((size_t)TIFFScanlineSize(s->tiff));
    if (!row) return rq_fail_memory((size_t)TIFFScanlineSize(s->tiff), "a row of a TIFF");
    rq_status status = RQ_OK;
    for (uint32_t y = 0; status == RQ_OK && y < s->height; y++) {
        if (TIFFReadScanline(s->tiff, row, y, 0) < 0) status = damaged(s);
        if (status == RQ_OK) take_row(out->pixels + y * rq_image_stride(out), s, row);
    }
    free(row);
    return status;
}

/* Every strip or tile lies in the file: a cut one may end well enough for libtiff. */
static rq_status check_parts(const session *s)
{
    uint32_t n = TIFFIsTiled(s->tiff) ? TIFFNumberOfTiles(s->tiff) : TIFFNumberOfStrips(s->tiff);
    for (uint32_t i = 0; i < n; i++) {
        uint64_t at = TIFFGetStrileOffset(s->tiff, i), bytes = TIFFGetStrileByteCount(s->tiff, i);
        if (at > s->size || bytes > s->size - at)
            return rq_fail(RQ_EFORMAT, "damaged TIFF: the file ends too early");
    }
    return RQ_OK;
}

/* As stored: turning is the caller's. */
static rq_status decode_rgba(rq_image *out, const session *s)
{
    size_t n = (size_t)s->width * s->height;
    uint32_t *pixels = malloc(n * sizeof *pixels);
    if (!pixels) return rq_fail_memory(n * sizeof *pixels, "the pixels of a TIFF");
    TIFFSetField(s->tiff, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT);
    bool good = TIFFReadRGBAImageOriented(s->tiff, s->width, s->height, pixels, ORIENTATION_TOPLEFT,
                                          1) != 0;
    for (size_t i = 0; good && i < n; i++) {
        out->pixels[3 * i] = (uint8_t)TIFFGetR(pixels[i]);
        out->pixels[3 * i + 1] = (uint8_t)TIFFGetG(pixels[i]);
        out->pixels[3 * i + 2] = (uint8_t)TIFFGetB(pixels[i]);
    }
    free(pixels);
    return good ? RQ_OK : damaged(s);
}

static rq_status decode_open(rq_image *out, int *orientation, session *s)
{
    uint16_t turned = ORIENTATION_TOPLEFT;
    if (!TIFFGetField(s->tiff, TIFFTAG_IMAGEWIDTH, &s->width) ||
        !TIFFGetField(s->tiff, TIFFTAG_IMAGELENGTH, &s->height))
        return rq_fail(RQ_EFORMAT, "damaged TIFF: it has no size");
    RQ_TRY(rq_image_check_size(s->width, s->height));
    TIFFGetFieldDefaulted(s->tiff, TIFFTAG_BITSPERSAMPLE, &s->bits);
    TIFFGetFieldDefaulted(s->tiff, TIFFTAG_SAMPLESPERPIXEL, &s->samples);
    TIFFGetFieldDefaulted(s->tiff, TIFFTAG_ORIENTATION, &turned);
    if (!TIFFGetField(s->tiff, TIFFTAG_PHOTOMETRIC, &s->photometric))
        s->photometric = PHOTOMETRIC_MINISBLACK;
    *orientation = turned;
    RQ_TRY(check_parts(s));
    RQ_TRY(rq_image_reserve(out, (int)s->width, (int)s->height, 3));
    return is_plain(s) ? decode_rows(out, s) : decode_rgba(out, s);
}

static rq_status decode(rq_image *out, int *orientation, const uint8_t *data, size_t size,
                        const rq_decode_options *options)
{
    session s = {.data = data, .size = size};
    (void)options; /* there is nothing to choose */
    RQ_TRY(open_session(&s));
    rq_status status = decode_open(out, orientation, &s);
    TIFFClose(s.tiff);
    return status;
}

static bool probe(const uint8_t *data, size_t size)
{
    static const char *const marks[] = {"II*", "MM\0*", "II+", "MM\0+"}; /* the last two: BigTIFF */
    for (size_t i = 0; size >= 8 && i < sizeof marks / sizeof *marks; i++)
        if (!memcmp(data, marks[i], 4)) return true;
    return false;
}

extern const rq_decoder rq_decoder_tiff;
const rq_decoder rq_decoder_tiff = {
    .name = "TIFF",
    .extensions = (const char *const[]){".tif", ".tiff", NULL},
    .probe = probe,
    .decode = decode,
};
