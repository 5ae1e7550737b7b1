#include "engine/import/replacements/pipeline_config.h"

#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/import/proto_lex.h"

#include <string.h>

#define MAX_DEPTH 64 /* messages in messages */

/* A field: a message with fields of its own, or a value as written. */
typedef struct field {
    const char *name, *text;
    struct field *first, *last, *next;
} field;

struct rq_pipeline_config {
    const field *model; /* the message of the architecture: "ssd", "faster_rcnn" */
};

typedef struct reader {
    rq_proto_lexer lexer;
    rq_arena *arena;
} reader;

static bool is_sign(const rq_proto_lexer *l, char sign)
{
    return l->token == RQ_PROTO_SIGN && *l->text == sign;
}

static rq_status add_field(field **out, reader *r, field *parent, const char *name)
{
    field *f = rq_arena_alloc(r->arena, 1, sizeof *f);
    if (!f) return RQ_ENOMEM;
    f->name = name;
    if (parent->last)
        parent->last->next = f;
    else
        parent->first = f;
    parent->last = f;
    *out = f;
    return RQ_OK;
}

static rq_status read_fields(reader *r, field *parent, char end, int depth);

/* A number, a name, a text in one or several pieces of which the last is kept, or a message. */
static rq_status read_value(reader *r, field *parent, const char *name, int depth)
{
    rq_proto_lexer *l = &r->lexer;
    field *f;
    RQ_TRY(add_field(&f, r, parent, name));
    if (is_sign(l, '{') || is_sign(l, '<')) {
        char end = *l->text == '{' ? '}' : '>';
        RQ_TRY(rq_proto_next(l));
        return read_fields(r, f, end, depth + 1);
    }
    if (l->token != RQ_PROTO_WORD && l->token != RQ_PROTO_STRING)
        return rq_proto_lex_fail(l, "expected a value");
    f->text = rq_arena_strndup(r->arena, l->text, l->length);
    if (!f->text) return RQ_ENOMEM;
    bool text = l->token == RQ_PROTO_STRING;
    RQ_TRY(rq_proto_next(l));
    while (text && l->token == RQ_PROTO_STRING) RQ_TRY(rq_proto_next(l));
    return RQ_OK;
}

static rq_status read_list(reader *r, field *parent, const char *name, int depth)
{
    rq_proto_lexer *l = &r->lexer;
    RQ_TRY(rq_proto_next(l));
    while (!is_sign(l, ']')) {
        RQ_TRY(read_value(r, parent, name, depth));
        if (is_sign(l, ',')) RQ_TRY(rq_proto_next(l));
    }
    return rq_proto_next(l);
}

/* "name", or "[of.an.extension]". */
static rq_status read_name(const char **out, reader *r)
{
    rq_proto_lexer *l = &r->lexer;
    bool extension = is_sign(l, '[');
    if (extension) RQ_TRY(rq_proto_next(l));
    if (l->token != RQ_PROTO_WORD) return rq_proto_lex_fail(l, "expected a field");
    *out = rq_arena_strndup(r->arena, l->text, l->length);
    if (!*out) return RQ_ENOMEM;
    RQ_TRY(rq_proto_next(l));
    while (extension && !is_sign(l, ']') && l->token != RQ_PROTO_END) RQ_TRY(rq_proto_next(l));
    return extension ? rq_proto_next(l) : RQ_OK;
}

/* Up to and past `end`; to the end of the file when it is 0. */
static rq_status read_fields(reader *r, field *parent, char end, int depth)
{
    rq_proto_lexer *l = &r->lexer;
    if (depth > MAX_DEPTH) return rq_proto_lex_fail(l, "more than 64 messages in each other");
    while (end ? !is_sign(l, end) : l->token != RQ_PROTO_END) {
        const char *name = NULL;
        RQ_TRY(read_name(&name, r));
        if (is_sign(l, ':')) RQ_TRY(rq_proto_next(l));
        if (is_sign(l, '['))
            RQ_TRY(read_list(r, parent, name, depth));
        else
            RQ_TRY(read_value(r, parent, name, depth));
        if (is_sign(l, ',') || is_sign(l, ';')) RQ_TRY(rq_proto_next(l));
    }
    return end ? rq_proto_next(l) : RQ_OK;
}

rq_status rq_pipeline_config_parse(const rq_pipeline_config **out, rq_arena *arena,
                                   const char *text, size_t size, const char *name)
{
    reader r = {.lexer = {.at = text, .end = text + size, .what = name, .line = 1}, .arena = arena};
    field *root = rq_arena_alloc(arena, 1, sizeof *root);
    rq_pipeline_config *config = rq_arena_alloc(arena, 1, sizeof *config);
    if (!root || !config) return RQ_ENOMEM;
    RQ_TRY(rq_proto_next(&r.lexer));
    RQ_TRY(read_fields(&r, root, 0, 0));
    for (const field *f = root->first; f; f = f->next)
        if (!strcmp(f->name, "model")) config->model = f->first;
    if (!config->model)
        return rq_fail(RQ_EFORMAT,
                       "%s: no 'model { ... }': not a pipeline.config of the Object Detection API",
                       name);
    *out = config;
    return RQ_OK;
}

rq_status rq_pipeline_config_read(const rq_pipeline_config **out, rq_arena *arena, const char *path)
{
    rq_mapping file;
    RQ_TRY(rq_map_file(&file, path));
    rq_status status =
        rq_pipeline_config_parse(out, arena, (const char *)file.data, file.size, path);
    rq_unmap_file(&file);
    return status;
}

/* -- looking up ------------------------------------------------------------------------------ */

static bool is_part(const char *path, size_t length, const char *name)
{
    return (length == 1 && *path == '*') || (strlen(name) == length && !memcmp(path, name, length));
}

/* The last field of that path. */
static const field *find(const field *parent, const char *path)
{
    size_t length = strcspn(path, "/");
    const field *found = NULL;
    for (const field *f = parent ? parent->first : NULL; f; f = f->next) {
        if (!is_part(path, length, f->name)) continue;
        const field *here = path[length] ? find(f, path + length + 1) : f;
        if (here) found = here;
    }
    return found;
}

const char *rq_pipeline_config_text(const rq_pipeline_config *config, const char *path)
{
    const field *f = config ? find(config->model, path) : NULL;
    return f ? f->text : NULL;
}

bool rq_pipeline_config_has(const rq_pipeline_config *config, const char *path)
{
    return config && find(config->model, path);
}

static bool read_number(const char *text, double *out)
{
    if (!text) return false;
    if (!strcmp(text, "true") || !strcmp(text, "false")) {
        *out = *text == 't';
        return true;
    }
    return rq_parse_f64(text, out);
}

bool rq_pipeline_config_number(const rq_pipeline_config *config, const char *path, double *out)
{
    return read_number(rq_pipeline_config_text(config, path), out);
}

static void collect(const field *parent, const char *path, double *out, size_t capacity, size_t *n)
{
    size_t length = strcspn(path, "/");
    for (const field *f = parent ? parent->first : NULL; f && *n < capacity; f = f->next) {
        if (!is_part(path, length, f->name)) continue;
        if (path[length])
            collect(f, path + length + 1, out, capacity, n);
        else if (read_number(f->text, &out[*n]))
            ++*n;
    }
}

size_t rq_pipeline_config_numbers(const rq_pipeline_config *config, const char *path, double *out,
                                  size_t capacity)
{
    size_t n = 0;
    if (config) collect(config->model, path, out, capacity, &n);
    return n;
}
