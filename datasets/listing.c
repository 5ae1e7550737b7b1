#include "datasets/listing.h"

#include "datasets/image/decode.h"
#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"

#include <dirent.h>
#include <errno.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES ((size_t)256 << 20)

static rq_status add_name(rq_names *out, size_t *capacity, rq_arena *arena, const char *name)
{
    RQ_TRY(rq_grow(&out->names, capacity, out->n, sizeof *out->names, "names of files"));
    out->names[out->n] = rq_arena_strdup(arena, name);
    if (!out->names[out->n]) return RQ_ENOMEM;
    out->n++;
    return RQ_OK;
}

static rq_status read_names(rq_names *out, rq_arena *arena, DIR *dir,
                            bool (*accept)(const char *name))
{
    size_t capacity = 0;
    for (struct dirent *entry; (entry = readdir(dir));)
        if (entry->d_name[0] != '.' && accept(entry->d_name))
            RQ_TRY(add_name(out, &capacity, arena, entry->d_name));
    return RQ_OK;
}

/* The list itself moves into the arena once its length is known. */
static rq_status keep_names(rq_names *out, rq_arena *arena)
{
    const char **kept = rq_arena_alloc(arena, out->n, sizeof *kept);
    if (!kept) return RQ_ENOMEM;
    if (out->n) {
        qsort(out->names, out->n, sizeof *out->names, rq_by_text);
        memcpy(kept, out->names, out->n * sizeof *kept);
    }
    free(out->names);
    out->names = kept;
    return RQ_OK;
}

rq_status rq_list_names(rq_names *out, rq_arena *arena, const char *folder,
                        bool (*accept)(const char *name))
{
    *out = (rq_names){0};
    DIR *dir = opendir(folder);
    if (!dir) return rq_fail(RQ_EIO, "%s: cannot be read: %s", folder, strerror(errno));
    rq_status status = read_names(out, arena, dir, accept);
    closedir(dir);
    if (status == RQ_OK) status = keep_names(out, arena);
    if (status != RQ_OK) {
        free(out->names);
        *out = (rq_names){0};
    }
    return status;
}

static char *trim(char *text)
{
    text += strspn(text, " \t\r");
    size_t length = strlen(text);
    while (length && strchr(" \t\r", text[length - 1])) length--;
    text[length] = '\0';
    return text;
}

static rq_status split_lines(rq_names *out, rq_arena *arena, char *text)
{
    size_t n = 1;
    for (const char *at = text; *at; at++) n += *at == '\n';
    out->names = rq_arena_alloc(arena, n, sizeof *out->names);
    if (!out->names) return RQ_ENOMEM;
    text += rq_byte_order_mark(text);
    for (char *rest = text, *one; (one = strsep(&rest, "\n"));) out->names[out->n++] = trim(one);
    while (out->n && !*out->names[out->n - 1]) out->n--;
    return RQ_OK;
}

rq_status rq_list_lines(rq_names *out, rq_arena *arena, const char *file)
{
    char *text;
    size_t size;
    *out = (rq_names){0};
    RQ_TRY(rq_read_file(&text, &size, file, MAX_BYTES));
    bool binary = memchr(text, '\0', size) != NULL;
    char *kept = binary ? NULL : rq_arena_strdup(arena, text);
    free(text);
    if (binary) return rq_fail(RQ_EFORMAT, "%s: not a text file (it contains a zero byte)", file);
    return kept ? split_lines(out, arena, kept) : RQ_ENOMEM;
}

const char *rq_list_stem(rq_arena *arena, const char *name)
{
    const char *begin = rq_path_name(name);
    const char *dot = strrchr(begin, '.');
    return rq_arena_strndup(arena, begin,
                            dot && dot != begin ? (size_t)(dot - begin) : strlen(begin));
}

/* "folder/stem.ext" if that file is there, the extension as it is or in capitals. */
static const char *find_with(rq_arena *arena, const char *root, const char *folder,
                             const char *stem, const char *extension, bool capitals)
{
    char *name = rq_arena_printf(arena, "%s/%s%s", folder, stem, extension);
    if (!name) return NULL;
    char *end = name + strlen(name);
    for (char *c = end - strlen(extension); capitals && c < end; c++)
        *c = (char)toupper((unsigned char)*c);
    return rq_has_file(root, name) ? name : NULL;
}

const char *rq_find_image(rq_arena *arena, const char *root, const char *folder, const char *stem)
{
    const char *found = NULL;
    for (int capitals = 0; capitals < 2; capitals++)
        for (size_t d = 0; rq_decoders[d]; d++)
            for (const char *const *e = rq_decoders[d]->extensions; *e && !found; e++)
                found = find_with(arena, root, folder, stem, *e, capitals);
    return found;
}

static bool has(const char *root, const char *name, bool (*is)(const char *path))
{
    char *path = rq_path_join(root, name);
    bool found = path && is(path);
    free(path);
    return found;
}

bool rq_has_dir(const char *root, const char *name)
{
    return has(root, name, rq_is_dir);
}

bool rq_has_file(const char *root, const char *name)
{
    return has(root, name, rq_is_file);
}
