#include "datasets/encode.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

typedef struct session {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    jmp_buf jump;
    char message[JMSG_LENGTH_MAX];
} session;

static void give_up(j_common_ptr jpeg)
{
    session *s = jpeg->client_data;
    jpeg->err->format_message(jpeg, s->message);
    longjmp(s->jump, 1);
}

static void compress(session *s, uint8_t **data, unsigned long *size, const rq_image *image, int quality)
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
    session s;
    unsigned long length = 0;
    *data = NULL;
    *size = 0;
    s.jpeg.err = jpeg_std_error(&s.errors);
    s.errors.error_exit = give_up;
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
