/* What the user asks for: the table of keys, and reading it from a file. */
#include "datasets/image/preprocess.h"

#include "engine/base/choice.h"
#include "engine/base/yaml.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const rq_channels_names[5] = {"auto", "rgb", "bgr", "gray", NULL};
const char *const rq_layout_names[4] = {"auto", "nchw", "nhwc", NULL};
const char *const rq_fit_names[4] = {"stretch", "letterbox", "corner", NULL};

static bool parse_side(const char *text, int *out)
{
    int64_t x;
    if (!rq_parse_i64(text, &x) || x < 1 || x > RQ_IMAGE_MAX_SIDE) return false;
    *out = (int)x;
    return true;
}

/* "96x128" or "96,128": width, height. */
static bool parse_size(const char *text, int *width, int *height)
{
    char left[16];
    size_t length = strcspn(text, "xX,");
    if (text[length] == '\0' || length >= sizeof left) return false;
    memcpy(left, text, length);
    left[length] = '\0';
    return parse_side(left, width) && parse_side(text + length + 1, height);
}

static bool is_none(const char *text)
{
    return strcmp(text, "none") == 0 || strcmp(text, "0") == 0;
}

static bool parse_resize(rq_preprocess *p, const char *value)
{
    int shorter = 0, width = 0, height = 0;
    if (!is_none(value) && !parse_side(value, &shorter) && !parse_size(value, &width, &height))
        return false;
    p->resize_shorter = shorter;
    p->resize_width = width;
    p->resize_height = height;
    return true;
}

static bool parse_crop(rq_preprocess *p, const char *value)
{
    int width = 0, height = 0;
    if (parse_side(value, &width))
        height = width;
    else if (!is_none(value) && !parse_size(value, &width, &height))
        return false;
    p->crop_width = width;
    p->crop_height = height;
    return true;
}

static bool parse_numbers(const char *value, double out[3], size_t *n)
{
    double x[3];
    size_t count;
    if (!rq_parse_f64_list(value, x, 3, &count) || (count != 1 && count != 3)) return false;
    for (size_t i = 0; i < count; i++)
        if (!isfinite(x[i])) return false;
    memcpy(out, x, count * sizeof *x);
    *n = count;
    return true;
}

static bool parse_mean(rq_preprocess *p, const char *value)
{
    return parse_numbers(value, p->mean, &p->n_mean);
}

static bool parse_scale(rq_preprocess *p, const char *value)
{
    double scale[3];
    size_t n;
    if (!parse_numbers(value, scale, &n)) return false;
    for (size_t i = 0; i < n; i++)
        if (scale[i] == 0.0) return false;
    memcpy(p->scale, scale, n * sizeof *scale);
    p->n_scale = n;
    return true;
}

static bool parse_channels(rq_preprocess *p, const char *value)
{
    int i = rq_choice_find(rq_channels_names, value);
    if (i < 0) return false;
    p->channels = (rq_channels)i;
    return true;
}

static bool parse_layout(rq_preprocess *p, const char *value)
{
    int i = rq_choice_find(rq_layout_names, value);
    if (i < 0) return false;
    p->layout = (rq_layout)i;
    return true;
}

static bool parse_fit(rq_preprocess *p, const char *value)
{
    int i = rq_choice_find(rq_fit_names, value);
    if (i < 0) return false;
    p->fit = (rq_fit)i;
    return true;
}

static bool parse_pad(rq_preprocess *p, const char *value)
{
    double pad[3];
    size_t n;
    if (!parse_numbers(value, pad, &n)) return false;
    for (size_t i = 0; i < n; i++)
        if (pad[i] < 0 || pad[i] > 255 || pad[i] != floor(pad[i])) return false;
    memcpy(p->pad, pad, n * sizeof *pad);
    p->n_pad = n;
    return true;
}

static bool parse_rectangle(rq_preprocess *p, const char *value)
{
    int64_t x[4];
    size_t n;
    if (is_none(value)) {
        memset(p->rectangle, 0, sizeof p->rectangle);
        return true;
    }
    if (!rq_parse_i64_list(value, x, 4, &n) || n != 4) return false;
    for (size_t i = 0; i < 4; i++)
        if (x[i] < (i < 2 ? 0 : 1) || x[i] > RQ_IMAGE_MAX_SIDE) return false;
    for (size_t i = 0; i < 4; i++) p->rectangle[i] = (int)x[i];
    return true;
}

