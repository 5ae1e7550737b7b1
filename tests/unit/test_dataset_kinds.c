/* Data sets as they are published, and what is wrong with broken ones. */
#include "tests/unit/scratch.h"

#include "datasets/dataset.h"
#include "engine/base/file.h"

/* 4x2, two bits a pixel, 0 1 2 3, 3 2 1 0; 2x1 gray, 7 and 255; 1x1 RGB 1 2 3 */
static const uint8_t palette_png[] = {
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x04, 0x00, 0x00, 0x00, 0x02, 0x02, 0x03, 0x00, 0x00, 0x00, 0x02, 0xc6, 0x95,
    0xf0, 0x00, 0x00, 0x00, 0x0c, 0x50, 0x4c, 0x54, 0x45, 0x09, 0x09, 0x09, 0xc8, 0x00, 0x00, 0x00,
    0xc8, 0x00, 0x00, 0x00, 0xc8, 0x60, 0xdd, 0x50, 0x80, 0x00, 0x00, 0x00, 0x0c, 0x49, 0x44, 0x41,
    0x54, 0x78, 0x9c, 0x63, 0x90, 0x66, 0x78, 0x02, 0x00, 0x01, 0x39, 0x01, 0x00, 0x45, 0x64, 0x91,
    0x9b, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
};
static const uint8_t gray_png[] = {
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48,
    0x44, 0x52, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00,
    0x00, 0xd1, 0x49, 0x20, 0x56, 0x00, 0x00, 0x00, 0x0b, 0x49, 0x44, 0x41, 0x54, 0x78,
    0x9c, 0x63, 0x60, 0xff, 0x0f, 0x00, 0x01, 0x10, 0x01, 0x07, 0x06, 0xdf, 0x60, 0x5b,
    0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
};
static const uint8_t rgb_png[] = {
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48,
    0x44, 0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x02, 0x00, 0x00,
    0x00, 0x90, 0x77, 0x53, 0xde, 0x00, 0x00, 0x00, 0x0c, 0x49, 0x44, 0x41, 0x54, 0x78,
    0x9c, 0x63, 0x60, 0x64, 0x62, 0x06, 0x00, 0x00, 0x0e, 0x00, 0x07, 0xd7, 0x6f, 0xe4,
    0x78, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
};

static void write_bytes(void **state, const char *name, const void *data, size_t size)
{
    char *folder = rq_path_dir(scratch_path(state, name));
    assert_ok(rq_make_dirs(folder));
    free(folder);
    scratch_file(state, name, data, size);
}

static void write_text(void **state, const char *name, const char *text)
{
    write_bytes(state, name, text, strlen(text));
}

static rq_status open_as(rq_dataset **out, void **state, const char *data, const char *format,
                         const char *split)
{
    char path[4200];
    snprintf(path, sizeof path, "%s", scratch_path(state, data));
    rq_dataset_options options = {.data = path, .format = format, .split = split};
    return rq_dataset_open(out, &options);
}

static void load(rq_prediction *out, const rq_dataset *set, size_t i, int width, int height)
{
    assert_non_null(set->samples[i].truth);
    assert_ok(rq_annotation_load(out, set->samples[i].truth, &set->class_map, width, height));
}

static void assert_box(const rq_box *box, int class_id, unsigned flags, double x0, double y0,
                       double x1, double y1)
{
    assert_int_equal(box->class_id, class_id);
    assert_int_equal(box->flags, flags);
    if (fabs(box->x0 - x0) + fabs(box->y0 - y0) + fabs(box->x1 - x1) + fabs(box->y1 - y1) > 1e-9)
        fail_msg("%g %g %g %g, want %g %g %g %g", box->x0, box->y0, box->x1, box->y1, x0, y0, x1,
                 y1);
}

/* -- VOC ------------------------------------------------------------------------------------ */

#define OBJECT(name, rest)                                                                         \
    "<object><name>" name "</name>" rest                                                           \
    "<bndbox><xmin>1</xmin><ymin>2</ymin><xmax>10</xmax><ymax>20</ymax></bndbox></object>"

