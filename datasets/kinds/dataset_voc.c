/* Pascal VOC: Annotations/NAME.xml with boxes, JPEGImages/NAME.jpg, ImageSets/Main/SPLIT.txt.
 * Source: Everingham and Winn, "The PASCAL VOC2012 Challenge Development Kit", section 9. */
#include "datasets/class_table.h"
#include "datasets/dataset_fill.h"
#include "datasets/dataset_kind.h"
#include "datasets/listing.h"
#include "datasets/xml_scan.h"
#include "engine/base/file.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BYTES ((size_t)16 << 20)
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
    /* the object in hand */
    char name[NAME_LENGTH];
    double corner[4]; /* xmin, ymin, xmax, ymax */
    unsigned known;   /* bits of the corners that were told */
    bool difficult;
} reader;

/* What a text is: its path below <annotation>. Parts of objects have names and boxes too, but lie
 * deeper. */
static bool is_at(const rq_xml_scan *scan, const char *a, const char *b, const char *c)
{
    size_t depth = c ? 4 : b ? 3 : 2;
    return scan->depth == depth && strcmp(scan->path[1], a) == 0 &&
           (!b || strcmp(scan->path[2], b) == 0) && (!c || strcmp(scan->path[3], c) == 0);
}

static rq_status take_corner(reader *r, const rq_xml_scan *scan, const char *text)
{
    static const char *const names[] = {"xmin", "ymin", "xmax", "ymax"};
    for (unsigned i = 0; i < 4; i++) {
        if (!is_at(scan, "object", "bndbox", names[i])) continue;
        if (!rq_parse_f64(text, &r->corner[i]))
            return rq_fail(RQ_EFORMAT, "%s: %s '%s' is not a number", scan->file, names[i], text);
        r->known |= 1u << i;
    }
    return RQ_OK;
}

static rq_status take_text(reader *r, const rq_xml_scan *scan, const char *text)
{
    if (is_at(scan, "object", "name", NULL)) {
        if (strlen(text) >= sizeof r->name)
            return rq_fail(RQ_EFORMAT, "%s: a class of %zu letters", scan->file, strlen(text));
        strcpy(r->name, text);
    }
    if (is_at(scan, "object", "difficult", NULL)) r->difficult = strcmp(text, "0") != 0;
    return take_corner(r, scan, text);
}

/* Corners are pixels, counted from 1, both inclusive. */
static rq_status end_object(reader *r, const rq_xml_scan *scan)
{
    if (!r->name[0] || r->known != 15)
        return rq_fail(RQ_EFORMAT, "%s: an object without %s", scan->file,
                       r->name[0] ? "all four corners" : "a name");
    rq_box box = {.flags = r->difficult ? RQ_BOX_DIFFICULT : 0,
                  .score = 1,
                  .area = -1,
                  .x0 = r->corner[0] - 1,
                  .y0 = r->corner[1] - 1,
                  .x1 = r->corner[2],
                  .y1 = r->corner[3]};
    RQ_TRY(rq_class_table_get(&box.class_id, &r->classes, r->dataset, r->name));
    RQ_TRY(rq_annotation_add_box(r->annotation, &r->capacity, r->dataset, &box));
    r->name[0] = '\0';
    r->known = 0;
    r->difficult = false;
    return RQ_OK;
}

static rq_status read_objects(reader *r, rq_xml_scan *scan)
{
    char text[256];
    rq_xml_event event = RQ_XML_OPEN;
    bool root = false;
    while (event != RQ_XML_END) {
        RQ_TRY(rq_xml_next(scan, &event, text, sizeof text));
        if (event == RQ_XML_OPEN && scan->depth == 1)
            root = strcmp(scan->path[0], "annotation") == 0;
        if (event == RQ_XML_TEXT) RQ_TRY(take_text(r, scan, text));
        if (event == RQ_XML_CLOSE && is_at(scan, "object", NULL, NULL)) RQ_TRY(end_object(r, scan));
    }
    return root ? RQ_OK : rq_fail(RQ_EFORMAT, "%s: its root is not <annotation>", scan->file);
}

static rq_status read_annotation(reader *r, const char *file)
{
    char *text;
    size_t size;
    rq_xml_scan scan;
    RQ_TRY(rq_read_file(&text, &size, file, MAX_BYTES));
    rq_xml_begin(&scan, file, text);
    r->name[0] = '\0';
    r->known = 0;
    r->difficult = false;
    r->capacity = 0;
    rq_status status = rq_dataset_annotate(&r->annotation, r->dataset, RQ_ANSWER_BOXES);
    if (status == RQ_OK) status = read_objects(r, &scan);
    free(text);
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
