#include "engine/export/relative_path.h"

#include "engine/base/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Both are absolute. */
static char *between(const char *folder, const char *file)
{
    size_t common = 0;
    rq_buf text = {0};
    for (size_t i = 0; folder[i] && folder[i] == file[i]; i++)
        if (folder[i] == '/') common = i + 1;
    if (rq_starts_with(file, folder) && file[strlen(folder)] == '/') common = strlen(folder) + 1;
    for (const char *at = folder + (common < strlen(folder) ? common : strlen(folder)); *at;) {
        rq_buf_append(&text, "../");
        at += strcspn(at, "/");
        at += *at == '/';
    }
    rq_buf_append(&text, file + common);
    if (!text.failed) return text.data;
    rq_buf_free(&text);
    return NULL;
}

char *rq_relative_path(const char *folder, const char *file)
{
    errno = 0;
    char *from = realpath(folder, NULL), *to = *file == '/' ? strdup(file) : realpath(file, NULL),
         *path = NULL;
    if (from && to)
        path = between(from, to);
    else if (errno != ENOMEM)
        path = strdup(file);
    free(from);
    free(to);
    return path;
}
