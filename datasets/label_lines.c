#include "datasets/label_lines.h"

#include "datasets/arrays/arrays.h"
#include "datasets/image/decode.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

#define MAX_BYTES ((size_t)256 << 20)
#define BLANKS " \t\r"

/* Cuts blanks off both ends, in place. */
static char *trim(char *text)
{
    text += strspn(text, BLANKS);
    size_t length = strlen(text);
    while (length && strchr(BLANKS, text[length - 1])) length--;
    text[length] = '\0';
    return text;
}

static void split(rq_label_line *line, char *text)
{
    *line = (rq_label_line){.path = text, .line = line->line, .label = RQ_UNLABELLED};
    if (!rq_decode_is_image_name(text) && !rq_arrays_is_name(text)) {
        size_t at = strlen(text);
        while (at && !strchr(BLANKS, text[at - 1])) at--;
        if (at) {
            line->class_text = text + at;
            text[at - 1] = '\0';
            trim(text);
        }
    }
    if (rq_starts_with(line->path, "./")) line->path += 2;
}

static size_t count_lines(const char *text)
{
    size_t n = 1;
    for (; *text; text++) n += *text == '\n';
    return n;
}

static rq_status split_all(rq_label_lines *out, rq_arena *arena, char *text)
{
    out->lines = rq_arena_alloc(arena, count_lines(text), sizeof *out->lines);
    if (!out->lines) return RQ_ENOMEM;
    text += rq_byte_order_mark(text);
    size_t number = 0;
    for (char *rest = text, *one; (one = strsep(&rest, "\n"));) {
        number++;
        one = trim(one);
        if (one[0] == '\0' || one[0] == '#') continue;
        out->lines[out->n].line = number;
        split(&out->lines[out->n++], one);
    }
    return RQ_OK;
}

rq_status rq_label_lines_read(rq_label_lines *out, rq_arena *arena, const char *file)
{
    char *text;
    size_t size;
    *out = (rq_label_lines){.file = file};
    RQ_TRY(rq_read_file(&text, &size, file, MAX_BYTES));
    bool binary = memchr(text, '\0', size) != NULL;
    char *kept = binary ? NULL : rq_arena_strdup(arena, text);
    free(text);
    if (binary) return rq_fail(RQ_EFORMAT, "%s: not a text file (it contains a zero byte)", file);
    if (!kept) return RQ_ENOMEM;
    return split_all(out, arena, kept);
}

static bool parse_index(const char *text, int32_t *out)
{
    int64_t x;
    if (!rq_parse_i64(text, &x) || x < 0 || x >= RQ_MAX_CLASSES) return false;
    *out = (int32_t)x;
    return true;
}

static bool looks_numeric(const char *text)
{
    double x;
    return rq_parse_f64(text, &x);
}

static rq_status number_by_index(rq_label_lines *lines, rq_dataset *dataset)
{
    int32_t classes = 0;
    for (size_t i = 0; i < lines->n; i++) {
        rq_label_line *line = &lines->lines[i];
        if (!parse_index(line->class_text, &line->label))
            return rq_fail(
                RQ_EFORMAT, "%s:%zu: class '%s' is not an index in [0, %d), as in line %zu",
                lines->file, line->line, line->class_text, RQ_MAX_CLASSES, lines->lines[0].line);
        if (line->label >= classes) classes = line->label + 1;
    }
    if (dataset->class_names && classes > dataset->n_classes) dataset->class_names = NULL;
    if (!dataset->class_names) dataset->n_classes = classes;
    return RQ_OK;
}

/* The sorted, distinct class texts become the class names. */
static rq_status collect_names(const rq_label_lines *lines, rq_dataset *dataset)
{
    const char **names = rq_arena_alloc(dataset->arena, lines->n, sizeof *names);
    if (!names) return RQ_ENOMEM;
    size_t kept = 0;
    for (size_t i = 0; i < lines->n; i++) names[i] = lines->lines[i].class_text;
    if (lines->n) qsort(names, lines->n, sizeof *names, rq_by_text);
    for (size_t i = 0; i < lines->n; i++)
        if (kept == 0 || strcmp(names[kept - 1], names[i]) != 0) names[kept++] = names[i];
    dataset->class_names = names;
    dataset->n_classes = dataset->n_sorted_names = (int32_t)kept;
    return RQ_OK;
}

