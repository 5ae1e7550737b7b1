/* PNG: the only door to libpng. */
#include "datasets/image/decode.h"
#include "datasets/image/exif.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <png.h>

/* Deflate cannot pack more than 1032 bytes into one (RFC 1951: 258 bytes in 2 bits), and a pixel
 * has at least one bit. */
#define MAX_PIXELS_PER_BYTE (1032 * 8)

typedef struct session {
    png_structp png;
    png_infop info;
    const uint8_t *data;
    size_t size, at;
    jmp_buf jump;
    char message[128];
} session;

static void give_up(png_structp png, png_const_charp message)
{
    session *s = png_get_error_ptr(png);
    snprintf(s->message, sizeof s->message, "%s", message);
    longjmp(s->jump, 1);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png; /* libpng warns of bad optional chunks only; damaged pixels are errors */
    (void)message;
}

static void read_bytes(png_structp png, png_bytep to, size_t n)
{
    session *s = png_get_io_ptr(png);
    if (n > s->size - s->at) give_up(png, "the file ends too early");
    memcpy(to, s->data + s->at, n);
    s->at += n;
}

static rq_status begin(session *s)
{
    s->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, s, give_up, on_warning);
    if (!s->png) return rq_fail_memory(s->size, "decoding a PNG");
    s->info = png_create_info_struct(s->png);
    if (!s->info) return rq_fail_memory(s->size, "decoding a PNG");
    png_set_user_limits(s->png, RQ_IMAGE_MAX_SIDE, RQ_IMAGE_MAX_SIDE);
    png_set_read_fn(s->png, s, read_bytes);
    png_read_info(s->png, s->info);
    return RQ_OK;
}

static int find_orientation(session *s)
{
    png_uint_32 size = 0;
    png_bytep exif = NULL;
    if (!png_get_eXIf_1(s->png, s->info, &size, &exif)) return RQ_ORIENTATION_UPRIGHT;
    return rq_exif_orientation(exif, size);
}

static rq_status check_size(const session *s)
{
    png_uint_32 width = png_get_image_width(s->png, s->info);
    png_uint_32 height = png_get_image_height(s->png, s->info);
    RQ_TRY(rq_image_check_size(width, height));
    if ((size_t)width * height / MAX_PIXELS_PER_BYTE > s->size)
        return rq_fail(RQ_EFORMAT, "%ux%u pixels cannot be in a PNG file of %zu bytes",
                       (unsigned)width, (unsigned)height, s->size);
    return RQ_OK;
}

/* One byte per pixel as it is stored. */
static rq_status ask_for_indices(session *s)
{
    int type = png_get_color_type(s->png, s->info), depth = png_get_bit_depth(s->png, s->info);
    if ((type != PNG_COLOR_TYPE_PALETTE && type != PNG_COLOR_TYPE_GRAY) || depth > 8)
        return rq_fail(RQ_EUNSUPPORTED,
                       "a mask must be a PNG with a palette or 8-bit gray, not of colour type %d "
                       "with %d bits",
                       type, depth);
    png_set_packing(s->png);
    return RQ_OK;
}

/* Everything to 8-bit RGB. */
static void ask_for_rgb(session *s)
{
    png_set_palette_to_rgb(s->png);
    png_set_expand_gray_1_2_4_to_8(s->png);
    png_set_strip_16(s->png);
    png_set_strip_alpha(s->png);
    png_set_gray_to_rgb(s->png);
}

static rq_status decode_all(session *s, rq_image *out, int *orientation, bool indices)
{
    RQ_TRY(begin(s));
    *orientation = find_orientation(s);
    RQ_TRY(check_size(s));
    if (indices)
        RQ_TRY(ask_for_indices(s));
    else
        ask_for_rgb(s);
    int passes = png_set_interlace_handling(s->png);
    png_read_update_info(s->png, s->info);
    int width = (int)png_get_image_width(s->png, s->info);
    int height = (int)png_get_image_height(s->png, s->info);
    RQ_TRY(rq_image_reserve(out, width, height, indices ? 1 : 3));
    if (png_get_rowbytes(s->png, s->info) != rq_image_stride(out))
        return rq_fail(RQ_EUNSUPPORTED, "a PNG of colour type %d that does not become RGB",
                       png_get_color_type(s->png, s->info));
    for (int pass = 0; pass < passes; pass++)
        for (int y = 0; y < height; y++)
            png_read_row(s->png, out->pixels + (size_t)y * rq_image_stride(out), NULL);
    png_read_end(s->png, NULL); /* checks what follows the pixels, up to the end chunk */
    return RQ_OK;
}

/* The library reports by longjmp to here; the session lives in the caller. */
static rq_status decode_guarded(session *s, rq_image *out, int *orientation, bool indices)
{
    if (setjmp(s->jump)) return rq_fail(RQ_EFORMAT, "damaged PNG: %s", s->message);
    return decode_all(s, out, orientation, indices);
}

static rq_status decode(rq_image *out, int *orientation, const uint8_t *data, size_t size,
                        const rq_decode_options *options)
{
    session s = {.data = data, .size = size};
    /* PNG has no cheap smaller size */
    rq_status status = decode_guarded(&s, out, orientation, options->indices);
    png_destroy_read_struct(&s.png, &s.info, NULL);
    return status;
}

static bool probe(const uint8_t *data, size_t size)
{
    return size >= 8 && png_sig_cmp(data, 0, 8) == 0;
}

extern const rq_decoder rq_decoder_png;
const rq_decoder rq_decoder_png = {
    .name = "PNG",
    .extensions = (const char *const[]){".png", NULL},
    .probe = probe,
    .has_indices = true,
    .decode = decode,
};
