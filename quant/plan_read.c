/* plan.json into rq_plan_file: its lists, and the whole. */
#include "engine/base/map.h"
#include "quant/plan_json.h"
#include "quant/plan_read_parts.h"

#include <stdio.h>
#include <string.h>

#define FORMAT "requant plan"
#define ENTRY_TEXT 320 /* "weights[3], layer '...'" */

static const char *const root_keys[] = {"format",   "version",     "model",   "model_digest",
                                        "settings", "activations", "weights", "ignored_layers",
                                        "kept",     "equalized",   "runtime", NULL};

/* -- lists ---------------------------------------------------------------------------------- */

/* The entry at `i` of a list, named by the list and the text under `label` once that is known. */
static rq_required_object entry_at(char text[ENTRY_TEXT], const rq_plan_file *file,
                                   const rq_json *list, const char *list_name, size_t i,
                                   const char *label)
{
    const rq_json *object = rq_json_at(list, i);
    const char *name = rq_json_as_string(rq_json_get(object, label), NULL);
    if (name)
        snprintf(text, ENTRY_TEXT, "%s[%zu], %s '%.200s'", list_name, i, label, name);
    else
        snprintf(text, ENTRY_TEXT, "%s[%zu]", list_name, i);
    return (rq_required_object){object, file->path, text};
}

typedef struct list_kind {
    const char *name, *old; /* the list's key, and that of version 1 */
    const char *label;      /* the key that names an entry */
    size_t size;            /* of one entry */
    rq_status (*read)(void *entry, const rq_required_object *at, rq_arena *arena);
} list_kind;

static const list_kind activation_list = {"activations", "activations", "value",
                                          sizeof(rq_plan_file_activation), rq_plan_read_activation};
static const list_kind weight_list = {"weights", "weights", "layer", sizeof(rq_plan_file_weight),
                                      rq_plan_read_weight};
static const list_kind ignored_list = {"ignored_layers", "kept", "layer",
                                       sizeof(rq_plan_file_ignored), rq_plan_read_ignored};
static const list_kind equalization_list = {"equalized", "equalized", "value",
                                            sizeof(rq_plan_file_equalization),
                                            rq_plan_read_equalization};

static rq_status read_list(void *out, size_t *n, const rq_plan_file *file,
                           const rq_required_object *root, const list_kind *kind)
{
    rq_json *list;
    char text[ENTRY_TEXT];
    const char *key = rq_plan_read_key(root, kind->name, kind->old);
    RQ_TRY(rq_require_array(&list, root, key));
    char *entries = rq_arena_alloc(file->arena, rq_json_length(list), kind->size);
    if (!entries) return RQ_ENOMEM;
    *n = rq_json_length(list);
    for (size_t i = 0; i < *n; i++) {
        rq_required_object at = entry_at(text, file, list, key, i, kind->label);
        RQ_TRY(kind->read(entries + i * kind->size, &at, file->arena));
    }
    memcpy(out, &entries, sizeof entries); /* a pointer to the list's own type lies there */
    return RQ_OK;
}

/* -- the whole ------------------------------------------------------------------------------ */

static rq_status check_format(const rq_required_object *root)
{
    const char *format = rq_json_as_string(rq_json_get(root->object, "format"), NULL);
    int64_t version;
    if (!rq_json_is_object(root->object) || !format || strcmp(format, FORMAT) != 0)
        return rq_fail(RQ_EFORMAT, "%s: is not a plan: \"format\" is %s, expected \"" FORMAT "\"",
                       root->path, format ? format : "missing");
    RQ_TRY(rq_require_integer(&version, root, "version", 1, RQ_PLAN_VERSION));
    RQ_TRY(rq_require_object(root, root_keys));
    return rq_plan_read_refuse_both(root);
}

/* An entry that is there twice would leave open which one counts. */
static rq_status note_once(rq_map *seen, const rq_plan_file *file, const char *list, size_t i,
                           const char *name)
{
    if (!name) return RQ_ENOMEM;
    if (rq_map_get(seen, name) != RQ_NONE)
        return rq_fail(RQ_EFORMAT, "%s: %s[%zu]: '%s' occurs twice", file->path, list, i, name);
    return rq_map_put(seen, name, (uint32_t)i);
}

static rq_status refuse_twice(const rq_plan_file *file)
{
    rq_map *values = NULL, *layers = NULL, *moved = NULL;
    rq_status status = rq_map_create(&values);
    if (status == RQ_OK) status = rq_map_create(&moved);
    if (status == RQ_OK) status = rq_map_create(&layers);
    for (size_t i = 0; status == RQ_OK && i < file->n_activations; i++)
        status = note_once(values, file, "activations", i, file->activations[i].value);
    for (size_t i = 0; status == RQ_OK && i < file->n_equalizations; i++)
        status = note_once(moved, file, "equalized", i, file->equalizations[i].value);
    for (size_t i = 0; status == RQ_OK && i < file->n_weights; i++) {
        const rq_plan_file_weight *w = &file->weights[i];
        status = note_once(layers, file, "weights", i,
                           rq_arena_printf(file->arena, "%s:%u", w->layer, w->port));
    }
    rq_map_destroy(&layers);
    rq_map_destroy(&moved);
    rq_map_destroy(&values);
    return status;
}

static rq_status read_root(rq_plan_file *file, const rq_json *json)
{
    rq_required_object root = {json, file->path, ""};
    RQ_TRY(check_format(&root));
    RQ_TRY(rq_require_string(&file->model, &root, "model", file->arena));
    RQ_TRY(rq_require_string(&file->digest, &root, "model_digest", file->arena));
    RQ_TRY(rq_plan_read_settings(file, &root));
    if (rq_require_has(&root, "runtime"))
        RQ_TRY(rq_require_string(&file->runtime, &root, "runtime", file->arena));
    RQ_TRY(read_list(&file->activations, &file->n_activations, file, &root, &activation_list));
    RQ_TRY(read_list(&file->weights, &file->n_weights, file, &root, &weight_list));
    RQ_TRY(read_list(&file->ignored, &file->n_ignored, file, &root, &ignored_list));
    if (rq_require_has(&root, "equalized"))
        RQ_TRY(read_list(&file->equalizations, &file->n_equalizations, file, &root,
                         &equalization_list));
    return refuse_twice(file);
}

rq_status rq_plan_file_read(rq_plan_file **out, const char *path)
{
    rq_json *json = NULL;
    rq_plan_file *file;
    *out = NULL;
    RQ_TRY(rq_calloc(&file, 1, sizeof *file, "a plan file"));
    rq_status status = rq_arena_create(&file->arena);
    if (status == RQ_OK && !(file->path = rq_arena_strdup(file->arena, path))) status = RQ_ENOMEM;
    if (status == RQ_OK) status = rq_json_load(&json, path);
    if (status == RQ_OK) status = read_root(file, json);
    rq_json_free(&json);
    if (status != RQ_OK) rq_plan_file_destroy(&file);
    *out = file;
    return status;
}
