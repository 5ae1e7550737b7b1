/* Parameters of layers that caffe.proto does not know: read by their text, without a schema. */
#include "engine/import/caffe/caffe_layers.h"
#include "engine/import/framework_model_make.h"
#include "engine/import/proto.h"
#include "engine/import/proto_lex.h"

#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

#define MAX_FIELDS 4096 /* of one message */

typedef struct value {
    const char *name, *text; /* in the arena */
    rq_framework_attr_kind kind;
    int64_t i;
    double f;
} value;

typedef struct fields {
    rq_framework_model *source;
    rq_framework_node *node;
    rq_proto_lexer lexer;
    value *values;
    size_t n, capacity;
    bool only_params;
} fields;

static bool is_sign(const fields *f, char sign)
{
    return f->lexer.token == RQ_PROTO_SIGN && *f->lexer.text == sign;
}

/* -- values ----------------------------------------------------------------------------------- */

static void classify(value *v)
{
    static const char *const yes[] = {"true", "True"}, *const no[] = {"false", "False"};
    size_t length = strlen(v->text);
    char number[64];
    v->kind = RQ_FRAMEWORK_STRING;
    if (length >= sizeof number) return;
    memcpy(number, v->text, length + 1);
    if (length > 1 && number[length - 1] == 'f' && number[length - 2] != 'n')
        number[length - 1] = '\0'; /* 0.5f */
    for (int k = 0; k < 2; k++)
        if (!strcmp(v->text, yes[k]) || !strcmp(v->text, no[k])) {
            v->kind = RQ_FRAMEWORK_INT;
            v->i = !strcmp(v->text, yes[k]);
            v->f = (double)v->i;
            return;
        }
    if (rq_parse_i64(number, &v->i)) {
        v->kind = RQ_FRAMEWORK_INT;
        v->f = (double)v->i;
    } else if (rq_parse_f64(number, &v->f)) {
        v->kind = RQ_FRAMEWORK_FLOAT;
    }
}

/* Strings written one after another are one. */
static rq_status take_string(fields *f, value *v)
{
    rq_arena *arena = f->source->arena;
    rq_buf text = {0};
    rq_status status = RQ_OK;
    rq_buf_append(&text, "");
    while (f->lexer.token == RQ_PROTO_STRING && status == RQ_OK) {
        char *piece = rq_arena_alloc(arena, f->lexer.length + 1, 1);
        if (piece) rq_buf_append_n(&text, piece, rq_proto_unescape(piece, &f->lexer));
        status = piece ? rq_proto_next(&f->lexer) : RQ_ENOMEM;
    }
    if (status == RQ_OK) {
        v->text = text.failed ? NULL : rq_arena_strdup(arena, text.data);
        status = v->text ? RQ_OK : RQ_ENOMEM;
    }
    rq_buf_free(&text);
    return status;
}

static rq_status take_value(fields *f, const char *name)
{
    value v = {.name = name, .kind = RQ_FRAMEWORK_STRING};
    rq_arena *arena = f->source->arena;
    if (f->lexer.token == RQ_PROTO_STRING) {
        RQ_TRY(take_string(f, &v));
    } else if (f->lexer.token == RQ_PROTO_WORD) {
        v.text = rq_arena_strndup(arena, f->lexer.text, f->lexer.length);
        if (!v.text) return RQ_ENOMEM;
        classify(&v);
        RQ_TRY(rq_proto_next(&f->lexer));
    } else {
        return rq_proto_lex_fail(&f->lexer, "expected a value");
    }
    if (f->n == MAX_FIELDS)
        return rq_fail(RQ_EFORMAT, "%s:%d: more than %d parameters", f->lexer.what, f->lexer.line,
                       MAX_FIELDS);
    RQ_TRY(rq_grow(&f->values, &f->capacity, f->n, sizeof *f->values, "parameters"));
    f->values[f->n++] = v;
    return RQ_OK;
}

/* -- text ------------------------------------------------------------------------------------- */

static rq_status take_message(fields *f, const char *prefix, int depth);

static rq_status take_field(fields *f, const char *prefix, int depth)
{
    const char *name =
        rq_arena_printf(f->source->arena, "%s%.*s", prefix, (int)f->lexer.length, f->lexer.text);
    if (!name) return RQ_ENOMEM;
    if (f->lexer.token != RQ_PROTO_WORD)
        return rq_proto_lex_fail(&f->lexer, "expected the name of a field");
    RQ_TRY(rq_proto_next(&f->lexer));
    if (is_sign(f, ':')) RQ_TRY(rq_proto_next(&f->lexer));
    if (is_sign(f, '{') || is_sign(f, '<')) {
        bool layer = f->only_params && depth == 0;
        const char *inner = layer ? "" : rq_arena_printf(f->source->arena, "%s.", name);
        return inner ? take_message(f, inner, depth + 1) : RQ_ENOMEM;
    }
    if (!is_sign(f, '[')) return take_value(f, name);
    RQ_TRY(rq_proto_next(&f->lexer));
    while (!is_sign(f, ']')) {
        RQ_TRY(take_value(f, name));
        if (is_sign(f, ',')) RQ_TRY(rq_proto_next(&f->lexer));
    }
    return rq_proto_next(&f->lexer);
}

