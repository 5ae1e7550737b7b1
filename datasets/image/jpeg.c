/* JPEG: the only door to libjpeg-turbo. */
#include "datasets/image/decode.h"
#include "datasets/image/encode.h"
#include "datasets/image/exif.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

/* A progressive file may hold any number of scans, each a pass over the whole image; real ones
 * have about ten. */
#define MAX_SCANS 500

/* Every 8x8 block of every component takes at least one bit of Huffman code; the factor 4 allows
 * for subsampling that no single component escapes. A file too small for its declared size is
 * refused before memory is taken for it. */
#define MAX_PIXELS_PER_BYTE (8 * 64 * 4)

typedef struct session {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf jump;
    char message[JMSG_LENGTH_MAX];
} session;

/* Warnings about oddities that leave the pixels whole. All others mean damaged data. */
static const int harmless[] = {JWRN_ADOBE_XFORM, JWRN_BOGUS_ICC, JWRN_EXTRANEOUS_DATA,
                               JWRN_JFIF_MAJOR, JWRN_NOT_SEQUENTIAL};

static void give_up(j_common_ptr jpeg)
{
    session *s = jpeg->client_data;
    jpeg->err->format_message(jpeg, s->message);
    longjmp(s->jump, 1);
}

static void on_message(j_common_ptr jpeg, int level)
{
    if (level >= 0) return; /* a trace */
    for (size_t i = 0; i < sizeof harmless / sizeof *harmless; i++)
        if (jpeg->err->msg_code == harmless[i]) return;
    give_up(jpeg);
}

static void on_output(j_common_ptr jpeg)
{
    (void)jpeg; /* never called: give_up formats the message itself */
}

static void on_progress(j_common_ptr jpeg)
{
    session *s = jpeg->client_data;
    if (s->jpeg.input_scan_number <= MAX_SCANS) return;
    snprintf(s->message, sizeof s->message, "more than %d scans", MAX_SCANS);
    longjmp(s->jump, 1);
}

