/* Tables with a column of paths, separated by commas, semicolons or tabs. A first line of names
 * says what columns are:
 *     path, image, file, filename     the image, relative to the table's folder
 *     class, label                    its class, a number or a name
 *     text                            what is written in it
 *     xmin, ymin, xmax, ymax          a box (with its class); an image may have many lines
 *     others                          true values, in their order
 * Without such a line the first column is the path; a second alone is the class, several are
 * values. Fields may be quoted, "" within for a quote. */
#include "datasets/class_table.h"
#include "datasets/dataset_fill.h"
#include "datasets/dataset_kind.h"
#include "datasets/label_lines.h"
#include "datasets/image/decode.h"
#include "datasets/listing.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MAX_COLUMNS = 256 };

typedef enum role { VALUE, PATH, CLASS, TEXT, XMIN, YMIN, XMAX, YMAX, ROLES } role;

static const struct {
    const char *name;
    role role;
} known_names[] = {{"path", PATH},   {"image", PATH},  {"file", PATH}, {"filename", PATH},
                   {"class", CLASS}, {"label", CLASS}, {"text", TEXT}, {"xmin", XMIN},
                   {"ymin", YMIN},   {"xmax", XMAX},   {"ymax", YMAX}};

typedef struct table {
    rq_dataset *dataset;
    const char *file;
    char separator;
    role roles[MAX_COLUMNS];
    size_t n_columns;
    int at[ROLES]; /* the column of a role; -1: none. Of VALUE: whether there are any */
    size_t line;
    char *fields[MAX_COLUMNS];
    rq_map *samples;          /* path -> sample, for tables of boxes */
    size_t *capacity;         /* of boxes, by sample */
    size_t capacity_capacity; /* of that list */
    rq_class_table classes;   /* of boxes */
    rq_label_lines labels;    /* of samples */
} table;

static rq_status fail(const table *t, const char *what)
{
    return rq_fail(RQ_EFORMAT, "%s:%zu: %s", t->file, t->line, what);
}

/* -- lines ---------------------------------------------------------------------------------- */

/* Cuts a quoted field; returns what follows it, NULL when the quote does not end. */
static char *unquote(char *field)
{
    char *to = field, *from = field + 1;
    for (; *from; from++) {
        if (*from == '"' && *++from != '"') {
            *to = '\0';
            return from;
        }
        *to++ = *from;
    }
    return NULL;
}

/* In place. */
static rq_status split_line(table *t, char *line, size_t *n)
{
    *n = 0;
    for (char *at = line; at;) {
        if (*n == MAX_COLUMNS) return fail(t, "too many columns");
        t->fields[(*n)++] = at;
        char *rest = *at == '"' ? unquote(at) : at;
        if (!rest) return fail(t, "a quote without its end");
        at = strchr(rest, t->separator);
        if (at) *at++ = '\0';
    }
    return RQ_OK;
}

static char find_separator(const char *line)
{
    return strchr(line, '\t') ? '\t' : strchr(line, ';') ? ';' : ',';
}

static role role_of(const char *name)
{
    for (size_t i = 0; i < sizeof known_names / sizeof *known_names; i++)
        if (strcasecmp(name, known_names[i].name) == 0) return known_names[i].role;
    return VALUE;
}

static rq_status take_roles(table *t, bool header)
{
    bool found = false;
    for (int i = 0; i < ROLES; i++) t->at[i] = -1;
    for (size_t i = 0; i < t->n_columns; i++) {
        role r = header ? role_of(t->fields[i]) : i == 0 ? PATH : t->n_columns == 2 ? CLASS : VALUE;
        if (r != VALUE && t->at[r] >= 0) return fail(t, "two columns of the same meaning");
        t->roles[i] = r;
        t->at[r] = (int)i;
    }
    for (int i = XMIN; i <= YMAX; i++) found |= t->at[i] >= 0;
    for (int i = XMIN; i <= YMAX; i++)
        if (found && t->at[i] < 0) return fail(t, "boxes need xmin, ymin, xmax and ymax");
    return RQ_OK;
}

static bool is_header(const char *first)
{
    return role_of(first) == PATH;
}

/* -- what a line says ----------------------------------------------------------------------- */

static rq_status add_sample(table *t)
{
    char where[4096];
    snprintf(where, sizeof where, "%s:%zu", t->file, t->line);
    return rq_dataset_add_file(t->dataset, t->fields[t->at[PATH]], where);
}

static rq_status add_label(table *t, const char *text)
{
    rq_label_line *line = &t->labels.lines[t->labels.n++];
    *line = (rq_label_line){.path = t->dataset->samples[t->dataset->n - 1].name,
                            .class_text = rq_arena_strdup(t->dataset->arena, text),
                            .line = t->line,
                            .label = RQ_UNLABELLED};
    return line->class_text ? RQ_OK : RQ_ENOMEM;
}

static rq_status add_values(table *t, rq_annotation *annotation)
{
    float *values = rq_arena_alloc(t->dataset->arena, t->n_columns, sizeof *values);
    double x;
    if (!values) return RQ_ENOMEM;
    for (size_t i = 0; i < t->n_columns; i++) {
        if (t->roles[i] != VALUE) continue;
        if (!rq_parse_f64(t->fields[i], &x))
            return rq_fail(RQ_EFORMAT, "%s:%zu: '%.40s' is not a number", t->file, t->line,
                           t->fields[i]);
        values[annotation->n_values++] = (float)x;
    }
    annotation->values = values;
    return RQ_OK;
}