/* From its opening sign on. */
static rq_status take_message(fields *f, const char *prefix, int depth)
{
    if (depth > RQ_PROTO_MAX_DEPTH)
        return rq_proto_lex_fail(&f->lexer, "messages nested more than 100 deep");
    RQ_TRY(rq_proto_next(&f->lexer));
    while (!is_sign(f, '}') && !is_sign(f, '>')) {
        RQ_TRY(take_field(f, prefix, depth));
        if (is_sign(f, ';') || is_sign(f, ',')) RQ_TRY(rq_proto_next(&f->lexer));
    }
    return rq_proto_next(&f->lexer);
}

/* -- attributes ------------------------------------------------------------------------------- */

/* Of `n` values of one name. */
static rq_status fill_list(rq_framework_attr *attr, const fields *f, const value *first, size_t n)
{
    rq_arena *arena = f->source->arena;
    int64_t *ints = rq_arena_alloc(arena, n, sizeof *ints);
    double *floats = rq_arena_alloc(arena, n, sizeof *floats);
    const char **strings = rq_arena_alloc(arena, n, sizeof *strings);
    if (!ints || !floats || !strings) return RQ_ENOMEM;
    bool whole = true, numbers = true;
    size_t k = 0;
    for (const value *v = first; k < n; v++) {
        if (strcmp(v->name, first->name) != 0) continue;
        whole &= v->kind == RQ_FRAMEWORK_INT;
        numbers &= v->kind != RQ_FRAMEWORK_STRING;
        ints[k] = v->i;
        floats[k] = v->f;
        strings[k++] = v->text;
    }
    attr->kind = whole ? RQ_FRAMEWORK_INTS : numbers ? RQ_FRAMEWORK_FLOATS : RQ_FRAMEWORK_STRINGS;
    attr->n = n;
    attr->ints = whole ? ints : NULL;
    attr->floats = whole || !numbers ? NULL : floats;
    attr->strings = numbers ? NULL : strings;
    return RQ_OK;
}

static rq_status add_attr(const fields *f, const value *first)
{
    size_t n = 0;
    rq_framework_attr *attr;
    if (rq_framework_find_attr(f->node, first->name)) return RQ_OK;
    for (const value *v = first; v < f->values + f->n; v++) n += !strcmp(v->name, first->name);
    RQ_TRY(rq_framework_model_add_attr(&attr, f->source, f->node, first->name, first->kind));
    if (n > 1) return fill_list(attr, f, first, n);
    attr->i = first->i;
    attr->f = first->f;
    attr->s = first->text;
    attr->n = first->kind == RQ_FRAMEWORK_STRING ? strlen(first->text) : 0;
    return RQ_OK;
}

static bool is_param(const ProtobufCMessageUnknownField *field)
{
    static const char end[] = "_param";
    const char *text = (const char *)field->data;
    size_t n = 0;
    while (n < field->len &&
           (text[n] == '_' || (text[n] | 32) >= 'a' || (text[n] >= '0' && text[n] <= '9')))
        n++;
    return n >= strlen(end) && !memcmp(text + n - strlen(end), end, strlen(end));
}

static rq_status read_fields(fields *f, const ProtobufCMessage *message, const char *prefix)
{
    for (unsigned i = 0; i < message->n_unknown_fields; i++) {
        const ProtobufCMessageUnknownField *field = &message->unknown_fields[i];
        const char *text = (const char *)field->data;
        if (f->only_params && !is_param(field)) continue;
        f->lexer = (rq_proto_lexer){
            .at = text, .end = text + field->len, .what = f->source->path, .line = 1};
        RQ_TRY(rq_proto_next(&f->lexer));
        RQ_TRY(take_field(f, prefix, 0));
    }
    for (size_t i = 0; i < f->n; i++) RQ_TRY(add_attr(f, &f->values[i]));
    return RQ_OK;
}

rq_status rq_caffe_add_fields(rq_framework_model *source, rq_framework_node *node,
                              const ProtobufCMessage *message, const char *prefix, bool only_params)
{
    fields f = {.source = source, .node = node, .only_params = only_params};
    rq_status status = read_fields(&f, message, prefix);
    free(f.values);
    return status;
}
