/* WIDER FACE: wider_face_split/wider_face_SPLIT_bbx_gt.txt, WIDER_SPLIT/images. For each image its
 * path, the number of faces, and so many lines "x y w h blur expression illumination invalid
 * occlusion pose" (one line of zeros where there are none). Invalid faces count as difficult.
 * Source: the readme.txt that comes with it. */
#include "datasets/dataset_fill.h"
#include "datasets/dataset_kind.h"
#include "datasets/image/decode.h"
#include "datasets/listing.h"
#include "engine/base/file.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS = 10, INVALID = 7 };

static bool probe(const char *data)
{
    return rq_is_dir(data) && rq_has_dir(data, "wider_face_split");
}

typedef struct reader {
    rq_dataset *dataset;
    const char *file, *folder;
    rq_names lines;
    size_t at;
} reader;

static rq_status fail(const reader *r, const char *what)
{
    return rq_fail(RQ_EFORMAT, "%s:%zu: %s", r->file, r->at + 1, what);
}

static const char *line_of(const reader *r)
{
    return r->at < r->lines.n ? r->lines.names[r->at] : NULL;
}

static rq_status read_face(reader *r, rq_annotation *annotation, size_t *capacity)
{
    double x[COLUMNS];
    size_t n;
    const char *line = line_of(r);
    if (!line || !rq_parse_f64_list(line, x, COLUMNS, &n) || n < 4)
        return fail(r, "expected 'x y w h ...' of a face");
    r->at++;
    if (!(x[2] > 0) || !(x[3] > 0)) return RQ_OK;
    rq_box box = {.flags = n > INVALID && x[INVALID] != 0 ? RQ_BOX_DIFFICULT : 0,
                  .score = 1,
                  .area = -1,
                  .x0 = x[0],
                  .y0 = x[1],
                  .x1 = x[0] + x[2],
                  .y1 = x[1] + x[3]};
    return rq_annotation_add_box(annotation, capacity, r->dataset, &box);
}

static rq_status read_image(reader *r)
{
    rq_annotation *annotation;
    size_t capacity = 0;
    int64_t faces;
    const char *name =
        rq_arena_printf(r->dataset->arena, "%s/%s", r->folder, r->lines.names[r->at]);
    if (!name) return RQ_ENOMEM;
    RQ_TRY(rq_dataset_add_file(r->dataset, name, r->file));
    RQ_TRY(rq_dataset_annotate(&annotation, r->dataset, RQ_PREDICTION_BOXES));
    r->at++;
    if (!line_of(r) || !rq_parse_i64(line_of(r), &faces) || faces < 0)
        return fail(r, "expected a number of faces");
    r->at++;
    const char *next = line_of(r);
    if (faces == 0 && (!next || rq_decode_is_image_name(next))) return RQ_OK;
    for (int64_t i = 0; i < (faces ? faces : 1); i++) RQ_TRY(read_face(r, annotation, &capacity));
    return RQ_OK;
}

static rq_status read(rq_dataset *dataset, const char *data, const char *split)
{
    static const char *const face[] = {"face"};
    reader r = {.dataset = dataset};
    rq_arena *arena = dataset->arena;
    const char *wanted = split ? split : "val";
    RQ_TRY(rq_dataset_set_root(dataset, data));
    r.file = rq_arena_printf(arena, "%s/wider_face_split/wider_face_%s_bbx_gt.txt", dataset->root,
                             wanted);
    r.folder = rq_arena_printf(arena, "WIDER_%s/images", wanted);
    if (!r.file || !r.folder) return RQ_ENOMEM;
    RQ_TRY(rq_list_lines(&r.lines, arena, r.file));
    while (r.at < r.lines.n) RQ_TRY(read_image(&r));
    dataset->class_names = face;
    dataset->n_classes = 1;
    return RQ_OK;
}

extern const rq_dataset_kind rq_dataset_wider;
const rq_dataset_kind rq_dataset_wider = {
    .name = "wider-face",
    .help = "WIDER FACE: wider_face_split/*_bbx_gt.txt, WIDER_SPLIT/images",
    .probe = probe,
    .read = read,
    .has_splits = true,
};