/* A table of one line per image. */
static rq_status take_line(table *t)
{
    rq_annotation *annotation;
    unsigned has = (t->at[VALUE] >= 0 ? RQ_PREDICTION_VALUES : 0) |
                   (t->at[TEXT] >= 0 ? RQ_PREDICTION_TEXT : 0);
    RQ_TRY(add_sample(t));
    if (t->at[CLASS] >= 0) RQ_TRY(add_label(t, t->fields[t->at[CLASS]]));
    if (!has) return RQ_OK;
    RQ_TRY(rq_dataset_annotate(&annotation, t->dataset, has));
    if (t->at[TEXT] >= 0) {
        annotation->text = rq_arena_strdup(t->dataset->arena, t->fields[t->at[TEXT]]);
        if (!annotation->text) return RQ_ENOMEM;
    }
    return t->at[VALUE] >= 0 ? add_values(t, annotation) : RQ_OK;
}

static rq_status find_sample(table *t, uint32_t *out)
{
    rq_annotation *annotation;
    const char *path = t->fields[t->at[PATH]];
    *out = rq_map_get(t->samples, path);
    if (*out != RQ_NONE) return RQ_OK;
    *out = (uint32_t)t->dataset->n;
    RQ_TRY(rq_grow(&t->capacity, &t->capacity_capacity, *out, sizeof *t->capacity, "boxes"));
    t->capacity[*out] = 0;
    RQ_TRY(add_sample(t));
    RQ_TRY(rq_dataset_annotate(&annotation, t->dataset, RQ_PREDICTION_BOXES));
    return rq_map_put(t->samples, path, *out);
}

/* A table of one line per box; a line with empty corners names an image without boxes. */
static rq_status take_box(table *t)
{
    uint32_t sample;
    double x[4];
    RQ_TRY(find_sample(t, &sample));
    if (!*t->fields[t->at[XMIN]]) return RQ_OK;
    for (int i = 0; i < 4; i++)
        if (!rq_parse_f64(t->fields[t->at[XMIN + i]], &x[i]))
            return fail(t, "a corner that is not a number");
    rq_box box = {.score = 1, .area = -1, .x0 = x[0], .y0 = x[1], .x1 = x[2], .y1 = x[3]};
    const char *name = t->at[CLASS] >= 0 ? t->fields[t->at[CLASS]] : "0";
    RQ_TRY(rq_class_table_get(&box.class_id, &t->classes, t->dataset, name));
    rq_annotation *annotation = (rq_annotation *)t->dataset->samples[sample].truth;
    return rq_annotation_add_box(annotation, &t->capacity[sample], t->dataset, &box);
}

/* -- all ------------------------------------------------------------------------------------ */

/* Lines and samples are the same in number and order. */
static rq_status number_labels(table *t)
{
    RQ_TRY(rq_label_lines_number(&t->labels, t->dataset));
    for (size_t i = 0; i < t->labels.n; i++)
        t->dataset->samples[i].label = t->labels.lines[i].label;
    return RQ_OK;
}

static rq_status read_rows(table *t, const rq_names *lines, size_t first)
{
    bool boxes = t->at[XMIN] >= 0;
    for (size_t i = first; i < lines->n; i++) {
        size_t n;
        t->line = i + 1;
        if (!*lines->names[i]) continue;
        RQ_TRY(split_line(t, (char *)lines->names[i], &n));
        if (n != t->n_columns)
            return rq_fail(RQ_EFORMAT, "%s:%zu: %zu columns, expected %zu", t->file, t->line, n,
                           t->n_columns);
        RQ_TRY(boxes ? take_box(t) : take_line(t));
    }
    if (boxes) return rq_class_table_settle(&t->classes, t->dataset, NULL, 0);
    return t->at[CLASS] >= 0 ? number_labels(t) : RQ_OK;
}

static rq_status read_table(table *t)
{
    rq_names lines;
    rq_arena *arena = t->dataset->arena;
    RQ_TRY(rq_list_lines(&lines, arena, t->file));
    if (lines.n == 0) return rq_fail(RQ_EFORMAT, "%s: is empty", t->file);
    t->line = 1;
    t->separator = find_separator(lines.names[0]);
    char *first = rq_arena_strdup(arena, lines.names[0]);
    t->labels = (rq_label_lines){.file = t->file};
    t->labels.lines = rq_arena_alloc(arena, lines.n, sizeof *t->labels.lines);
    if (!first || !t->labels.lines) return RQ_ENOMEM;
    RQ_TRY(split_line(t, first, &t->n_columns));
    bool header = false;
    for (size_t i = 0; i < t->n_columns; i++) header |= is_header(t->fields[i]);
    RQ_TRY(take_roles(t, header));
    RQ_TRY(rq_map_create(&t->samples));
    return read_rows(t, &lines, header ? 1 : 0);
}

static rq_status read(rq_dataset *dataset, const char *data, const char *split)
{
    table t = {.dataset = dataset, .file = data};
    char *folder = rq_path_dir(data);
    (void)split;
    if (!folder) return rq_fail_memory(strlen(data), "a path");
    rq_status status = rq_dataset_set_root(dataset, folder);
    free(folder);
    if (status == RQ_OK) status = read_table(&t);
    rq_map_destroy(&t.samples);
    free(t.capacity);
    rq_class_table_close(&t.classes);
    return status;
}

static bool probe(const char *data)
{
    return rq_is_file(data) && (rq_ends_with(data, ".csv") || rq_ends_with(data, ".tsv"));
}

extern const rq_dataset_kind rq_dataset_csv;
const rq_dataset_kind rq_dataset_csv = {
    .name = "csv",
    .help = "a table (.csv, .tsv) with a column of paths and classes, texts, boxes or values",
    .probe = probe,
    .read = read,
};
