#include "datasets/class_names.h"

#include "datasets/annotation.h"
#include "datasets/listing.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

const char *rq_class_name(const rq_class_names *names, int64_t class_id)
{
    return class_id >= 0 && (uint64_t)class_id < names->n ? names->v[class_id] : NULL;
}

int32_t rq_class_names_find(const rq_class_names *names, const char *name)
{
    for (size_t i = 0; i < names->n; i++)
        if (!strcmp(names->v[i], name)) return (int32_t)i;
    return -1;
}

int32_t rq_class_names_next(const rq_class_names *names, int32_t class_id)
{
    for (size_t i = (size_t)class_id + 1; i < names->n; i++)
        if (!strcmp(names->v[i], names->v[class_id])) return (int32_t)i;
    return -1;
}

static rq_status add_names(rq_map *map, const rq_class_names *names)
{
    uint32_t first;
    for (size_t i = 0; i < names->n; i++)
        RQ_TRY(rq_map_add_bytes(&first, map, names->v[i], strlen(names->v[i]), (uint32_t)i));
    return RQ_OK;
}

rq_status rq_class_names_index(rq_map **out, const rq_class_names *names)
{
    RQ_TRY(rq_map_create(out));
    rq_status status = add_names(*out, names);
    if (status != RQ_OK) rq_map_destroy(out);
    return status;
}

static rq_status find_twice(int32_t *first, int32_t *second, rq_map *map,
                            const rq_class_names *names)
{
    for (size_t i = 0; i < names->n; i++) {
        uint32_t found = rq_map_get(map, names->v[i]);
        if (found != RQ_NONE) {
            *first = (int32_t)found;
            *second = (int32_t)i;
            return RQ_OK;
        }
        RQ_TRY(rq_map_put(map, names->v[i], (uint32_t)i));
    }
    return RQ_OK;
}

rq_status rq_class_names_twice(int32_t *first, int32_t *second, const rq_class_names *names)
{
    rq_map *map;
    *first = *second = -1;
    RQ_TRY(rq_map_create(&map));
    rq_status status = find_twice(first, second, map, names);
    rq_map_destroy(&map);
    return status;
}

static rq_status check(const rq_class_names *names, const char *path)
{
    if (names->n == 0) return rq_fail(RQ_EFORMAT, "%s: no names of classes", path);
    if (names->n > RQ_MAX_CLASSES)
        return rq_fail(RQ_EFORMAT, "%s: more than %d classes", path, RQ_MAX_CLASSES);
    return RQ_OK;
}

/* -- lines ------------------------------------------------------------------------------------- */

/* The name behind "I " or "I:"; NULL where the line does not begin with the number. */
static const char *without_number(const char *line, size_t number)
{
    char *end;
    if (line[0] < '0' || line[0] > '9' || strtoul(line, &end, 10) != number) return NULL;
    if (*end != ' ' && *end != ':' && *end != '\t' && *end != ',') return NULL;
    end += strspn(end, " :\t,");
    return *end ? end : NULL;
}

static void strip_numbers(const char **lines, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!without_number(lines[i], i)) return;
    for (size_t i = 0; i < n; i++) lines[i] = without_number(lines[i], i);
}

static rq_status read_lines(rq_class_names *out, rq_arena *arena, const char *path)
{
    rq_names lines;
    RQ_TRY(rq_list_lines(&lines, arena, path));
    while (lines.n && !*lines.names[lines.n - 1]) lines.n--;
    strip_numbers(lines.names, lines.n);
    *out = (rq_class_names){lines.names, lines.n};
    return RQ_OK;
}

/* -- YAML -------------------------------------------------------------------------------------- */

