/* Pascal VOC: Annotations/NAME.xml with boxes, JPEGImages/NAME.jpg, ImageSets/Main/SPLIT.txt.
 * Source: Everingham and Winn, "The PASCAL VOC2012 Challenge Development Kit", section 9. */
#include "datasets/class_table.h"
#include "datasets/dataset_fill.h"
#include "datasets/dataset_kind.h"
#include "datasets/listing.h"
#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/base/formats/xml.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BYTES ((size_t)16 << 20)
#define BLANKS " \t\r\n"
enum { NAME_LENGTH = 64 };

/* In the order of everybody's networks. */
static const char *const voc_names[] = {
    "aeroplane", "bicycle",     "bird",  "boat",        "bottle", "bus",      "car",
    "cat",       "chair",       "cow",   "diningtable", "dog",    "horse",    "motorbike",
    "person",    "pottedplant", "sheep", "sofa",        "train",  "tvmonitor"};
enum { VOC_NAMES = sizeof voc_names / sizeof *voc_names };

static bool probe(const char *data)
{
    return rq_is_dir(data) && rq_has_dir(data, "Annotations") && rq_has_dir(data, "JPEGImages");
}

typedef struct reader {
    rq_dataset *dataset;
    rq_class_table classes;
    rq_annotation *annotation;
    size_t capacity;
    const char *file; /* in hand */
} reader;

static const char *child_text(const rq_xml *element, const char *name)
{
    const rq_xml *child = element ? rq_xml_child(element, name) : NULL;
    return child && child->text ? child->text : NULL;
}

/* Without the blanks around it. */
static rq_status read_name(char out[NAME_LENGTH], const reader *r, const rq_xml *object)
{
    const char *text = child_text(object, "name");
    if (!text) return rq_fail(RQ_EFORMAT, "%s: an object without a name", r->file);
    text += strspn(text, BLANKS);
    size_t n = strlen(text);
    while (n && strchr(BLANKS, text[n - 1])) n--;
    if (n >= NAME_LENGTH)
        return rq_fail(RQ_EFORMAT, "%s: a class of %zu letters; at most %d are read", r->file, n,
                       NAME_LENGTH - 1);
    memcpy(out, text, n);
    out[n] = '\0';
    return RQ_OK;
}

/* xmin, ymin, xmax, ymax */
static rq_status read_corners(double out[4], const reader *r, const rq_xml *object)
{
    static const char *const names[] = {"xmin", "ymin", "xmax", "ymax"};
    const rq_xml *box = rq_xml_child(object, "bndbox");
    for (int i = 0; i < 4; i++) {
        const char *text = child_text(box, names[i]);
        if (!text) return rq_fail(RQ_EFORMAT, "%s: an object without all four corners", r->file);
        if (!rq_parse_f64(text, &out[i]))
            return rq_fail(RQ_EFORMAT, "%s: %s '%s' is not a number", r->file, names[i], text);
    }
    return RQ_OK;
}

static bool is_difficult(const rq_xml *object)
{
    const char *text = child_text(object, "difficult");
    double value;
    return text && !(rq_parse_f64(text, &value) && value == 0);
}

/* Corners are pixels, counted from 1, both inclusive. */
static rq_status read_object(reader *r, const rq_xml *object)
{
    char name[NAME_LENGTH];
    double corner[4];
    RQ_TRY(read_name(name, r, object));
    RQ_TRY(read_corners(corner, r, object));
    rq_box box = {.flags = is_difficult(object) ? RQ_BOX_DIFFICULT : 0,
                  .score = 1,
                  .area = -1,
                  .x0 = corner[0] - 1,
                  .y0 = corner[1] - 1,
                  .x1 = corner[2],
                  .y1 = corner[3]};
    RQ_TRY(rq_class_table_get(&box.class_id, &r->classes, r->dataset, name));
    return rq_annotation_add_box(r->annotation, &r->capacity, r->dataset, &box);
}

