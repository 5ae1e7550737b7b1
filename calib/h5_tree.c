#include "calib/h5_tree.h"

#include "calib/h5_seal.h"
#include "engine/base/formats/hdf5_file.h"
#include "engine/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define MAX_DEPTH 5 /* the root, and groups in groups */

typedef struct item {
    rq_hdf5_kind kind;
    const char *name;
    rq_dtype dtype;
    rq_shape shape;
    void *data; /* of a text with a NUL */
    size_t end; /* index behind the last item in a group; behind itself for others */
} item;

struct rq_h5_tree {
    const char *path;
    rq_arena *arena;
    item *items; /* those in a group follow it; the root is the first */
    size_t n, capacity;
    size_t group[MAX_DEPTH]; /* indices: the root, ..., the current group */
    int depth;
};

/* -- from the file --------------------------------------------------------------------------- */

static rq_status fail_nesting(const rq_h5_tree *t)
{
    return rq_fail(RQ_EFORMAT, "%s: damaged: groups that do not nest", t->path);
}

static rq_status open_group(rq_h5_tree *t)
{
    if (t->depth == MAX_DEPTH) return fail_nesting(t);
    t->group[t->depth++] = t->n - 1;
    return RQ_OK;
}

static rq_status close_group(rq_h5_tree *t)
{
    if (t->depth == 0) return fail_nesting(t);
    t->items[t->group[--t->depth]].end = t->n;
    return RQ_OK;
}

static rq_status add_item(rq_h5_tree *t, const rq_hdf5_item *given)
{
    RQ_TRY(rq_grow(&t->items, &t->capacity, t->n, sizeof *t->items, "statistics"));
    item *one = &t->items[t->n++];
    *one = (item){.kind = given->kind, .dtype = given->dtype, .shape = given->shape, .end = t->n};
    one->name = rq_arena_strdup(t->arena, given->name);
    one->data = rq_arena_alloc(t->arena, given->bytes + 1, 1);
    return one->name && one->data ? RQ_OK : RQ_ENOMEM;
}

static rq_status take_item(rq_h5_tree *t, const rq_hdf5_item *given, rq_hdf5_file *file)
{
    if (given->kind == RQ_HDF5_LEAVE) return t->depth > 1 ? close_group(t) : fail_nesting(t);
    RQ_TRY(add_item(t, given));
    RQ_TRY(rq_hdf5_take(t->items[t->n - 1].data, file));
    return given->kind == RQ_HDF5_GROUP ? open_group(t) : RQ_OK;
}

static rq_status read_items(rq_h5_tree *t, rq_hdf5_file *file)
{
    rq_hdf5_item one = {.kind = RQ_HDF5_GROUP, .name = "/"};
    RQ_TRY(add_item(t, &one));
    RQ_TRY(open_group(t));
    for (;;) {
        RQ_TRY(rq_hdf5_next(&one, file));
        if (one.kind == RQ_HDF5_END) break;
        RQ_TRY(take_item(t, &one, file));
    }
    if (t->depth != 1) return fail_nesting(t);
    t->items[0].end = t->n;
    return RQ_OK;
}

static rq_status read_file(rq_h5_tree *t)
{
    rq_hdf5_file *file;
    size_t size = 0;
    RQ_TRY(rq_h5_check_seal(&size, t->path));
    RQ_TRY(rq_hdf5_open(&file, t->path, RQ_HDF5_ALL, size)); /* nothing is compressed */
    rq_status status = read_items(t, file);
    rq_hdf5_close(&file);
    return status;
}

rq_status rq_h5_tree_read(rq_h5_tree **out, rq_arena *arena, const char *path)
{
    *out = NULL;
    rq_h5_tree *t;
    RQ_TRY(rq_calloc(&t, 1, sizeof *t, "statistics"));
    t->path = path;
    t->arena = arena;
    rq_status status = read_file(t);
    if (status != RQ_OK) rq_h5_tree_free(&t);
    *out = t;
    return status;
}

void rq_h5_tree_free(rq_h5_tree **tree)
{
    if (!tree || !*tree) return;
    free((*tree)->items);
    free(*tree);
    *tree = NULL;
}

/* -- groups ---------------------------------------------------------------------------------- */

static const item *here(const rq_h5_tree *t)
{
    return &t->items[t->group[t->depth - 1]];
}

static const item *find(const rq_h5_tree *t, rq_hdf5_kind kind, const char *name)
{
    for (size_t i = t->group[t->depth - 1] + 1; i < here(t)->end; i = t->items[i].end)
        if (t->items[i].kind == kind && !strcmp(t->items[i].name, name)) return &t->items[i];
    return NULL;
}