static void voc(void **state)
{
    rq_dataset *set;
    rq_prediction a = {0};
    write_text(state, "v/JPEGImages/1.jpg", "x");
    write_text(state, "v/JPEGImages/2.PNG", "x");
    write_text(state, "v/Annotations/1.xml",
               "<?xml version=\"1.0\"?>\n<!-- <a> -->\n<annotation verified='a>b'>"
               "<size><width>5</width></size>" OBJECT(
                   "person",
                   "<pose/><difficult>1</difficult>") "<object><name>dog</name><part><name>head</"
                                                      "name><bndbox><xmin>7</xmin></bndbox>"
                                                      "</part><bndbox><ymin>2</ymin><xmin>1.5</"
                                                      "xmin><xmax>4</xmax><ymax>9</ymax></bndbox>"
                                                      "</object></annotation>\n");
    write_text(state, "v/Annotations/2.xml", "<annotation/>");
    assert_ok(open_as(&set, state, "v", NULL, NULL));
    assert_int_equal(set->n, 2);
    assert_false(set->labelled);
    assert_int_equal(set->truths, RQ_PREDICTION_BOXES);
    assert_int_equal(set->n_classes, 20);
    assert_string_equal(set->class_names[14], "person");
    load(&a, set, 0, 100, 100);
    assert_int_equal(a.n_boxes, 2);
    assert_box(&a.boxes[0], 14, RQ_BOX_DIFFICULT, 0, 1, 10, 20);
    assert_box(&a.boxes[1], 11, 0, 0.5, 1, 4, 9);
    load(&a, set, 1, 100, 100);
    assert_int_equal(a.n_boxes, 0);
    assert_int_equal(a.has, RQ_PREDICTION_BOXES);
    rq_dataset_close(&set);
    /* other names: sorted; a split's list */
    write_text(state, "v/Annotations/2.xml",
               "<annotation>" OBJECT("zebra", "") OBJECT("a &amp; b", "")
                   OBJECT("\n caf&#233; &#xE9; ", "<difficult> 0 </difficult>") "</annotation>");
    write_text(state, "v/ImageSets/Main/mine.txt", "2\r\n\n");
    assert_ok(open_as(&set, state, "v", "voc", "mine"));
    assert_int_equal(set->n, 1);
    assert_int_equal(set->n_classes, 3);
    assert_string_equal(set->class_names[0], "a & b");
    assert_string_equal(set->class_names[1], "caf\xC3\xA9 \xC3\xA9");
    load(&a, set, 0, 100, 100);
    assert_int_equal(a.boxes[0].class_id, 2);
    assert_box(&a.boxes[2], 1, 0, 0, 1, 10, 20);
    rq_dataset_close(&set);
    assert_fails(open_as(&set, state, "v", NULL, "val"), RQ_EARG, "no split 'val'");
    rq_prediction_free(&a);
}

static void broken_voc(void **state)
{
    static const struct {
        const char *xml, *message;
    } cases[] = {
        {"", "1.xml: is empty"},
        {"<html/>", "root is not <annotation>"},
        {"<annotation>", "1.xml:1: not well-formed"},
        {"<annotation></b>", "1.xml:1: not well-formed"},
        {"<annotation>\n</annotation></annotation>", "1.xml:2: not well-formed"},
        {"<annotation><object><", "not well-formed"},
        {"x<annotation/>", "not an XML file"},
        {"<!-- <annotation/>", "not well-formed"},
        {"<!DOCTYPE a [<!ENTITY b 'c'>]><annotation/>", "document type"},
        {"<annotation><object></object></annotation>", "without a name"},
        {"<annotation><object><name>a</name></object></annotation>", "four corners"},
        {"<annotation><object><name>a</name><bndbox><xmin>x</xmin></bndbox></object></annotation>",
         "'x' is not a number"},
    };
    rq_dataset *set;
    write_text(state, "v/JPEGImages/1.jpg", "x");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_text(state, "v/Annotations/1.xml", cases[i].xml);
        rq_status status = open_as(&set, state, "v", NULL, NULL);
        if (status != RQ_EFORMAT || !strstr(rq_error_text(), cases[i].message))
            fail_msg("%s: %d, '%s'", cases[i].xml, status, rq_error_text());
    }
    char long_text[700] = "<annotation><object><name>";
    memset(long_text + strlen(long_text), 'a', 500);
    strcat(long_text, "</name></object></annotation>");
    write_text(state, "v/Annotations/1.xml", long_text);
    assert_fails(open_as(&set, state, "v", NULL, NULL), RQ_EFORMAT, "a class of 500 letters");
    write_text(state, "v/Annotations/2.xml", "<annotation/>");
    write_text(state, "v/Annotations/1.xml", "<annotation/>");
    assert_fails(open_as(&set, state, "v", NULL, NULL), RQ_EFORMAT, "no image JPEGImages/2");
}

