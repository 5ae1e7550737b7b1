/* What the user asks for: the table of keys, and reading it from a file. */
#include "datasets/image/preprocess.h"

#include "engine/base/choice.h"
#include "engine/base/numbers.h"
#include "engine/base/formats/yaml.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const rq_keyword rq_channels_keywords[] = {
    [RQ_CHANNELS_AUTO] = {"auto", "gray for a model of 1 channel, else rgb", NULL},
    [RQ_CHANNELS_RGB] = {"rgb", "red, green, blue", NULL},
    [RQ_CHANNELS_BGR] = {"bgr", "blue, green, red, as OpenCV reads images", NULL},
    [RQ_CHANNELS_GRAY] = {"gray", "one channel of brightness", NULL},
    {NULL, NULL, NULL}};
const rq_keyword rq_layout_keywords[] = {
    [RQ_LAYOUT_AUTO] = {"auto", "detected from the shape: where its 1 or 3 stands", NULL},
    [RQ_LAYOUT_NCHW] = {"nchw", "channels before rows and columns", NULL},
    [RQ_LAYOUT_NHWC] = {"nhwc", "channels last", NULL},
    {NULL, NULL, NULL}};
const rq_keyword rq_fit_keywords[] = {
    [RQ_FIT_STRETCH] = {"stretch", "the aspect ratio is not kept", NULL},
    [RQ_FIT_LETTERBOX] = {"letterbox", "the ratio is kept, the image centred, the rest padded",
                          NULL},
    [RQ_FIT_CORNER] = {"corner", "the ratio is kept, the image top left, the rest padded", NULL},
    {NULL, NULL, NULL}};
const rq_keyword rq_orientation_keywords[] = {
    {"exif", "turned upright as their EXIF data say", NULL},
    {"ignore", "as they are stored", NULL},
    {NULL, NULL, NULL}};
const rq_keyword rq_decode_keywords[] = {
    {"scaled", "at a half, a quarter or an eighth: much faster, pixels change slightly", NULL},
    {"full", "at full size", NULL},
    {NULL, NULL, NULL}};

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

/* "x48", "320x". */
static bool parse_one_side(const char *text, int *width, int *height)
{
    char left[16];
    size_t length = strlen(text);
    *width = *height = 0;
    if (text[0] == 'x' || text[0] == 'X') return parse_side(text + 1, height);
    if (length < 2 || length > sizeof left || (text[length - 1] | ' ') != 'x') return false;
    memcpy(left, text, length - 1);
    left[length - 1] = '\0';
    return parse_side(left, width);
}

