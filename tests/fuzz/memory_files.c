#include "tests/fuzz/memory_files.h"

#include "tests/fuzz/fuzz.h"

#include "engine/base/file.h"
#include "engine/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FILES = 4, MAX_MAPPINGS = 16 };

static struct {
    char path[512];
    const void *data;
    size_t size;
} files[MAX_FILES];
static size_t n_files;
static const void *mappings[MAX_MAPPINGS]; /* what was lent as a mapping; NULL: a free place */

rq_status __real_rq_map_file(rq_mapping *out, const char *path);
rq_status __real_rq_read_head(uint8_t *out, size_t *n, size_t capacity, const char *path);
rq_status __real_rq_read_file(char **out, size_t *size, const char *path, size_t max_bytes);
rq_status __real_rq_file_size(uint64_t *out, const char *path);
bool __real_rq_is_file(const char *path);
void __real_rq_unmap_file(rq_mapping *mapping);

rq_status __wrap_rq_map_file(rq_mapping *out, const char *path);
rq_status __wrap_rq_read_head(uint8_t *out, size_t *n, size_t capacity, const char *path);
rq_status __wrap_rq_read_file(char **out, size_t *size, const char *path, size_t max_bytes);
rq_status __wrap_rq_file_size(uint64_t *out, const char *path);
bool __wrap_rq_is_file(const char *path);
void __wrap_rq_unmap_file(rq_mapping *mapping);

const char *fuzz_give(const char *name, const void *data, size_t size)
{
    if (n_files == MAX_FILES) abort();
    snprintf(files[n_files].path, sizeof files[n_files].path, "%s", fuzz_path(name));
    files[n_files].data = data;
    files[n_files].size = size;
    return files[n_files++].path;
}

void fuzz_forget_files(void)
{
    n_files = 0;
}

/* Its number, or n_files. */
static size_t find(const char *path)
{
    size_t i = 0;
    while (i < n_files && strcmp(files[i].path, path)) i++;
    return i;
}

rq_status __wrap_rq_read_file(char **out, size_t *size, const char *path, size_t max_bytes)
{
    size_t i = find(path);
    if (i == n_files) return __real_rq_read_file(out, size, path, max_bytes);
    if (files[i].size > max_bytes) return rq_fail(RQ_EFORMAT, "%s: too long", path);
    char *text = malloc(files[i].size + 1);
    if (!text) abort();
    if (files[i].size) memcpy(text, files[i].data, files[i].size);
    text[files[i].size] = '\0';
    *out = text;
    if (size) *size = files[i].size;
    return RQ_OK;
}

static void lend(const void *data)
{
    size_t i = 0;
    while (i < MAX_MAPPINGS && mappings[i]) i++;
    if (i == MAX_MAPPINGS) abort();
    mappings[i] = data;
}

rq_status __wrap_rq_map_file(rq_mapping *out, const char *path)
{
    size_t i = find(path);
    if (i == n_files) return __real_rq_map_file(out, path);
    *out = (rq_mapping){0};
    if (!files[i].size) return RQ_OK;
    void *data = malloc(files[i].size);
    if (!data) abort();
    memcpy(data, files[i].data, files[i].size);
    lend(data);
    *out = (rq_mapping){data, files[i].size, false};
    return RQ_OK;
}

void __wrap_rq_unmap_file(rq_mapping *mapping)
{
    size_t i = 0;
    while (i < MAX_MAPPINGS && mappings[i] != mapping->data) i++;
    if (!mapping->data || i == MAX_MAPPINGS) {
        __real_rq_unmap_file(mapping);
        return;
    }
    free((void *)(uintptr_t)mappings[i]);
    mappings[i] = NULL;
    *mapping = (rq_mapping){0};
}

rq_status __wrap_rq_read_head(uint8_t *out, size_t *n, size_t capacity, const char *path)
{
    size_t i = find(path);
    if (i == n_files) return __real_rq_read_head(out, n, capacity, path);
    *n = files[i].size < capacity ? files[i].size : capacity;
    if (*n) memcpy(out, files[i].data, *n);
    return RQ_OK;
}

rq_status __wrap_rq_file_size(uint64_t *out, const char *path)
{
    size_t i = find(path);
    if (i == n_files) return __real_rq_file_size(out, path);
    *out = files[i].size;
    return RQ_OK;
}

bool __wrap_rq_is_file(const char *path)
{
    return find(path) < n_files || __real_rq_is_file(path);
}