/* -- COCO ----------------------------------------------------------------------------------- */

#define CATEGORIES "\"categories\":[{\"id\":18,\"name\":\"dog\"},{\"id\":1,\"name\":\"person\"}]"
#define IMAGES                                                                                     \
    "\"images\":[{\"id\":7,\"file_name\":\"a.jpg\",\"width\":9,\"height\":9},"                     \
    "{\"id\":3000000000,\"file_name\":\"b.jpg\"}]"

static void coco(void **state)
{
    rq_dataset *set;
    rq_prediction a = {0};
    write_text(state, "c/val2017/a.jpg", "x");
    write_text(state, "c/val2017/b.jpg", "x");
    write_text(state, "c/annotations/instances_val2017.json",
               "{" CATEGORIES "," IMAGES ",\"annotations\":["
               "{\"image_id\":3000000000,\"category_id\":18,\"bbox\":[1,2,3,4],\"area\":6.5,"
               "\"iscrowd\":1},"
               "{\"image_id\":3000000000,\"category_id\":1,\"bbox\":[0,0,1,1.5]}]}");
    static const char *const ways[] = {"c", "c/annotations/instances_val2017.json"};
    for (int i = 0; i < 2; i++) {
        assert_ok(open_as(&set, state, ways[i], NULL, NULL));
        assert_int_equal(set->n, 2);
        assert_int_equal(set->n_classes, 2);
        assert_string_equal(set->class_names[0], "person");
        assert_string_equal(set->samples[1].name, "val2017/b.jpg");
        load(&a, set, 0, 9, 9);
        assert_int_equal(a.n_boxes, 0);
        load(&a, set, 1, 9, 9);
        assert_int_equal(a.n_boxes, 2);
        assert_box(&a.boxes[0], 1, RQ_BOX_CROWD, 1, 2, 4, 6);
        assert_true(a.boxes[0].area == 6.5);
        assert_box(&a.boxes[1], 0, 0, 0, 0, 1, 1.5);
        rq_dataset_close(&set);
    }
    assert_ok(open_as(&set, state, "c", "coco-ids", "val2017"));
    assert_int_equal(set->n_classes, 18);
    assert_string_equal(set->class_names[17], "dog");
    load(&a, set, 1, 9, 9);
    assert_int_equal(a.boxes[0].class_id, 17);
    rq_dataset_close(&set);
    assert_fails(open_as(&set, state, "c", NULL, "train2017"), RQ_EARG, "instances_train2017");
    rq_prediction_free(&a);
}