/* "[a,b]", which the reader of YAML gives as "a,b". */
static rq_status split(rq_class_names *out, rq_arena *arena, const char *text, char separator)
{
    size_t n = 1, at = 0;
    for (const char *c = text; *c; c++) n += *c == separator;
    const char **names = rq_arena_alloc(arena, n, sizeof *names);
    char *rest = rq_arena_strdup(arena, text);
    const char separators[] = {separator, '\0'};
    if (!names || !rest) return RQ_ENOMEM;
    for (char *one; (one = strsep(&rest, separators));)
        if (*one) names[at++] = one;
    *out = (rq_class_names){names, at};
    return RQ_OK;
}

static rq_status take_mapping(const char **names, size_t *n, rq_arena *arena, const rq_yaml *yaml,
                              const char *path)
{
    for (size_t i = 0; i < yaml->n; i++) {
        const rq_yaml_entry *entry = &yaml->entries[i];
        int64_t number;
        if (!rq_starts_with(entry->key, "names.")) continue;
        if (!rq_parse_i64(entry->key + strlen("names."), &number) || number != (int64_t)*n)
            return rq_fail(RQ_EFORMAT, "%s:%zu: class '%s', expected %zu", path, entry->line,
                           entry->key + strlen("names."), *n);
        names[*n] = rq_arena_strdup(arena, entry->value);
        if (!names[(*n)++]) return RQ_ENOMEM;
    }
    return RQ_OK;
}

static rq_status take_names(rq_class_names *out, rq_arena *arena, const rq_yaml *yaml,
                            const char *path)
{
    const char **names = rq_arena_alloc(arena, yaml->n, sizeof *names);
    const char *list = rq_yaml_value(yaml, "names");
    size_t n = 0;
    *out = (rq_class_names){0};
    if (list) return split(out, arena, list, ',');
    if (!names) return RQ_ENOMEM;
    RQ_TRY(take_mapping(names, &n, arena, yaml, path));
    *out = (rq_class_names){names, n};
    return RQ_OK;
}

rq_status rq_class_names_of_yaml(rq_class_names *out, rq_arena *arena, const rq_yaml *yaml,
                                 const char *path)
{
    size_t count;
    RQ_TRY(take_names(out, arena, yaml, path));
    RQ_TRY(rq_class_count_of_yaml(&count, yaml, path));
    if (!count || !out->n || count == out->n) return RQ_OK;
    return rq_fail(RQ_EFORMAT, "%s:%zu: nc is %zu, but there are %zu names", path,
                   rq_yaml_find(yaml, "nc")->line, count, out->n);
}

rq_status rq_class_count_of_yaml(size_t *out, const rq_yaml *yaml, const char *path)
{
    const rq_yaml_entry *entry = rq_yaml_find(yaml, "nc");
    int64_t n = 0;
    *out = 0;
    if (!entry) return RQ_OK;
    if (!rq_parse_i64(entry->value, &n) || n < 1 || n > RQ_MAX_CLASSES)
        return rq_fail(RQ_EFORMAT, "%s:%zu: nc is '%s', expected a number from 1 to %d", path,
                       entry->line, entry->value, RQ_MAX_CLASSES);
    *out = (size_t)n;
    return RQ_OK;
}

static rq_status read_yaml(rq_class_names *out, rq_arena *arena, const char *path)
{
    rq_yaml yaml;
    RQ_TRY(rq_yaml_open(&yaml, path));
    rq_status status = rq_class_names_of_yaml(out, arena, &yaml, path);
    rq_yaml_close(&yaml);
    return status;
}

rq_status rq_class_names_read(rq_class_names *out, rq_arena *arena, const char *path)
{
    bool yaml = rq_ends_with(path, ".yaml") || rq_ends_with(path, ".yml");
    RQ_TRY((yaml ? read_yaml : read_lines)(out, arena, path));
    return check(out, path);
}

rq_status rq_class_names_split(rq_class_names *out, rq_arena *arena, const char *labels)
{
    RQ_TRY(split(out, arena, labels, ' '));
    for (size_t i = 0; i < out->n; i++)
        for (char *c = (char *)(uintptr_t)out->v[i]; *c; c++) /* of the copy that was split */
            if (*c == '_') *c = ' ';
    return RQ_OK;
}
