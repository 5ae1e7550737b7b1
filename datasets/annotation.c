#include "datasets/annotation.h"

#include "datasets/image/decode.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

/* -- classes -------------------------------------------------------------------------------- */

static bool parse_class(const char *text, int32_t *out)
{
    int64_t x;
    if (!rq_parse_i64(text, &x) || x < 0 || x >= RQ_MAX_CLASSES) return false;
    *out = (int32_t)x;
    return true;
}

static bool parse_pair(rq_class_map *out, char *pair)
{
    char *to = strchr(pair, '=');
    int32_t new_class = RQ_CLASS_IGNORED;
    if (!to || out->n == RQ_MAX_CLASS_PAIRS) return false;
    *to++ = '\0';
    if (strcmp(to, "ignore") != 0 && !parse_class(to, &new_class)) return false;
    if (strcmp(pair, "*") == 0) {
        out->has_others = true;
        out->others = new_class;
        return true;
    }
    if (!parse_class(pair, &out->from[out->n])) return false;
    out->to[out->n++] = new_class;
    return true;
}

rq_status rq_class_map_parse(rq_class_map *out, const char *text)
{
    char *copy = strdup(text), *rest = copy, *one;
    bool good = true;
    if (!copy) return rq_fail_memory(strlen(text), "a map of classes");
    *out = (rq_class_map){0};
    while (good && (one = strsep(&rest, ","))) good = parse_pair(out, one);
    free(copy);
    if (good) return RQ_OK;
    return rq_fail(RQ_EARG, "'%s' is not a map of classes such as 1=0,2=ignore,*=5 (%d at most)",
                   text, RQ_MAX_CLASS_PAIRS);
}

int32_t rq_class_map_get(const rq_class_map *map, int32_t class_id)
{
    for (size_t i = 0; i < map->n; i++)
        if (map->from[i] == class_id) return map->to[i];
    return map->has_others ? map->others : class_id;
}

/* -- loading -------------------------------------------------------------------------------- */

static rq_status load_boxes(rq_prediction *out, const rq_annotation *a, const rq_class_map *map)
{
    double width = a->relative ? out->width : 1, height = a->relative ? out->height : 1;
    rq_prediction_set_empty(out, RQ_PREDICTION_BOXES);
    for (size_t i = 0; i < a->n_boxes; i++) {
        rq_box box = a->boxes[i];
        box.class_id = rq_class_map_get(map, box.class_id);
        if (box.class_id == RQ_CLASS_IGNORED) continue;
        box.x0 *= width, box.x1 *= width;
        box.y0 *= height, box.y1 *= height;
        RQ_TRY(rq_prediction_add_box(out, &box));
    }
    return RQ_OK;
}

#define MAX_FILE_BYTES ((size_t)1 << 30)

static rq_status decode_file(rq_image *image, const char *path, bool indices)
{
    char *data;
    size_t size;
    rq_image spare = {0};
    rq_decode_options options = {.keep_orientation = indices, .indices = indices};
    RQ_TRY(rq_read_file(&data, &size, path, MAX_FILE_BYTES));
    rq_status status = rq_decode(image, &spare, (const uint8_t *)data, size, &options);
    if (status != RQ_OK) status = rq_fail_prefix(status, "%s", path);
    free(data);
    rq_image_free(&spare);
    return status;
}

static uint16_t mapped(const rq_class_map *map, int class_id)
{
    if (class_id == 255) return RQ_MASK_IGNORED;
    int32_t to = rq_class_map_get(map, class_id);
    return to < 0 || to >= RQ_MASK_IGNORED ? RQ_MASK_IGNORED : (uint16_t)to;
}

static rq_status load_mask(rq_prediction *out, const rq_annotation *a, const rq_class_map *map)
{
    rq_image image = {0};
    uint16_t classes[256];
    rq_status status = decode_file(&image, a->mask, true);
    if (status == RQ_OK) status = rq_prediction_make_mask(out, image.width, image.height);
    if (status == RQ_OK) {
        size_t n = (size_t)image.width * (size_t)image.height;
        for (int c = 0; c < 256; c++) classes[c] = mapped(map, c);
        for (size_t i = 0; i < n; i++) out->mask.classes[i] = classes[image.pixels[i]];
        out->mask.x1 = out->width;
        out->mask.y1 = out->height;
    }
    rq_image_free(&image);
    return status;
}

static rq_status load_target_image(rq_prediction *out, const rq_annotation *a)
{
    rq_image image = {0};
    rq_status status = decode_file(&image, a->image, false);
    if (status == RQ_OK)
        status = rq_prediction_make_image(out, image.height, image.width, image.channels);
    for (size_t i = 0; status == RQ_OK && i < out->n_values; i++) out->values[i] = image.pixels[i];
    rq_image_free(&image);
    return status;
}

rq_status rq_annotation_load(rq_prediction *out, const rq_annotation *annotation,
                             const rq_class_map *map, int width, int height)
{
    rq_prediction_clear(out);
    out->width = width;
    out->height = height;
    if (annotation->has & RQ_PREDICTION_BOXES) RQ_TRY(load_boxes(out, annotation, map));
    if (annotation->mask) RQ_TRY(load_mask(out, annotation, map));
    if (annotation->image) RQ_TRY(load_target_image(out, annotation));
    if (annotation->text) RQ_TRY(rq_prediction_add_text(out, annotation->text));
    if (annotation->n_values == 0) return RQ_OK;
    RQ_TRY(rq_prediction_make_values(out, annotation->n_values));
    memcpy(out->values, annotation->values, annotation->n_values * sizeof(float));
    return RQ_OK;
}