static void broken_coco(void **state)
{
    static const struct {
        const char *json, *message;
    } cases[] = {
        {"[1,2", "i.json"},
        {"[]", "no list of images"},
        {"{" CATEGORIES "}", "no list of images"},
        {"{" IMAGES "}", "no list of annotations"},
        {"{\"images\":[{\"id\":1,\"file_name\":\"none.jpg\"}]}", "'none.jpg' is neither"},
        {"{\"images\":[{\"id\":1,\"file_name\":\"a.jpg\"},{\"id\":2}]}",
         "image 1 has no file_name"},
        {"{\"images\":[{\"id\":1,\"file_name\":\"a.jpg\"},{\"id\":2,\"file_name\":\"z.jpg\"}]}",
         "no image"},
        {"{" IMAGES ",\"categories\":[{\"id\":-1}]}", "category 0 has no id"},
        {"{" IMAGES ",\"categories\":[{\"id\":99999999999}]}", "category 0 has no id"},
        {"{" CATEGORIES "," IMAGES ",\"annotations\":[5]}", "annotation 0 has no bbox"},
        {"{" CATEGORIES "," IMAGES ",\"annotations\":[{\"bbox\":[1,2,3]}]}", "has no bbox"},
        {"{" CATEGORIES "," IMAGES ",\"annotations\":[{\"bbox\":[1,2,3,\"4\"]}]}", "has no bbox"},
        {"{" CATEGORIES "," IMAGES ",\"annotations\":[{\"image_id\":8,\"bbox\":[1,2,3,4]}]}",
         "image 8, which is not listed"},
        {"{" CATEGORIES "," IMAGES ",\"annotations\":[{\"image_id\":7,\"category_id\":2,"
         "\"bbox\":[1,2,3,4]}]}",
         "category 2, which is not listed"},
    };
    rq_dataset *set;
    write_text(state, "a.jpg", "x");
    write_text(state, "b.jpg", "x");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_text(state, "i.json", cases[i].json);
        rq_status status = open_as(&set, state, "i.json", NULL, NULL);
        if (status != RQ_EFORMAT || !strstr(rq_error_text(), cases[i].message))
            fail_msg("%s: %d, '%s'", cases[i].json, status, rq_error_text());
    }
    write_text(state, "i.json",
               "{" IMAGES ",\"annotations\":[],\"categories\":[{\"id\":0,\"name\":\"a\"}]}");
    assert_ok(open_as(&set, state, "i.json", NULL, NULL));
    rq_dataset_close(&set);
    assert_fails(open_as(&set, state, "i.json", "coco-ids", NULL), RQ_EFORMAT, "category 0");
    assert_fails(open_as(&set, state, "i.json", NULL, "val"), RQ_EARG, "one split already");
}

/* -- YOLO, WIDER FACE ----------------------------------------------------------------------- */

static void yolo(void **state)
{
    rq_dataset *set;
    rq_prediction a = {0};
    write_text(state, "y/images/val/1.jpg", "x");
    write_text(state, "y/images/val/2.jpg", "x");
    write_text(state, "y/labels/val/1.txt", "2 0.5 0.5 0.25 0.5\n\n0 0.125 0.25 0.25 0.5\n");
    assert_ok(open_as(&set, state, "y", NULL, NULL));
    assert_int_equal(set->n, 2);
    assert_int_equal(set->n_classes, 3);
    load(&a, set, 0, 80, 40);
    assert_box(&a.boxes[0], 2, 0, 30, 10, 50, 30);
    assert_box(&a.boxes[1], 0, 0, 0, 0, 20, 20);
    load(&a, set, 1, 80, 40);
    assert_int_equal(a.n_boxes, 0);
    rq_dataset_close(&set);
    write_text(state, "y/data.yaml", "val: images/val\n"); /* no names */
    assert_ok(open_as(&set, state, "y", NULL, NULL));
    assert_int_equal(set->n_classes, 3);
    assert_null(set->class_names);
    rq_dataset_close(&set);
    write_text(state, "y/classes.txt", "a\nb\nc d\n");
    assert_ok(open_as(&set, state, "y", NULL, "val"));
    assert_string_equal(set->class_names[2], "c d");
    rq_dataset_close(&set);
    write_text(state, "y/classes.txt", "a\n");
    assert_fails(open_as(&set, state, "y", NULL, NULL), RQ_EFORMAT, "1 classes, but labels go");
    assert_fails(open_as(&set, state, "y", NULL, "test"), RQ_EARG, "no split 'test'");
    static const char *const broken[] = {"0 1 1 1",     "0 1 1 1 1 1", "-1 0 0 0 0",
                                         "0.5 0 0 0 0", "0 0 0 0 2",   "9999999 0 0 0 0",
                                         "0 nan 0 0 0"};
    remove(scratch_path(state, "y/classes.txt"));
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        write_text(state, "y/labels/val/2.txt", broken[i]);
        assert_fails(open_as(&set, state, "y", NULL, NULL), RQ_EFORMAT, "2.txt:1: ");
    }
    rq_prediction_free(&a);
}