static bool parse_resize(rq_preprocess *p, const char *value)
{
    int shorter = 0, width = 0, height = 0;
    if (!is_none(value) && !parse_side(value, &shorter) && !parse_size(value, &width, &height) &&
        !parse_one_side(value, &width, &height))
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

/* "a,b,c", or "(a,b,c)" as Model Optimizer has it, without the brackets. */
static bool take_list(char out[128], const char *value)
{
    size_t length = strlen(value);
    bool bracketed = length > 1 && ((value[0] == '(' && value[length - 1] == ')') ||
                                    (value[0] == '[' && value[length - 1] == ']'));
    if (length - 2 * bracketed >= 128) return false;
    memcpy(out, value + bracketed, length - 2 * bracketed);
    out[length - 2 * bracketed] = '\0';
    return true;
}

static bool parse_numbers(const char *value, double out[3], size_t *n)
{
    char list[128];
    double x[3];
    size_t count;
    if (!take_list(list, value)) return false;
    if (!rq_parse_f64_list(list, x, 3, &count) || (count != 1 && count != 3)) return false;
    for (size_t i = 0; i < count; i++)
        if (!rq_fits_f32(x[i])) return false;
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
        if (!rq_divides_f32(scale[i])) return false;
    memcpy(p->scale, scale, n * sizeof *scale);
    p->n_scale = n;
    return true;
}

static bool parse_channels(rq_preprocess *p, const char *value)
{
    int i = rq_keyword_find(rq_channels_keywords, value);
    if (i >= 0) p->channels = (rq_channels)i;
    return i >= 0;
}

static bool parse_layout(rq_preprocess *p, const char *value)
{
    int i = rq_keyword_find(rq_layout_keywords, value);
    if (i >= 0) p->layout = (rq_layout)i;
    return i >= 0;
}

static bool parse_fit(rq_preprocess *p, const char *value)
{
    int i = rq_keyword_find(rq_fit_keywords, value);
    if (i >= 0) p->fit = (rq_fit)i;
    return i >= 0;
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
    int i = rq_keyword_find(rq_orientation_keywords, value);
    if (i >= 0) p->ignore_orientation = i == 1;
    return i >= 0;
}

static bool parse_decode(rq_preprocess *p, const char *value)
{
    int i = rq_keyword_find(rq_decode_keywords, value);
    if (i >= 0) p->full_decode = i == 1;
    return i >= 0;
}

static const rq_preprocess_key keys[] = {
#define RQ_PREPROCESS_KEY(...) {__VA_ARGS__},
#include "datasets/image/preprocess_keys.def"
#undef RQ_PREPROCESS_KEY
};
enum { KEYS = sizeof keys / sizeof *keys };

const rq_preprocess_key *rq_preprocess_key_at(size_t i)
{
    return i < KEYS ? &keys[i] : NULL;
}

static const rq_preprocess_key *find_key(const char *name)
{
    for (size_t i = 0; i < KEYS; i++)
        if (!strcmp(keys[i].name, name) || (keys[i].alias && !strcmp(keys[i].alias, name)))
            return &keys[i];
    return NULL;
}

static rq_status fail_unknown(const char *key, const char *where)
{
    const char *names[KEYS];
    for (size_t i = 0; i < KEYS; i++) names[i] = keys[i].name;
    return rq_choice_fail(RQ_EARG, key, names, KEYS, "%s: unknown key", where);
}

static rq_status fail_value(const rq_preprocess_key *key, const char *value, const char *where)
{
    if (!key->keywords) return rq_fail(RQ_EARG, "%s: '%s' is not %s", where, value, key->expected);
    return rq_keyword_fail(value, key->keywords, where);
}

rq_status rq_preprocess_set(rq_preprocess *preprocess, const char *key, const char *value,
                            const char *where)
{
    const rq_preprocess_key *found = find_key(key);
    if (!found) return fail_unknown(key, where);
    if (!found->parse(preprocess, value)) return fail_value(found, value, where);
    preprocess->asked |= UINT32_C(1) << (found - keys);
    return RQ_OK;
}

bool rq_preprocess_asks(const rq_preprocess *preprocess, const char *key)
{
    const rq_preprocess_key *found = find_key(key);
    return found && preprocess->asked >> (found - keys) & 1;
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

/* A key and its alias in one file: the reader only refuses the same name twice. */
static rq_status refuse_second_name(const rq_yaml *yaml, size_t i, const char *path)
{
    const rq_preprocess_key *key = find_key(yaml->entries[i].key);
    for (size_t k = 0; key && k < i; k++)
        if (find_key(yaml->entries[k].key) == key)
            return rq_fail(RQ_EARG, "%s:%zu: %s: given already, as %s on line %zu", path,
                           yaml->entries[i].line, yaml->entries[i].key, yaml->entries[k].key,
                           yaml->entries[k].line);
    return RQ_OK;
}

rq_status rq_preprocess_load(rq_preprocess *preprocess, const char *path)
{
    rq_yaml yaml;
    RQ_TRY(rq_yaml_open(&yaml, path));
    rq_status status = RQ_OK;
    for (size_t i = 0; i < yaml.n && status == RQ_OK; i++) {
        status = refuse_second_name(&yaml, i, path);
        if (status == RQ_OK) status = set_entry(preprocess, &yaml.entries[i], path);
    }
    rq_yaml_close(&yaml);
    return status;
}
