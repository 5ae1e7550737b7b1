/* Loading extensions, and the table of their operators. */
#include "engine/ops/extension.h"
#include "engine/base/file.h"
#include "engine/ops/extension_call.h"

#include <ctype.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Whoever reads the table meets complete entries only; they stay for the life of the process. */
typedef struct entry entry;
struct entry {
    entry *next;
    char *path;
    rq_op_list operators;
    rq_op *ops; /* of the list */
    rq_extension_op *rows;
    rq_arena *arena;
};

static _Atomic(entry *) entries;
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

/* -- looking up ------------------------------------------------------------------------------- */

static bool comes_from(const rq_x_op *row, const char *source)
{
    const char *const *from = row->from;
    while (from && *from && strcmp(*from, source) != 0) from++;
    return from && *from;
}

const rq_op *rq_extension_find_source(const char *source)
{
    for (const entry *e = atomic_load(&entries); e; e = e->next)
        for (size_t i = 0; i < e->operators.n; i++)
            if (comes_from(e->rows[i].row, source)) return &e->ops[i];
    return NULL;
}

const rq_x_op *rq_extension_row(const rq_op *op)
{
    const rq_extension_op *e = rq_extension_of(op);
    return e ? e->row : NULL;
}

const char *rq_extension_path(const rq_op *op)
{
    const rq_extension_op *e = rq_extension_of(op);
    return e ? e->path : NULL;
}

const char *rq_extension_path_at(size_t i)
{
    const entry *e = atomic_load(&entries);
    while (e && i--) e = e->next;
    return e ? e->path : NULL;
}

bool rq_extension_is_used(const rq_graph *graph, const char *path)
{
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_node *node = graph->nodes[i];
        if (!node) continue;
        const char *own = rq_extension_path(rq_node_op(node));
        if (own && !strcmp(own, path)) return true;
        for (size_t b = 0; b < node->n_bodies; b++)
            if (rq_extension_is_used(node->bodies[b].graph, path)) return true;
    }
    return false;
}

/* -- the library's table ---------------------------------------------------------------------- */

static bool is_word(const char *text, const char *also)
{
    if (!text || !isalpha((unsigned char)*text)) return false;
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && !strchr(also, *text)) return false;
    return true;
}

static rq_status check_attr(const char *path, const rq_x_op *row, size_t i)
{
    const rq_x_attr *attr = &row->attrs[i];
    if (!is_word(attr->name, "_-."))
        return rq_fail(RQ_EFORMAT, "%s: operator '%s': attribute %zu has no name", path, row->type,
                       i);
    if (attr->kind < RQ_X_INT || attr->kind > RQ_X_FLOATS)
        return rq_fail(RQ_EFORMAT, "%s: operator '%s': attribute '%s' is of no kind (%d)", path,
                       row->type, attr->name, (int)attr->kind);
    return RQ_OK;
}

static rq_status check_names(const char *path, const rq_x_op *row, size_t i)
{
    if (!is_word(row->type, "_"))
        return rq_fail(RQ_EFORMAT, "%s: operator %zu: its type is no word", path, i);
    if (!is_word(row->opset, "_.") || rq_opset_number(row->opset))
        return rq_fail(RQ_EFORMAT,
                       "%s: operator '%s': its opset is '%s', expected a word of your own, such as "
                       "'extension'",
                       path, row->type, row->opset ? row->opset : "");
    const rq_op *known = rq_op_find(row->type);
    if (rq_extension_path(known))
        return rq_fail(RQ_EFORMAT, "%s: operator '%s' is in %s already", path, row->type,
                       rq_extension_path(known));
    if (known)
        return rq_fail(RQ_EFORMAT, "%s: operator '%s' is one of the IR: give it another type", path,
                       row->type);
    return RQ_OK;
}

static rq_status check_op(const char *path, const rq_x_library *library, size_t i)
{
    const rq_x_op *row = &library->ops[i];
    RQ_TRY(check_names(path, row, i));
    for (size_t k = 0; k < i; k++)
        if (!strcmp(library->ops[k].type, row->type))
            return rq_fail(RQ_EFORMAT, "%s: operator '%s' is there twice", path, row->type);
    if (!row->infer || !row->run)
        return rq_fail(RQ_EFORMAT, "%s: operator '%s' lacks infer or run", path, row->type);
    if (row->n_out < 1 || row->n_out > RQ_X_MAX_PORTS || row->max_in > RQ_X_MAX_PORTS ||
        row->min_in > row->max_in)
        return rq_fail(RQ_EFORMAT,
                       "%s: operator '%s': %u to %u inputs, %u outputs: expected at most %d each, "
                       "and an output",
                       path, row->type, row->min_in, row->max_in, row->n_out, RQ_X_MAX_PORTS);
    if (row->n_attrs && !row->attrs)
        return rq_fail(RQ_EFORMAT, "%s: operator '%s': its attributes are missing", path,
                       row->type);
    for (size_t k = 0; k < row->n_attrs; k++) RQ_TRY(check_attr(path, row, k));
    return RQ_OK;
}

static rq_status check_library(const char *path, const rq_x_library *library)
{
    if (!library) return rq_fail(RQ_EFORMAT, "%s: rq_extension gave nothing", path);
    if (library->abi != RQ_X_ABI)
        return rq_fail(RQ_EUNSUPPORTED,
                       "%s: made for version %u of requant_extension.h, this requant has %d: build "
                       "it again with its header",
                       path, library->abi, RQ_X_ABI);
    if (!library->n_ops || !library->ops)
        return rq_fail(RQ_EFORMAT, "%s: it has no operators", path);
    for (size_t i = 0; i < library->n_ops; i++) RQ_TRY(check_op(path, library, i));
    return RQ_OK;
}