/* What was meant to be one is not taken for a list of images, whose own .yaml may be. */
static void broken_yaml(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"path: .\nval: images/val\nnames: [a, b\n", "d.yaml:4: did not find expected"},
        {"path: .\nval: images/val\nnames: {0: a, 0: b, 7: c}\n", "d.yaml:3: 'names.0' is there"},
        {"path: .\nval: images/val\nnames: {0: a, 7: c}\n", "d.yaml:3: class '7', expected 1"},
        {"names: [a, b]\n", "d.yaml: no split 'val'"},
        {"names: {0: a, 1: b}\n", "d.yaml: no split 'val'"},
    };
    rq_dataset *set;
    write_text(state, "images/val/a.jpg", "x");
    write_text(state, "labels/val/a.txt", "1 0.5 0.5 0.5 0.5\n");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_text(state, "d.yaml", cases[i].text);
        if (open_as(&set, state, "d.yaml", NULL, NULL) == RQ_OK ||
            !strstr(rq_error_text(), cases[i].message))
            fail_msg("%s: '%s'", cases[i].text, rq_error_text());
    }
    write_text(state, "d.yaml", "images/val/a.jpg 2\n");
    assert_ok(open_as(&set, state, "d.yaml", NULL, NULL));
    assert_int_equal(set->samples[0].label, 2);
    rq_dataset_close(&set);
}

#define WIDER "w/wider_face_split/wider_face_val_bbx_gt.txt"

static void yolo_yaml(void **state)
{
    rq_dataset *set;
    write_text(state, "d/coco/images/val/a.jpg", "x");
    write_text(state, "d/coco/labels/val/a.txt", "1 0.5 0.5 0.5 0.5\n");
    write_text(state, "d/coco.yaml", "path: coco\nval: images/val\nnames:\n  0: cat\n  1: dog\n");
    write_text(state, "d/x/valid/images/b.jpg", "x");
    write_text(state, "d/x/data.yaml",
               "train: ../train/images\nval: ../valid/images\n"
               "names: ['cat', 'dog']\n");
    static const char *const ways[] = {"d/coco.yaml", "d/x/data.yaml"};
    for (int i = 0; i < 2; i++) {
        assert_ok(open_as(&set, state, ways[i], NULL, NULL));
        assert_int_equal(set->n, 1);
        assert_int_equal(set->n_classes, 2);
        assert_string_equal(set->class_names[1], "dog");
        rq_dataset_close(&set);
    }
    assert_fails(open_as(&set, state, "d/coco.yaml", NULL, "test"), RQ_EARG, "no split 'test'");
    assert_fails(open_as(&set, state, "d/x/data.yaml", NULL, "train"), RQ_EFORMAT,
                 "no folder '../train/images'");
    write_text(state, "d/coco.yaml", "path: coco\nval: images/val\nnames: [cat]\n");
    assert_fails(open_as(&set, state, "d/coco.yaml", NULL, NULL), RQ_EFORMAT,
                 "coco.yaml: 1 classes, but labels go up to 1, of 2 classes");
    write_text(state, "d/coco.yaml", "path: coco\nval: images/val\nnc: 3\nnames: [cat, dog]\n");
    assert_fails(open_as(&set, state, "d/coco.yaml", NULL, NULL), RQ_EFORMAT,
                 "coco.yaml:3: nc is 3, but there are 2 names");
    write_text(state, "d/coco.yaml", "path: coco\nval: images/val\nnc: 1\n");
    assert_fails(open_as(&set, state, "d/coco.yaml", NULL, NULL), RQ_EFORMAT,
                 "coco.yaml: 1 classes (nc), but labels go up to 1, of 2 classes");
    write_text(state, "d/coco.yaml", "path: coco\nval: images/val\nnc: two\n");
    assert_fails(open_as(&set, state, "d/coco.yaml", NULL, NULL), RQ_EFORMAT,
                 "coco.yaml:3: nc is 'two'");
    write_text(state, "d/coco.yaml", "path: coco\nval: images/val\nnames: {1: cat}\n");
    assert_fails(open_as(&set, state, "d/coco.yaml", NULL, NULL), RQ_EFORMAT, "expected 0");
}

