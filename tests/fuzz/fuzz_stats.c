/* Statistics, as the helper that reads HDF5 gives them: behind a NUL its bytes (hdf5_stream.h), or
 * lines that say what a file holds ("in NAME", "out", "text KEY VALUE", "ints KEY N...",
 * "count KEY N", "f32 KEY COLUMNS N...", also f64, u16, u64, i32, i64). What is taken is saved, and
 * then taken again. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/hdf5_helper.h"
#include "tests/fuzz/memory_files.h"

#include "calib/h5_seal.h"
#include "calib/stats_file.h"
#include "engine/base/formats/hdf5_stream.h"
#include "engine/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NUMBERS = 256 };

static const struct {
    const char *word;
    rq_dtype dtype;
} dtypes[] = {{"f32", RQ_DT_F32}, {"f64", RQ_DT_F64}, {"u16", RQ_DT_U16},
              {"u64", RQ_DT_U64}, {"i32", RQ_DT_I32}, {"i64", RQ_DT_I64}};

static void put_number(uint8_t *to, rq_dtype dtype, const char *text)
{
    int64_t integer = strtoll(text, NULL, 0);
    float single = strtof(text, NULL);
    double number = strtod(text, NULL);
    const void *from = dtype == RQ_DT_F32   ? (void *)&single
                       : dtype == RQ_DT_F64 ? (void *)&number
                                            : (void *)&integer; /* little-endian */
    memcpy(to, from, (rq_dtype_bits(dtype) / 8));
}

static void put(rq_buf *items, rq_hdf5_head head, const char *name, const void *data)
{
    head.name_bytes = (uint32_t)strlen(name);
    rq_buf_append_n(items, (const char *)&head, sizeof head);
    rq_buf_append_n(items, name, head.name_bytes);
    if (head.bytes) rq_buf_append_n(items, data, head.bytes);
}

static void put_array(rq_buf *items, const char *name, rq_dtype dtype, char *rest)
{
    uint8_t data[MAX_NUMBERS * 8];
    char *save = NULL, *word = strtok_r(rest, " ", &save);
    size_t columns = word ? strtoul(word, NULL, 10) : 1, n = 0, one = rq_dtype_bits(dtype) / 8;
    if (columns < 1 || columns > 8) columns = 1;
    for (; (word = strtok_r(NULL, " ", &save)) && n < MAX_NUMBERS; n++)
        put_number(data + n * one, dtype, word);
    const rq_hdf5_head head = {RQ_HDF5_ARRAY, dtype, .rank = columns > 1 ? 2 : 1,
                               .d = {(int64_t)(n / columns), (int64_t)columns},
                               .bytes = n / columns * columns * one};
    put(items, head, name, data);
}

static void put_integers(rq_buf *items, const char *name, char *rest)
{
    int64_t numbers[16];
    size_t n = 0;
    char *save = NULL;
    for (char *word = strtok_r(rest, " ", &save); word && n < 16; word = strtok_r(NULL, " ", &save))
        numbers[n++] = strtoll(word, NULL, 0);
    const rq_hdf5_head head = {RQ_HDF5_ATTRIBUTE, RQ_DT_I64, .rank = 1, .d = {(int64_t)n},
                               .bytes = n * sizeof *numbers};
    put(items, head, name, numbers);
}

static void put_line(rq_buf *items, char *line)
{
    char *rest = line, *word = strsep(&rest, " "), *name = strsep(&rest, " ");
    if (!rest) rest = line + strlen(line);
    if (!name) name = rest;
    if (!strcmp(word, "in")) put(items, (rq_hdf5_head){.kind = RQ_HDF5_GROUP}, name, "");
    if (!strcmp(word, "out")) put(items, (rq_hdf5_head){.kind = RQ_HDF5_LEAVE}, "", "");
    if (!strcmp(word, "ints")) put_integers(items, name, rest);
    if (!strcmp(word, "text"))
        put(items, (rq_hdf5_head){RQ_HDF5_ATTRIBUTE, RQ_DT_STRING, .bytes = strlen(rest)}, name,
            rest);
    if (!strcmp(word, "count"))
        put(items, (rq_hdf5_head){RQ_HDF5_ATTRIBUTE, RQ_DT_U64, .bytes = sizeof(uint64_t)}, name,
            &(uint64_t){strtoull(rest, NULL, 0)});
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
        if (!strcmp(word, dtypes[i].word)) put_array(items, name, dtypes[i].dtype, rest);
}

static void put_all(rq_buf *items, const uint8_t *data, size_t size)
{
    char line[1024];
    while (size) {
        fuzz_line(line, sizeof line, data, size, &data, &size);
        put_line(items, line);
    }
    put(items, (rq_hdf5_head){.kind = RQ_HDF5_END}, "", "");
}

/* A file that is there, too, for a helper to open; what is in it, nobody reads. */
static const char *seal(rq_buf *file, const rq_buf *items)
{
    static bool made;
    char block[RQ_H5_USER_BLOCK];
    if (!made) fuzz_write("s.h5", "", 0);
    made = true;
    if (rq_h5_seal(block, (const uint8_t *)items->data, items->length) != RQ_OK) abort();
    rq_buf_append_n(file, block, sizeof block);
    rq_buf_append_n(file, items->data, items->length);
    return fuzz_give("s.h5", file->data, file->length);
}

static void save_and_load(rq_stats *stats)
{
    char path[512];
    snprintf(path, sizeof path, "%s", fuzz_path("again.h5"));
    fuzz_helper_answers(NULL, 0);
    rq_status status = rq_stats_save(stats, path);
    rq_stats_destroy(&stats);
    if (status != RQ_OK) return;
    if (rq_stats_load(&stats, path) != RQ_OK) {
        fprintf(stderr, "%s\n", rq_error_text());
        abort();
    }
    rq_stats_destroy(&stats);
}

void fuzz_one(const uint8_t *data, size_t size)
{
    rq_buf items = {0}, file = {0};
    rq_stats *stats;
    if (size && !data[0])
        rq_buf_append_n(&items, (const char *)data + 1, size - 1);
    else
        put_all(&items, data, size);
    if (items.length) {
        const char *path = seal(&file, &items);
        fuzz_helper_answers(items.data, items.length);
        if (rq_stats_load(&stats, path) == RQ_OK) save_and_load(stats);
    }
    rq_buf_free(&items);
    rq_buf_free(&file);
}