/* -- descriptors ------------------------------------------------------------------------------ */

/* rq_x_value holds a list as the operators' attribute structs do. */
_Static_assert(sizeof(rq_ints) == sizeof((rq_x_value *)NULL)->ints &&
                   sizeof(rq_floats) == sizeof((rq_x_value *)NULL)->floats,
               "lists of attributes");

static rq_attr_spec describe_attr(const rq_x_attr *attr, size_t i)
{
    static const struct {
        rq_attr_kind kind;
        size_t offset;
    } places[] = {
        [RQ_X_INT] = {RQ_ATTR_INT, offsetof(rq_x_value, i)},
        [RQ_X_FLOAT] = {RQ_ATTR_FLOAT, offsetof(rq_x_value, f)},
        [RQ_X_STRING] = {RQ_ATTR_STRING, offsetof(rq_x_value, s)},
        [RQ_X_INTS] = {RQ_ATTR_INTS, offsetof(rq_x_value, ints)},
        [RQ_X_FLOATS] = {RQ_ATTR_FLOATS, offsetof(rq_x_value, floats)},
    };
    return (rq_attr_spec){.name = attr->name,
                          .kind = places[attr->kind].kind,
                          .offset = i * sizeof(rq_x_value) + places[attr->kind].offset,
                          .fallback = attr->fallback};
}

static rq_status describe_op(entry *e, const rq_x_library *library, size_t i)
{
    const rq_x_op *row = &library->ops[i];
    rq_attr_spec *attrs = NULL;
    if (row->n_attrs) {
        attrs = rq_arena_alloc(e->arena, row->n_attrs + 1, sizeof *attrs);
        if (!attrs) return RQ_ENOMEM;
        for (size_t k = 0; k < row->n_attrs; k++) attrs[k] = describe_attr(&row->attrs[k], k);
    }
    e->rows[i] = (rq_extension_op){library, row, e->path};
    e->ops[i] = (rq_op){.type = row->type,
                        .opset = row->opset,
                        .role = RQ_ROLE_FLOAT,
                        .kind = &e->rows[i],
                        .attrs_size = row->n_attrs * sizeof(rq_x_value),
                        .attrs = attrs,
                        .infer = rq_extension_infer,
                        .run = rq_extension_run};
    return RQ_OK;
}

static rq_status describe(entry *e, const rq_x_library *library)
{
    e->ops = rq_arena_alloc(e->arena, library->n_ops, sizeof *e->ops);
    e->rows = rq_arena_alloc(e->arena, library->n_ops, sizeof *e->rows);
    if (!e->ops || !e->rows) return RQ_ENOMEM;
    for (size_t i = 0; i < library->n_ops; i++) RQ_TRY(describe_op(e, library, i));
    e->operators = (rq_op_list){.ops = e->ops, .n = library->n_ops};
    return RQ_OK;
}

/* -- loading ---------------------------------------------------------------------------------- */

static void forget(entry *e)
{
    if (!e) return;
    free(e->path);
    rq_arena_destroy(&e->arena);
    free(e);
}

static rq_status open_library(const rq_x_library **out, const char *path)
{
    if (!rq_is_file(path)) /* of a FIFO the loader would wait for somebody to write into it */
        return rq_fail(RQ_EIO, "extension %s: is not a regular file", path);
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle) return rq_fail(RQ_EIO, "extension %s", dlerror());
    const rq_x_library *(*extension)(void);
    void *symbol = dlsym(handle, "rq_extension");
    if (!symbol)
        return rq_fail(RQ_EUNSUPPORTED,
                       "%s: it has no rq_extension: is it an extension of requant "
                       "(`requant extension new NAME` writes one)?",
                       path);
    memcpy(&extension, &symbol, sizeof symbol);
    *out = extension();
    return RQ_OK;
}

/* With the mutex held; `path` is absolute, and the entry's. A library stays loaded after a failure:
 * who knows what it has started. */
static rq_status add_library(entry *e)
{
    const rq_x_library *library = NULL;
    RQ_TRY(rq_arena_create(&e->arena));
    RQ_TRY(open_library(&library, e->path));
    RQ_TRY(check_library(e->path, library));
    RQ_TRY(describe(e, library));
    e->next = atomic_load(&entries);
    atomic_store(&entries, e);
    rq_op_add(&e->operators);
    return RQ_OK;
}

static bool is_loaded(const char *path)
{
    const entry *e = atomic_load(&entries);
    while (e && strcmp(e->path, path) != 0) e = e->next;
    return e != NULL;
}

rq_status rq_extension_load(const char *path)
{
    entry *e;
    RQ_TRY(rq_calloc(&e, 1, sizeof *e, "an extension"));
    e->path = realpath(path, NULL); /* else the loader would look elsewhere for "lib.so" */
    rq_status status = e->path ? RQ_OK : rq_fail(RQ_EIO, "extension %s: %s", path, strerror(errno));
    pthread_mutex_lock(&loading);
    bool loaded = status == RQ_OK && is_loaded(e->path);
    if (status == RQ_OK && !loaded) status = add_library(e);
    pthread_mutex_unlock(&loading);
    if (loaded || status != RQ_OK) forget(e);
    return status;
}