static void wider_face(void **state)
{
    rq_dataset *set;
    rq_prediction a = {0};
    write_text(state, "w/WIDER_val/images/0--Parade/1.jpg", "x");
    write_text(state, "w/WIDER_val/images/0--Parade/2.jpg", "x");
    write_text(state, WIDER,
               "0--Parade/1.jpg\n3\n10 20 30 40 0 0 0 0 0 0 \n1 2 3 4 0 0 0 1 0 0\n"
               "5 5 0 3 0 0 0 0 0 0\n0--Parade/2.jpg\n0\n0 0 0 0 0 0 0 0 0 0\n");
    assert_ok(open_as(&set, state, "w", NULL, NULL));
    assert_int_equal(set->n, 2);
    load(&a, set, 0, 100, 100);
    assert_int_equal(a.n_boxes, 2);
    assert_box(&a.boxes[0], 0, 0, 10, 20, 40, 60);
    assert_box(&a.boxes[1], 0, RQ_BOX_DIFFICULT, 1, 2, 4, 6);
    load(&a, set, 1, 100, 100);
    assert_int_equal(a.n_boxes, 0);
    rq_dataset_close(&set);
    static const struct {
        const char *text, *message;
    } broken[] = {
        {"0--Parade/1.jpg\n", ":2: expected a number of faces"},
        {"0--Parade/1.jpg\n-1\n", ":2: expected a number of faces"},
        {"0--Parade/1.jpg\n9000000000000000000\n1 2 3 4\n", ":4: expected 'x y w h"},
        {"0--Parade/1.jpg\n1\n1 2 3\n", ":3: expected 'x y w h"},
        {"0--Parade/3.jpg\n0\n", "no image"},
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        write_text(state, WIDER, broken[i].text);
        assert_fails(open_as(&set, state, "w", NULL, NULL), RQ_EFORMAT, broken[i].message);
    }
    assert_fails(open_as(&set, state, "w", NULL, "train"), RQ_EIO, "wider_face_train_bbx_gt.txt");
    rq_prediction_free(&a);
}

/* -- masks and pairs ------------------------------------------------------------------------ */

static void masks(void **state)
{
    rq_dataset *set;
    rq_prediction a = {0};
    write_text(state, "m/images/1.jpg", "x");
    write_text(state, "m/images/2.jpg", "x");
    write_text(state, "m/images/other.jpg", "x");
    write_bytes(state, "m/masks/1.png", palette_png, sizeof palette_png);
    write_bytes(state, "m/masks/2.png", gray_png, sizeof gray_png);
    assert_ok(open_as(&set, state, "m", NULL, NULL));
    assert_int_equal(set->n, 2);
    assert_int_equal(set->truths, RQ_PREDICTION_MASK);
    load(&a, set, 0, 40, 20);
    assert_int_equal(a.mask.width, 4);
    assert_memory_equal(a.mask.classes, ((uint16_t[]){0, 1, 2, 3, 3, 2, 1, 0}), 16);
    assert_true(a.mask.x1 == 40 && a.mask.y1 == 20);
    load(&a, set, 1, 2, 1);
    assert_memory_equal(a.mask.classes, ((uint16_t[]){7, RQ_MASK_IGNORED}), 4);
    assert_ok(rq_class_map_parse(&set->class_map, "1=5,3=ignore,*=0"));
    load(&a, set, 0, 4, 2);
    assert_memory_equal(a.mask.classes,
                        ((uint16_t[]){0, 5, 0, RQ_MASK_IGNORED, RQ_MASK_IGNORED, 0, 5, 0}), 16);
    write_bytes(state, "m/masks/2.png", rgb_png, sizeof rgb_png);
    assert_fails(rq_annotation_load(&a, set->samples[1].truth, &set->class_map, 1, 1),
                 RQ_EUNSUPPORTED, "palette or 8-bit gray");
    write_bytes(state, "m/masks/2.png", palette_png, 60);
    assert_fails(rq_annotation_load(&a, set->samples[1].truth, &set->class_map, 1, 1), RQ_EFORMAT,
                 "masks/2.png: damaged PNG");
    rq_dataset_close(&set);
    write_bytes(state, "m/masks/3.png", gray_png, sizeof gray_png);
    assert_fails(open_as(&set, state, "m", NULL, NULL), RQ_EFORMAT, "no image images/3.* for it");
    rq_prediction_free(&a);
}

static void class_maps(void **state)
{
    (void)state;
    rq_class_map map;
    static const char *const broken[] = {"", "1", "1=", "=1", "a=1", "1=2,", "1=-3", "1=x", "*"};
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        assert_fails(rq_class_map_parse(&map, broken[i]), RQ_EARG, "is not a map of classes");
    assert_ok(rq_class_map_parse(&map, "3=1,1=ignore"));
    assert_int_equal(rq_class_map_get(&map, 3), 1);
    assert_int_equal(rq_class_map_get(&map, 1), RQ_CLASS_IGNORED);
    assert_int_equal(rq_class_map_get(&map, 9), 9);
}

