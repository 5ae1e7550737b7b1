#include "datasets/image/decode.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define RQ_DECODER(name) extern const rq_decoder rq_decoder_##name;
#include "datasets/image/decoders.def"
#undef RQ_DECODER

const rq_decoder *const rq_decoders[] = {
#define RQ_DECODER(name) &rq_decoder_##name,
#include "datasets/image/decoders.def"
#undef RQ_DECODER
    NULL,
};

/* "not a JPEG, PNG or TIFF image: it begins with ..." */
static rq_status fail_unknown(const uint8_t *data, size_t size)
{
    char known[128] = "", begin[3 * 8 + 1] = "";
    for (size_t i = 0, at = 0; rq_decoders[i]; i++)
        at += (size_t)snprintf(known + at, sizeof known - at, "%s%s",
                               !i                   ? ""
                               : rq_decoders[i + 1] ? ", "
                                                    : " or ",
                               rq_decoders[i]->name);
    for (size_t i = 0; i < 8 && i < size; i++) snprintf(begin + 3 * i, 4, " %02x", data[i]);
    if (size == 0) return rq_fail(RQ_EUNSUPPORTED, "not a %s image: the file is empty", known);
    return rq_fail(RQ_EUNSUPPORTED, "not a %s image: it begins with%s", known, begin);
}

rq_status rq_decode(rq_image *out, rq_image *spare, const uint8_t *data, size_t size,
                    const rq_decode_options *options)
{
    for (size_t i = 0; rq_decoders[i]; i++) {
        if (!rq_decoders[i]->probe(data, size)) continue;
        int orientation = RQ_ORIENTATION_UPRIGHT;
        if (options->indices && !rq_decoders[i]->has_indices)
            return rq_fail(RQ_EUNSUPPORTED, "a mask must be a PNG, not a %s", rq_decoders[i]->name);
        RQ_TRY(rq_decoders[i]->decode(out, &orientation, data, size, options));
        if (options->keep_orientation) return RQ_OK;
        return rq_image_orient(out, spare, orientation);
    }
    return fail_unknown(data, size);
}

static bool has_extension(const char *name, const char *extension)
{
    size_t length = strlen(name), tail = strlen(extension);
    return length > tail && strcasecmp(name + length - tail, extension) == 0;
}

bool rq_decode_is_image_name(const char *name)
{
    for (size_t i = 0; rq_decoders[i]; i++)
        for (const char *const *e = rq_decoders[i]->extensions; *e; e++)
            if (has_extension(name, *e)) return true;
    return false;
}

const char *rq_decode_extensions(char buffer[RQ_EXTENSIONS_TEXT])
{
    size_t at = 0;
    buffer[0] = '\0';
    for (size_t i = 0; rq_decoders[i]; i++)
        for (const char *const *e = rq_decoders[i]->extensions; *e && at < RQ_EXTENSIONS_TEXT; e++)
            at += (size_t)snprintf(buffer + at, RQ_EXTENSIONS_TEXT - at, "%s%s", at ? " " : "", *e);
    return buffer;
}