static void begin(session *s, const uint8_t *data, size_t size)
{
    s->jpeg.err = jpeg_std_error(&s->errors);
    s->errors.error_exit = give_up;
    s->errors.emit_message = on_message;
    s->errors.output_message = on_output;
    s->jpeg.client_data = s;
    jpeg_create_decompress(&s->jpeg);
    s->jpeg.progress = &s->progress;
    s->progress.progress_monitor = on_progress;
    jpeg_mem_src(&s->jpeg, data, size);
    jpeg_save_markers(&s->jpeg, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(&s->jpeg, TRUE);
}

static int find_orientation(const session *s)
{
    static const char id[6] = "Exif\0";
    for (jpeg_saved_marker_ptr m = s->jpeg.marker_list; m; m = m->next)
        if (m->marker == JPEG_APP0 + 1 && m->data_length > 6 && memcmp(m->data, id, 6) == 0)
            return rq_exif_orientation(m->data + 6, m->data_length - 6);
    return RQ_ORIENTATION_UPRIGHT;
}

/* Halves in the DCT as long as the shorter side stays at least `least`; 5/8, 6/8 ... exist too,
 * but only the powers of two have fast code in the library. */
static unsigned choose_scale(const session *s, int least)
{
    unsigned shorter =
        s->jpeg.image_width < s->jpeg.image_height ? s->jpeg.image_width : s->jpeg.image_height;
    unsigned scale = 8;
    while (least > 0 && scale > 1 && shorter * (scale / 2) / 8 >= (unsigned)least) scale /= 2;
    return scale;
}

static bool exceeds_limit(const session *s, unsigned scale)
{
    size_t area = (size_t)s->jpeg.image_width * s->jpeg.image_height;
    return area / 64 * scale * scale > RQ_IMAGE_MAX_PIXELS;
}

/* More pixels than fit are halved until they do. Not those that the library itself keeps whole, as
 * it does with files of many scans. */
static rq_status limit_scale(session *s)
{
    struct jpeg_decompress_struct *jpeg = &s->jpeg;
    if (!exceeds_limit(s, 8)) return RQ_OK;
    if (jpeg_has_multiple_scans(jpeg))
        return rq_image_check_size(jpeg->image_width, jpeg->image_height);
    while (exceeds_limit(s, jpeg->scale_num)) jpeg->scale_num /= 2;
    return RQ_OK;
}

static rq_status configure(session *s, size_t size, const rq_decode_options *options)
{
    struct jpeg_decompress_struct *jpeg = &s->jpeg;
    if (!jpeg->arith_code &&
        (size_t)jpeg->image_width * jpeg->image_height / MAX_PIXELS_PER_BYTE > size)
        return rq_fail(RQ_EFORMAT, "%ux%u pixels cannot be in a JPEG file of %zu bytes",
                       jpeg->image_width, jpeg->image_height, size);
    if (jpeg->jpeg_color_space == JCS_UNKNOWN)
        return rq_fail(RQ_EUNSUPPORTED, "a JPEG image with %d components of unknown colour space",
                       jpeg->num_components);
    bool inks = jpeg->jpeg_color_space == JCS_CMYK || jpeg->jpeg_color_space == JCS_YCCK;
    jpeg->out_color_space = inks ? JCS_CMYK : JCS_RGB;
    jpeg->scale_num = choose_scale(s, options->least_side);
    jpeg->scale_denom = 8;
    return limit_scale(s);
}

/* a * b / 255, rounded to nearest. */
static unsigned mul_255(unsigned a, unsigned b)
{
    unsigned t = a * b + 128;
    return ((t >> 8) + t) >> 8;
}

/* Inverted inks, as Adobe writes them (255: no ink), to RGB: each light is (1 - K) minus what the
 * ink takes of it. */
static void inks_to_rgb(uint8_t *rgb, const uint8_t *inks, size_t width)
{
    for (size_t x = 0; x < width; x++, rgb += 3, inks += 4)
        for (int c = 0; c < 3; c++) rgb[c] = (uint8_t)(inks[3] - mul_255(255u - inks[c], inks[3]));
}

static void read_rows(session *s, rq_image *out)
{
    struct jpeg_decompress_struct *jpeg = &s->jpeg;
    bool inks = jpeg->out_color_space == JCS_CMYK;
    JSAMPARRAY line = NULL;
    if (inks)
        line = jpeg->mem->alloc_sarray((j_common_ptr)jpeg, JPOOL_IMAGE, jpeg->output_width * 4, 1);
    while (jpeg->output_scanline < jpeg->output_height) {
        uint8_t *row = out->pixels + jpeg->output_scanline * rq_image_stride(out);
        jpeg_read_scanlines(jpeg, inks ? line : &row, 1);
        if (inks) inks_to_rgb(row, line[0], jpeg->output_width);
    }
}

static rq_status decode_all(session *s, rq_image *out, int *orientation, const uint8_t *data,
                            size_t size, const rq_decode_options *options)
{
    begin(s, data, size);
    *orientation = find_orientation(s);
    RQ_TRY(configure(s, size, options));
    jpeg_calc_output_dimensions(&s->jpeg);
    RQ_TRY(rq_image_reserve(out, (int)s->jpeg.output_width, (int)s->jpeg.output_height, 3));
    jpeg_start_decompress(&s->jpeg); /* which may take memory for all of the image, too */
    out->full_width = (int)s->jpeg.image_width;
    out->full_height = (int)s->jpeg.image_height;
    read_rows(s, out);
    jpeg_finish_decompress(&s->jpeg); /* reads up to the end mark, and so finds it missing */
    return RQ_OK;
}

/* The library reports by longjmp to here; the session lives in the caller, whose cleaning up
 * then serves both ways out. */
static rq_status decode_guarded(session *s, rq_image *out, int *orientation, const uint8_t *data,
                                size_t size, const rq_decode_options *options)
{
    if (setjmp(s->jump)) {
        if (s->errors.msg_code == JERR_OUT_OF_MEMORY)
            return rq_fail_memory(size, "decoding a JPEG");
        return rq_fail(RQ_EFORMAT, "damaged JPEG: %s", s->message);
    }
    return decode_all(s, out, orientation, data, size, options);
}

static rq_status decode(rq_image *out, int *orientation, const uint8_t *data, size_t size,
                        const rq_decode_options *options)
{
    session s;
    memset(&s, 0, sizeof s);
    rq_status status = decode_guarded(&s, out, orientation, data, size, options);
    jpeg_destroy_decompress(&s.jpeg);
    return status;
}

static bool probe(const uint8_t *data, size_t size)
{
    return size >= 3 && data[0] == 0xFF && data[1] == 0xD8 && data[2] == 0xFF;
}

extern const rq_decoder rq_decoder_jpeg;
const rq_decoder rq_decoder_jpeg = {
    .name = "JPEG",
    .extensions = (const char *const[]){".jpg", ".jpeg", ".jpe", ".jfif", NULL},
    .probe = probe,
    .decode = decode,
};

/* -- encoding ------------------------------------------------------------------------------- */

typedef struct encoder {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    jmp_buf jump;
    char message[JMSG_LENGTH_MAX];
} encoder;

static void give_up_encoding(j_common_ptr jpeg)
{
    encoder *s = jpeg->client_data;
    jpeg->err->format_message(jpeg, s->message);
    longjmp(s->jump, 1);
}

static void compress(encoder *s, uint8_t **data, unsigned long *size, const rq_image *image,
                     int quality)
{
    jpeg_mem_dest(&s->jpeg, data, size);
    s->jpeg.image_width = (JDIMENSION)image->width;
    s->jpeg.image_height = (JDIMENSION)image->height;
    s->jpeg.input_components = image->channels;
    s->jpeg.in_color_space = image->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&s->jpeg);
    jpeg_set_quality(&s->jpeg, quality, TRUE);
    jpeg_start_compress(&s->jpeg, TRUE);
    while (s->jpeg.next_scanline < s->jpeg.image_height) {
        JSAMPROW row = image->pixels + s->jpeg.next_scanline * rq_image_stride(image);
        jpeg_write_scanlines(&s->jpeg, &row, 1);
    }
    jpeg_finish_compress(&s->jpeg);
}

rq_status rq_encode_jpeg(uint8_t **data, size_t *size, const rq_image *image, int quality)
{
    encoder s;
    unsigned long length = 0;
    *data = NULL;
    *size = 0;
    s.jpeg.err = jpeg_std_error(&s.errors);
    s.errors.error_exit = give_up_encoding;
    s.jpeg.client_data = &s;
    if (setjmp(s.jump)) {
        jpeg_destroy_compress(&s.jpeg);
        free(*data);
        *data = NULL;
        return rq_fail(RQ_EFORMAT, "JPEG: %s", s.message);
    }
    jpeg_create_compress(&s.jpeg);
    compress(&s, data, &length, image, quality);
    jpeg_destroy_compress(&s.jpeg);
    *size = length;
    return RQ_OK;
}