static bool parse_filter(rq_preprocess *p, const char *value)
{
    const rq_filter *filter = rq_filter_find(value);
    if (filter) p->filter = filter;
    return filter != NULL;
}

static bool parse_orientation(rq_preprocess *p, const char *value)
{
    static const char *const words[] = {"exif", "ignore", NULL};
    int i = rq_choice_find(words, value);
    if (i < 0) return false;
    p->ignore_orientation = i == 1;
    return true;
}

static bool parse_decode(rq_preprocess *p, const char *value)
{
    static const char *const words[] = {"scaled", "full", NULL};
    int i = rq_choice_find(words, value);
    if (i < 0) return false;
    p->full_decode = i == 1;
    return true;
}

static const rq_preprocess_key keys[] = {
    {"resize", "N|WxH",
     "shorter side becomes N, ratio kept; or exactly W x H (default: the model's size)",
     "a number of pixels (the shorter side), WxH, or none", parse_resize},
    {"crop", "N|WxH", "then crop this size from the centre", "a number of pixels, WxH, or none",
     parse_crop},
    {"crop-rect", "X,Y,W,H", "first of all cut this part, in pixels of the original image",
     "left, top, width and height in pixels, or none", parse_rectangle},
    {"fit", "stretch|letterbox|corner",
     "exact sizes: stretch (default), or keep the ratio and pad, in the middle or bottom right",
     "stretch, letterbox or corner", parse_fit},
    {"pad", "A,B,C", "colour of padding, 0..255, in the model's channel order (default 0)",
     "one whole number or three, 0 to 255", parse_pad},
    {"mean", "A,B,C", "subtract per channel, in pixel units 0..255, in the model's channel order",
     "one number or three", parse_mean},
    {"scale", "A,B,C", "then divide per channel", "one number or three, none of them 0",
     parse_scale},
    {"channels", "rgb|bgr|gray",
     "channel order the model was trained with (default: rgb, gray for 1 channel)",
     "auto, rgb, bgr or gray", parse_channels},
    {"layout", "nchw|nhwc", "layout of the model's input (default: told from its shape)",
     "auto, nchw or nhwc", parse_layout},
    {"filter", "NAME", "resizing: bilinear (default), bicubic, box or nearest",
     "bilinear, bicubic, box or nearest", parse_filter},
    {"orientation", "exif|ignore",
     "turn images upright by their EXIF orientation (default), or not", "exif or ignore",
     parse_orientation},
    {"decode", "scaled|full",
     "decode JPEGs of at least twice the wanted size at a fraction (default), or fully",
     "scaled or full", parse_decode},
};
enum { KEYS = sizeof keys / sizeof *keys };

const rq_preprocess_key *rq_preprocess_key_at(size_t i)
{
    return i < KEYS ? &keys[i] : NULL;
}

static const rq_preprocess_key *find_key(const char *name)
{
    for (size_t i = 0; i < KEYS; i++)
        if (strcmp(keys[i].name, name) == 0) return &keys[i];
    return NULL;
}

static rq_status fail_unknown(const char *key, const char *where)
{
    const char *names[KEYS];
    for (size_t i = 0; i < KEYS; i++) names[i] = keys[i].name;
    return rq_choice_fail(RQ_EARG, key, names, KEYS, "%s: unknown key", where);
}

rq_status rq_preprocess_set(rq_preprocess *preprocess, const char *key, const char *value,
                            const char *where)
{
    const rq_preprocess_key *found = find_key(key);
    if (!found) return fail_unknown(key, where);
    if (!found->parse(preprocess, value))
        return rq_fail(RQ_EARG, "%s: '%s' is not %s", where, value, found->expected);
    return RQ_OK;
}

static rq_status set_entry(rq_preprocess *preprocess, const rq_yaml_entry *entry, const char *path)
{
    rq_buf where = {0};
    rq_buf_printf(&where, "%s:%zu: %s", path, entry->line, entry->key);
    rq_status status =
        rq_preprocess_set(preprocess, entry->key, entry->value, where.data ? where.data : path);
    rq_buf_free(&where);
    return status;
}

rq_status rq_preprocess_load(rq_preprocess *preprocess, const char *path)
{
    rq_yaml yaml;
    RQ_TRY(rq_yaml_open(&yaml, path));
    rq_status status = RQ_OK;
    for (size_t i = 0; i < yaml.n && status == RQ_OK; i++)
        status = set_entry(preprocess, &yaml.entries[i], path);
    rq_yaml_close(&yaml);
    return status;
}