bool rq_label_lines_use_names(const rq_label_lines *lines, const rq_dataset *dataset)
{
    const rq_class_names names = {dataset->class_names, (size_t)dataset->n_classes};
    for (size_t i = 0; names.v && i < lines->n; i++) {
        const char *text = lines->lines[i].class_text;
        if (text && !looks_numeric(text) && rq_class_names_find(&names, text) >= 0) return true;
    }
    return false;
}

/* The lines' classes, by their names; *unknown: the first line whose class is none of these, NULL
 * where all are; *any: whether one is. */
static rq_status find_classes(const rq_label_line **unknown, bool *any, rq_label_lines *lines,
                              const rq_class_names *names)
{
    rq_map *classes;
    *unknown = NULL;
    *any = false;
    RQ_TRY(rq_class_names_index(&classes, names));
    for (size_t i = 0; i < lines->n; i++) {
        rq_label_line *line = &lines->lines[i];
        uint32_t found = rq_map_get(classes, line->class_text);
        if (found != RQ_NONE) {
            line->label = (int32_t)found;
            *any = true;
        } else if (!*unknown) {
            *unknown = line;
        }
    }
    rq_map_destroy(&classes);
    return RQ_OK;
}

static rq_status check_model_names(const rq_label_lines *lines, const rq_dataset *dataset)
{
    bool *checked = rq_arena_alloc(dataset->arena, dataset->model_names.n, sizeof *checked);
    if (!checked) return RQ_ENOMEM;
    for (size_t i = 0; i < lines->n; i++) {
        const rq_label_line *line = &lines->lines[i];
        if (checked[line->label]) continue;
        checked[line->label] = true;
        int32_t next = rq_class_names_next(&dataset->model_names, line->label);
        if (next >= 0)
            return rq_fail(RQ_EFORMAT,
                           "%s:%zu: '%s' is the name of class %d and of class %d: give their "
                           "numbers, or names that differ",
                           lines->file, line->line, line->class_text, line->label, next);
    }
    return RQ_OK;
}

/* The data set's own names, in their order. */
static rq_status number_by_own_names(rq_label_lines *lines, rq_dataset *dataset)
{
    const rq_label_line *unknown;
    bool any;
    if (!dataset->class_names) RQ_TRY(collect_names(lines, dataset));
    if (dataset->by_folder) dataset->n_sorted_names = dataset->n_classes;
    const rq_class_names names = {dataset->class_names, (size_t)dataset->n_classes};
    RQ_TRY(find_classes(&unknown, &any, lines, &names));
    if (!unknown) return RQ_OK;
    return rq_fail(RQ_EFORMAT, "%s:%zu: '%s' is neither an index nor a class folder", lines->file,
                   unknown->line, unknown->class_text);
}

static rq_status number_by_name(rq_label_lines *lines, rq_dataset *dataset)
{
    const rq_class_names *names = &dataset->model_names;
    const rq_label_line *unknown;
    bool any;
    RQ_TRY(find_classes(&unknown, &any, lines, names));
    if (!unknown) {
        dataset->class_names = names->v;
        dataset->n_classes = (int32_t)names->n;
        return check_model_names(lines, dataset);
    }
    if (any && !dataset->class_names)
        return rq_fail(RQ_EFORMAT, "%s:%zu: '%s' is none of the %zu names of the model's classes",
                       lines->file, unknown->line, unknown->class_text, names->n);
    return number_by_own_names(lines, dataset);
}

/* The first line decides between indices and names; a mixture is a mistake, not a third way. */
rq_status rq_label_lines_number(rq_label_lines *lines, rq_dataset *dataset)
{
    bool named = false;
    for (size_t i = 0; i < lines->n; i++) {
        const rq_label_line *line = &lines->lines[i];
        if (!line->class_text)
            return rq_fail(RQ_EFORMAT, "%s:%zu: '%s' has no class; expected 'path class'",
                           lines->file, line->line, line->path);
        if (i == 0) named = !looks_numeric(line->class_text);
        if (named && looks_numeric(line->class_text))
            return rq_fail(RQ_EFORMAT, "%s:%zu: class '%s' is a number, in line %zu it is a name",
                           lines->file, line->line, line->class_text, lines->lines[0].line);
    }
    dataset->labelled = true;
    return named ? number_by_name(lines, dataset) : number_by_index(lines, dataset);
}
