/* A data set: the first line names its kind, what follows is the file that describes it. The images
 * are there already; of that file only the name is in the folder. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/memory_files.h"

#include "datasets/dataset.h"

#include <stdio.h>
#include <string.h>

static const struct layout {
    const char *kind, *data, *images[2], *file;
} layouts[] = {
    {"voc", "v", {"v/JPEGImages/1.jpg", "v/JPEGImages/2.jpg"}, "v/Annotations/1.xml"},
    {"voc", "v", {"v/JPEGImages/1.jpg", NULL}, "v/ImageSets/Main/val.txt"},
    {"coco", "c", {"c/val2017/a.jpg", "c/val2017/b.jpg"}, "c/annotations/instances_val2017.json"},
    {"coco-ids", "i", {"i/a.jpg", "i/b.jpg"}, "i/i.json"},
    {"yolo", "y", {"y/images/val/1.jpg", "y/images/val/2.jpg"}, "y/labels/val/1.txt"},
    {"yolo", "z", {"z/images/val/1.jpg", NULL}, "z/classes.txt"},
    {"wider-face",
     "w",
     {"w/WIDER_val/images/0--Parade/1.jpg", "w/WIDER_val/images/0--Parade/2.jpg"},
     "w/wider_face_split/wider_face_val_bbx_gt.txt"},
    {"masks", "m", {"m/images/1.jpg", NULL}, "m/masks/1.png"},
    {"pairs", "p", {"p/lr/1.png", NULL}, "p/hr/1.png"},
    {"imagenet", "n", {"n/val/a.JPEG", "n/val/b.JPEG"}, "n/val.txt"},
    {"imagenet", "o", {"o/val/a.JPEG", "o/val/b.JPEG"}, "o/synset_words.txt"},
    {"csv", "t/t.csv", {"t/1.jpg", "t/2.jpg"}, "t/t.csv"},
    {"csv", "s/t.tsv", {"s/1.jpg", "s/2.jpg"}, "s/t.tsv"},
    {"list", "l/l.txt", {"l/1.jpg", "l/2.jpg"}, "l/l.txt"},
    {"tensors", "x", {"x/1.npy", NULL}, "x/labels.txt"},
};
enum { N = sizeof layouts / sizeof *layouts };
static bool made[N];

static void list(const rq_dataset_options *options)
{
    rq_dataset *dataset;
    if (rq_dataset_open(&dataset, options) != RQ_OK) return;
    (void)rq_dataset_subset(dataset, 1, 3);
    rq_dataset_close(&dataset);
}

static void make(const struct layout *layout)
{
    for (size_t i = 0; i < 2 && layout->images[i]; i++) fuzz_write(layout->images[i], "x", 1);
    fuzz_write(layout->file, "", 0);
    made[layout - layouts] = true;
}

/* "kind" or "kind classes": what --map-classes says. */
static void open(const struct layout *layout, const char *map, const uint8_t *data, size_t size)
{
    char folder[512], labels[512];
    if (!made[layout - layouts]) make(layout);
    fuzz_give(layout->file, data, size);
    snprintf(folder, sizeof folder, "%s", fuzz_path(layout->data));
    list(&(rq_dataset_options){.data = folder, .format = layout->kind, .map_classes = map});
    snprintf(labels, sizeof labels, "%s", fuzz_path(layout->file));
    list(&(rq_dataset_options){.data = folder, .labels = labels});
}

void fuzz_one(const uint8_t *data, size_t size)
{
    char line[64], *map;
    const uint8_t *rest;
    size_t n;
    fuzz_line(line, sizeof line, data, size, &rest, &n);
    map = strchr(line, ' ');
    if (map) *map++ = '\0';
    for (size_t i = 0; i < N; i++)
        if (!strcmp(layouts[i].kind, line)) open(&layouts[i], map, rest, n);
}