static void pairs(void **state)
{
    rq_dataset *set;
    rq_prediction a = {0};
    write_text(state, "p/lr/1x2.png", "x");
    write_text(state, "p/lr/2.png", "x");
    write_bytes(state, "p/hr/1.png", rgb_png, sizeof rgb_png);
    write_bytes(state, "p/hr/2.png", gray_png, sizeof gray_png);
    assert_ok(open_as(&set, state, "p", "pairs", NULL));
    assert_int_equal(set->n, 2);
    load(&a, set, 0, 1, 1);
    assert_int_equal(a.channels, 3);
    assert_true(a.values[0] == 1 && a.values[2] == 3);
    assert_true(a.has & RQ_PREDICTION_IMAGE);
    rq_dataset_close(&set);
    write_text(state, "p/lr/3.png", "x");
    assert_fails(open_as(&set, state, "p", "pairs", NULL), RQ_EFORMAT, "no image hr/3.* for it");
    /* unasked they are class folders */
    assert_ok(open_as(&set, state, "p", NULL, NULL));
    assert_true(set->labelled);
    rq_dataset_close(&set);
    assert_fails(open_as(&set, state, "p", NULL, "val"), RQ_EARG, "have no splits");
    rq_prediction_free(&a);
}

/* -- ImageNet and tables -------------------------------------------------------------------- */

static void imagenet(void **state)
{
    rq_dataset *set;
    write_text(state, "n/synset_words.txt", "n02 cat, puss\nn01 dog\nn00000003 fox\n");
    write_text(state, "n/val/a.JPEG", "x");
    write_text(state, "n/val/b.JPEG", "x");
    write_text(state, "n/val.txt", "a.JPEG 2\nb n01\n");
    assert_ok(open_as(&set, state, "n", NULL, NULL));
    assert_true(set->labelled);
    assert_int_equal(set->n_classes, 3);
    assert_string_equal(set->class_names[0], "cat, puss");
    assert_int_equal(set->samples[0].label, 2);
    assert_int_equal(set->samples[1].label, 1); /* the order of the file, not of names */
    assert_string_equal(set->samples[1].name, "val/b.JPEG");
    rq_dataset_close(&set);
    write_text(state, "n/val/d.jpg", "x");
    write_text(state, "n/val/e.PNG", "x");
    write_text(state, "n/val.txt", "d 0\ne 1\n");
    assert_ok(open_as(&set, state, "n", NULL, NULL));
    assert_string_equal(set->samples[0].name, "val/d.jpg");
    assert_string_equal(set->samples[1].name, "val/e.PNG");
    rq_dataset_close(&set);
    write_text(state, "n/val.txt", "a.JPEG 3\n");
    assert_fails(open_as(&set, state, "n", NULL, NULL), RQ_EFORMAT, "val.txt:1: '3' is neither");
    write_text(state, "n/val.txt", "c.JPEG 0\n");
    assert_fails(open_as(&set, state, "n", NULL, NULL), RQ_EFORMAT, "no image 'c.JPEG'");
    remove(scratch_path(state, "n/val.txt"));
    write_text(state, "n/LOC_val_solution.csv",
               "ImageId,PredictionString\nb,n02 1 2 3 4 n01 5 6\n");
    assert_ok(open_as(&set, state, "n", NULL, NULL));
    assert_int_equal(set->n, 1);
    assert_int_equal(set->samples[0].label, 0);
    rq_dataset_close(&set);
    remove(scratch_path(state, "n/LOC_val_solution.csv"));
    assert_fails(open_as(&set, state, "n", NULL, NULL), RQ_EFORMAT, "folders of synsets");
    write_text(state, "n/val/n00000003/c.JPEG", "x");
    assert_ok(open_as(&set, state, "n", NULL, NULL));
    assert_int_equal(set->samples[0].label, 2);
    rq_dataset_close(&set);
}