static rq_status fail_absent(const rq_h5_tree *t, const char *name)
{
    return rq_fail(RQ_EFORMAT, "%s: there is no '%s'", t->path, name);
}

bool rq_h5_tree_has(const rq_h5_tree *tree, const char *name)
{
    return find(tree, RQ_HDF5_GROUP, name) != NULL;
}

rq_status rq_h5_tree_enter(rq_h5_tree *tree, const char *name)
{
    const item *group = find(tree, RQ_HDF5_GROUP, name);
    if (!group || tree->depth == MAX_DEPTH) return fail_absent(tree, name);
    tree->group[tree->depth++] = (size_t)(group - tree->items);
    return RQ_OK;
}

void rq_h5_tree_leave(rq_h5_tree *tree)
{
    tree->depth--;
}

size_t rq_h5_tree_children(const rq_h5_tree *tree)
{
    size_t n = 0;
    for (size_t i = tree->group[tree->depth - 1] + 1; i < here(tree)->end; i = tree->items[i].end)
        n += tree->items[i].kind != RQ_HDF5_ATTRIBUTE;
    return n;
}

/* -- attributes ------------------------------------------------------------------------------ */

rq_status rq_h5_tree_text(const char **out, const rq_h5_tree *tree, const char *name)
{
    const item *found = find(tree, RQ_HDF5_ATTRIBUTE, name);
    *out = found ? found->data : NULL;
    return !found || found->dtype == RQ_DT_STRING
               ? RQ_OK
               : rq_fail(RQ_EFORMAT, "%s: '%s' is not a text", tree->path, name);
}

static rq_status get_numbers(void *out, size_t *n, const rq_h5_tree *tree, const char *name,
                             rq_dtype dt, size_t least, size_t most)
{
    const item *found = find(tree, RQ_HDF5_ATTRIBUTE, name);
    if (!found) return fail_absent(tree, name);
    const rq_tensor t = {found->dtype, found->shape, found->data};
    *n = found->dtype == RQ_DT_STRING ? 0 : rq_tensor_count(&t);
    if (found->dtype != dt || found->shape.rank > 1 || *n < least || *n > most)
        return rq_fail(RQ_EFORMAT, "%s: '%s' is not %zu to %zu numbers of type %s", tree->path,
                       name, least, most, rq_dtype_name(dt));
    memcpy(out, found->data, rq_tensor_bytes(&t));
    return RQ_OK;
}

rq_status rq_h5_tree_integers(int64_t *out, size_t *n, const rq_h5_tree *tree, const char *name,
                              size_t capacity)
{
    return get_numbers(out, n, tree, name, RQ_DT_I64, 0, capacity);
}

rq_status rq_h5_tree_count(uint64_t *out, const rq_h5_tree *tree, const char *name)
{
    size_t n;
    return get_numbers(out, &n, tree, name, RQ_DT_U64, 1, 1);
}

/* -- arrays ---------------------------------------------------------------------------------- */

static rq_status find_array(const item **out, const rq_h5_tree *tree, const char *name, rq_dtype dt,
                            size_t columns)
{
    const item *found = find(tree, RQ_HDF5_ARRAY, name);
    if (!found) return fail_absent(tree, name);
    bool fits = found->dtype == dt && found->shape.rank == (columns > 1 ? 2 : 1) &&
                (columns == 1 || found->shape.d[1] == (int64_t)columns);
    *out = found;
    return fits ? RQ_OK
                : rq_fail(RQ_EFORMAT, "%s: '%s' is not a plain dataset of %s with %zu column(s)",
                          tree->path, name, rq_dtype_name(dt), columns);
}

rq_status rq_h5_tree_rows(size_t *rows, const rq_h5_tree *tree, const char *name, rq_dtype dt,
                          size_t columns)
{
    const item *found = NULL;
    RQ_TRY(find_array(&found, tree, name, dt, columns));
    *rows = (size_t)found->shape.d[0];
    return RQ_OK;
}

rq_status rq_h5_tree_array(void *out, const rq_h5_tree *tree, const char *name, rq_dtype dt,
                           size_t rows, size_t columns)
{
    const item *found = NULL;
    RQ_TRY(find_array(&found, tree, name, dt, columns));
    if (found->shape.d[0] != (int64_t)rows)
        return rq_fail(RQ_EFORMAT, "%s: '%s' has %lld rows, expected %zu", tree->path, name,
                       (long long)found->shape.d[0], rows);
    size_t bytes = rows * columns * rq_dtype_bits(dt) / 8;
    if (bytes) memcpy(out, found->data, bytes);
    return RQ_OK;
}
