/* What libtiff calls of JBIG-KIT: such an image is refused. */
#include <jbig.h>

void jbg_dec_init(struct jbg_dec_state *state)
{
    (void)state;
}

void jbg_dec_free(struct jbg_dec_state *state)
{
    (void)state;
}

int jbg_newlen(unsigned char *image, size_t size)
{
    (void)image, (void)size;
    return JBG_EIMPL;
}

int jbg_dec_in(struct jbg_dec_state *state, unsigned char *data, size_t size, size_t *used)
{
    (void)state, (void)data, (void)size, (void)used;
    return JBG_EIMPL;
}

const char *jbg_strerror(int error)
{
    (void)error;
    return "JBIG is not part of this build";
}

/* After jbg_dec_in failed, none of these is called; and nothing of requant writes TIFF. */

unsigned char *jbg_dec_getimage(const struct jbg_dec_state *state, int plane)
{
    (void)state, (void)plane;
    return NULL;
}

unsigned long jbg_dec_getsize(const struct jbg_dec_state *state)
{
    (void)state;
    return 0;
}

void jbg_enc_init(struct jbg_enc_state *state, unsigned long width, unsigned long height,
                  int planes, unsigned char **pixels,
                  void (*put)(unsigned char *start, size_t size, void *file), void *file)
{
    (void)state, (void)width, (void)height, (void)planes, (void)pixels, (void)put, (void)file;
}

void jbg_enc_out(struct jbg_enc_state *state)
{
    (void)state;
}

void jbg_enc_free(struct jbg_enc_state *state)
{
    (void)state;
}