static void tables(void **state)
{
    rq_dataset *set;
    rq_prediction a = {0};
    write_text(state, "1.jpg", "x");
    write_text(state, "a,b.jpg", "x");
    write_text(state, "t.csv", "\"a,b.jpg\",dog\n1.jpg,cat\n");
    assert_ok(open_as(&set, state, "t.csv", NULL, NULL));
    assert_true(set->labelled);
    assert_string_equal(set->samples[0].name, "a,b.jpg");
    assert_string_equal(set->class_names[set->samples[0].label], "dog");
    rq_dataset_close(&set);
    write_text(state, "t.tsv", "Text\tfile\tleft\tright\n\xE6\x96\x87 \"\"\t1.jpg\t1.5\t-2\n");
    assert_ok(open_as(&set, state, "t.tsv", NULL, NULL));
    assert_int_equal(set->truths, RQ_PREDICTION_TEXT | RQ_PREDICTION_VALUES);
    load(&a, set, 0, 1, 1);
    assert_int_equal(a.n_symbols, 4);
    assert_int_equal(a.symbols[0], 0x6587);
    assert_int_equal(a.n_values, 2);
    assert_true(a.values[0] == 1.5f && a.values[1] == -2);
    rq_dataset_close(&set);
    write_text(
        state, "t.csv",
        "image;label;xmin;ymin;xmax;ymax\n1.jpg;b;1;2;3;4\n\"a,b.jpg\";;;;;\n1.jpg;a;5;6;7;8\n");
    assert_ok(open_as(&set, state, "t.csv", NULL, NULL));
    assert_int_equal(set->n, 2);
    assert_false(set->labelled);
    load(&a, set, 0, 10, 10);
    assert_int_equal(a.n_boxes, 2);
    assert_box(&a.boxes[0], 1, 0, 1, 2, 3, 4);
    assert_box(&a.boxes[1], 0, 0, 5, 6, 7, 8);
    load(&a, set, 1, 10, 10);
    assert_int_equal(a.n_boxes, 0);
    rq_dataset_close(&set);
    static const struct {
        const char *text, *message;
    } broken[] = {
        {"", "is empty"},
        {"1.jpg,a\n1.jpg\n", "t.csv:2: 1 columns, expected 2"},
        {"\"1.jpg,a\n", "t.csv:1: a quote"},
        {"2.jpg,a\n", "t.csv:1: no image"},
        {"path,image\n", "same meaning"},
        {"path,xmin\n", "boxes need"},
        {"path,x,y\n1.jpg,1,z\n", "'z' is not a number"},
        {"path,xmin,ymin,xmax,ymax\n1.jpg,1,2,3,q\n", "not a number"},
        {"1.jpg,a\n1.jpg,3\n", "is a number, in line 1 it is a name"},
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        write_text(state, "t.csv", broken[i].text);
        assert_fails(open_as(&set, state, "t.csv", NULL, NULL), RQ_EFORMAT, broken[i].message);
    }
    rq_prediction_free(&a);
}

static void shuffling_is_a_seeded_permutation(void **state)
{
    rq_dataset *set;
    char name[32];
    bool seen[50] = {0}, moved = false;
    for (int i = 0; i < 50; i++) {
        snprintf(name, sizeof name, "s/%02d.jpg", i);
        write_text(state, name, "x");
    }
    int first[50];
    for (int round = 0; round < 2; round++) {
        assert_ok(open_as(&set, state, "s", NULL, NULL));
        assert_ok(rq_dataset_shuffle(set, 5));
        for (int i = 0; i < 50; i++) {
            int at = atoi(set->samples[i].name);
            if (round) assert_int_equal(at, first[i]);
            first[i] = at;
            seen[at] = true;
            moved |= at != i;
        }
        rq_dataset_close(&set);
    }
    for (int i = 0; i < 50; i++) assert_true(seen[i]);
    assert_true(moved);
}

int main(void)
{
#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(voc),         IN_FOLDER(broken_voc),
        IN_FOLDER(coco),        IN_FOLDER(broken_coco),
        IN_FOLDER(yolo),        IN_FOLDER(yolo_yaml),
        IN_FOLDER(broken_yaml), IN_FOLDER(wider_face),
        IN_FOLDER(masks),       IN_FOLDER(class_maps),
        IN_FOLDER(pairs),       IN_FOLDER(imagenet),
        IN_FOLDER(tables),      IN_FOLDER(shuffling_is_a_seeded_permutation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
