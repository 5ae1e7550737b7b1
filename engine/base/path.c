/* Names of files, as text (engine/base/file.h). */
#include "engine/base/file.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

static char *take(rq_buf *buf)
{
    if (!buf->failed) return buf->data;
    rq_fail_memory(buf->length, "a path");
    rq_buf_free(buf);
    return NULL;
}

/* a[0..n) and b, in new memory. */
static char *concat(const char *a, size_t n, const char *b)
{
    rq_buf buf = {0};
    rq_buf_append_n(&buf, a, n);
    rq_buf_append(&buf, b);
    return take(&buf);
}

const char *rq_path_shown(const char *path)
{
    return *path ? path : "''";
}

char *rq_path_join(const char *dir, const char *name)
{
    if (name[0] == '/' || dir[0] == '\0') return concat(name, strlen(name), "");
    size_t n = strlen(dir);
    while (n > 0 && dir[n - 1] == '/') n--;
    rq_buf buf = {0};
    rq_buf_append_n(&buf, dir, n);
    rq_buf_append(&buf, "/");
    rq_buf_append(&buf, name);
    return take(&buf);
}

char *rq_path_with_suffix(const char *path, const char *old_suffix, const char *new_suffix)
{
    size_t n = strlen(path);
    if (rq_ends_with(path, old_suffix)) n -= strlen(old_suffix);
    return concat(path, n, new_suffix);
}

const char *rq_path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *rq_path_stem(const char *path)
{
    const char *name = rq_path_name(path);
    const char *dot = strrchr(name, '.');
    return concat(name, dot && dot != name ? (size_t)(dot - name) : strlen(name), "");
}

char *rq_path_dir(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash) return concat(".", 1, "");
    return concat(path, slash == path ? 1 : (size_t)(slash - path), "");
}
