/* The only file that touches libyaml. */
#include "engine/base/formats/yaml.h"
#include "engine/base/arena.h"
#include "engine/base/file.h"
#include "engine/base/map.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define MAX_BYTES ((size_t)1 << 20)
#define MAX_DEPTH 4 /* of nested mappings */

typedef struct reader {
    const char *path;
    yaml_parser_t parser;
    yaml_event_t event; /* the current one; empty before the first */
    rq_arena *arena;
    rq_map *seen;
    rq_yaml *out;
    size_t capacity;
} reader;

static size_t line_of(const reader *r)
{
    return r->event.start_mark.line + 1;
}

static rq_status fail_here(const reader *r, const char *found)
{
    return rq_fail(RQ_EFORMAT, "%s:%zu: %s", r->path, line_of(r), found);
}

static rq_status next(reader *r)
{
    yaml_event_delete(&r->event);
    if (yaml_parser_parse(&r->parser, &r->event)) {
        if (r->event.type == YAML_ALIAS_EVENT) return fail_here(r, "aliases are not supported");
        return RQ_OK;
    }
    if (r->parser.error == YAML_MEMORY_ERROR)
        return rq_fail(RQ_ENOMEM, "%s: out of memory", r->path);
    return rq_fail(RQ_EFORMAT, "%s:%zu: %s", r->path, r->parser.problem_mark.line + 1,
                   r->parser.problem ? r->parser.problem : "not YAML");
}

/* The text of the current scalar, in the arena. */
static rq_status scalar(reader *r, char **out)
{
    const char *text = (const char *)r->event.data.scalar.value;
    size_t length = r->event.data.scalar.length;
    if (memchr(text, '\0', length)) return fail_here(r, "a text with a NUL character");
    *out = rq_arena_strndup(r->arena, text, length);
    return *out ? RQ_OK : RQ_ENOMEM;
}

static rq_status add(reader *r, const char *key, const char *value, size_t line)
{
    if (rq_map_get(r->seen, key) != RQ_NONE)
        return rq_fail(RQ_EFORMAT, "%s:%zu: '%s' is there twice", r->path, line, key);
    RQ_TRY(rq_map_put(r->seen, key, 0));
    RQ_TRY(rq_grow(&r->out->entries, &r->capacity, r->out->n, sizeof *r->out->entries, r->path));
    r->out->entries[r->out->n++] = (rq_yaml_entry){key, value, line};
    return RQ_OK;
}

static rq_status read_sequence(reader *r, const char *key)
{
    rq_buf items = {0};
    size_t line = line_of(r), n = 0;
    rq_buf_append(&items, "");
    rq_status status = next(r);
    for (; status == RQ_OK && r->event.type != YAML_SEQUENCE_END_EVENT; status = next(r)) {
        char *item = NULL;
        if (r->event.type != YAML_SCALAR_EVENT) {
            status = fail_here(r, "a list may hold only plain values");
            break;
        }
        RQ_TRY_GOTO(scalar(r, &item), out);
        if (n++) rq_buf_append(&items, ",");
        rq_buf_append(&items, item);
    }
    if (status == RQ_OK && items.failed) status = RQ_ENOMEM;
    if (status == RQ_OK) {
        char *value = rq_arena_strdup(r->arena, items.data);
        status = value ? add(r, key, value, line) : RQ_ENOMEM;
    }
out:
    rq_buf_free(&items);
    return status;
}

static rq_status read_mapping(reader *r, const char *prefix, int depth);

/* The current event begins the value of `key`. */
static rq_status read_value(reader *r, const char *key, int depth)
{
    char *text = NULL;
    switch (r->event.type) {
    case YAML_SCALAR_EVENT:
        RQ_TRY(scalar(r, &text));
        return add(r, key, text, line_of(r));
    case YAML_SEQUENCE_START_EVENT:
        return read_sequence(r, key);
    default:
        return read_mapping(r, key, depth + 1);
    }
}

/* The current event is the start of the mapping; afterwards, its end. */
static rq_status read_mapping(reader *r, const char *prefix, int depth)
{
    if (depth > MAX_DEPTH) return fail_here(r, "nested too deep");
    for (;;) {
        RQ_TRY(next(r));
        if (r->event.type == YAML_MAPPING_END_EVENT) return RQ_OK;
        if (r->event.type != YAML_SCALAR_EVENT) return fail_here(r, "a key must be plain text");
        char *key = NULL;
        RQ_TRY(scalar(r, &key));
        if (*prefix) key = rq_arena_printf(r->arena, "%s.%s", prefix, key);
        if (!key) return RQ_ENOMEM;
        RQ_TRY(next(r));
        RQ_TRY(read_value(r, key, depth));
    }
}

static rq_status read_document(reader *r)
{
    do RQ_TRY(next(r));
    while (r->event.type == YAML_STREAM_START_EVENT || r->event.type == YAML_DOCUMENT_START_EVENT);
    if (r->event.type == YAML_STREAM_END_EVENT) return RQ_OK; /* empty */
    if (r->event.type != YAML_MAPPING_START_EVENT)
        return fail_here(r, "expected lines of the form 'key: value'");
    RQ_TRY(read_mapping(r, "", 1));
    RQ_TRY(next(r)); /* the document's end */
    RQ_TRY(next(r));
    if (r->event.type != YAML_STREAM_END_EVENT) return fail_here(r, "a second document");
    return RQ_OK;
}

static rq_status read_text(reader *r, const char *text, size_t size)
{
    if (!yaml_parser_initialize(&r->parser))
        return rq_fail(RQ_ENOMEM, "%s: out of memory", r->path);
    yaml_parser_set_input_string(&r->parser, (const unsigned char *)text, size);
    rq_status status = read_document(r);
    yaml_event_delete(&r->event);
    yaml_parser_delete(&r->parser);
    return status;
}

rq_status rq_yaml_open(rq_yaml *out, const char *path)
{
    char *text = NULL;
    size_t size = 0;
    *out = (rq_yaml){0};
    reader r = {.path = path, .out = out};
    RQ_TRY(rq_read_file(&text, &size, path, MAX_BYTES));
    rq_status status;
    RQ_TRY_GOTO(rq_arena_create(&r.arena), out);
    out->storage = r.arena;
    RQ_TRY_GOTO(rq_map_create(&r.seen), out);
    status = read_text(&r, text, size);
out:
    rq_map_destroy(&r.seen);
    free(text);
    if (status != RQ_OK) rq_yaml_close(out);
    return status;
}

void rq_yaml_close(rq_yaml *yaml)
{
    rq_arena *arena = yaml->storage;
    rq_arena_destroy(&arena);
    free(yaml->entries);
    *yaml = (rq_yaml){0};
}

const rq_yaml_entry *rq_yaml_find(const rq_yaml *yaml, const char *key)
{
    for (size_t i = 0; i < yaml->n; i++)
        if (!strcmp(yaml->entries[i].key, key)) return &yaml->entries[i];
    return NULL;
}

const char *rq_yaml_value(const rq_yaml *yaml, const char *key)
{
    const rq_yaml_entry *entry = rq_yaml_find(yaml, key);
    return entry ? entry->value : NULL;
}