/* Parts of objects have names and boxes too, but lie deeper. */
static rq_status read_objects(reader *r, const rq_xml *root)
{
    if (strcmp(root->name, "annotation") != 0)
        return rq_fail(RQ_EFORMAT, "%s: its root is not <annotation>", r->file);
    for (const rq_xml *child = root->first; child; child = child->next)
        if (strcmp(child->name, "object") == 0) RQ_TRY(read_object(r, child));
    return RQ_OK;
}

static rq_status parse_annotation(reader *r, rq_arena *arena)
{
    char *text;
    size_t size;
    const rq_xml *root = NULL;
    RQ_TRY(rq_read_file(&text, &size, r->file, MAX_BYTES));
    rq_status status = rq_xml_parse(&root, arena, text, size, r->file);
    free(text);
    return status == RQ_OK ? read_objects(r, root) : status;
}

static rq_status read_annotation(reader *r, const char *file)
{
    rq_arena *arena;
    r->file = file;
    r->capacity = 0;
    RQ_TRY(rq_dataset_annotate(&r->annotation, r->dataset, RQ_PREDICTION_BOXES));
    RQ_TRY(rq_arena_create(&arena));
    rq_status status = parse_annotation(r, arena);
    rq_arena_destroy(&arena);
    return status;
}

static rq_status read_sample(reader *r, const char *stem)
{
    rq_dataset *dataset = r->dataset;
    const char *image = rq_find_image(dataset->arena, dataset->root, "JPEGImages", stem);
    const char *file =
        rq_arena_printf(dataset->arena, "%s/Annotations/%s.xml", dataset->root, stem);
    if (!file) return RQ_ENOMEM;
    if (!image) return rq_fail(RQ_EFORMAT, "%s: no image JPEGImages/%s.*", dataset->root, stem);
    RQ_TRY(rq_dataset_add_file(dataset, image, file));
    return read_annotation(r, file);
}

static bool is_xml(const char *name)
{
    return rq_ends_with(name, ".xml");
}

/* The split's list, or all annotations when there are no lists. */
static rq_status list_stems(rq_names *out, rq_dataset *dataset, const char *split)
{
    static const char *const usual[] = {"val", "test", "trainval", "train"};
    rq_arena *arena = dataset->arena;
    const char *list = NULL;
    for (size_t i = 0; !list && i < (split ? 1 : sizeof usual / sizeof *usual); i++) {
        list = rq_arena_printf(arena, "ImageSets/Main/%s.txt", split ? split : usual[i]);
        if (!list) return RQ_ENOMEM;
        if (!rq_has_file(dataset->root, list)) list = NULL;
    }
    if (list)
        return rq_list_lines(out, arena, rq_arena_printf(arena, "%s/%s", dataset->root, list));
    if (split)
        return rq_fail(RQ_EARG, "%s: no split '%s' (no ImageSets/Main/%s.txt)", dataset->root,
                       split, split);
    RQ_TRY(
        rq_list_names(out, arena, rq_arena_printf(arena, "%s/Annotations", dataset->root), is_xml));
    for (size_t i = 0; i < out->n; i++) out->names[i] = rq_list_stem(arena, out->names[i]);
    return RQ_OK;
}

static rq_status read_all(reader *r, const char *split)
{
    rq_names stems;
    RQ_TRY(list_stems(&stems, r->dataset, split));
    for (size_t i = 0; i < stems.n; i++)
        if (stems.names[i] && *stems.names[i]) RQ_TRY(read_sample(r, stems.names[i]));
    return rq_class_table_settle(&r->classes, r->dataset, voc_names, VOC_NAMES);
}

static rq_status read(rq_dataset *dataset, const char *data, const char *split)
{
    reader r = {.dataset = dataset};
    RQ_TRY(rq_dataset_set_root(dataset, data));
    rq_status status = read_all(&r, split);
    rq_class_table_close(&r.classes);
    return status;
}

extern const rq_dataset_kind rq_dataset_voc;
const rq_dataset_kind rq_dataset_voc = {
    .name = "voc",
    .help = "Pascal VOC: Annotations/*.xml, JPEGImages, ImageSets/Main/SPLIT.txt",
    .probe = probe,
    .read = read,
    .has_splits = true,
};
