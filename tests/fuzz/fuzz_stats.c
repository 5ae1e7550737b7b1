/* Statistics: lines that say what a sealed HDF5 file holds ("in NAME", "out", "text KEY VALUE",
 * "ints KEY N...", "count KEY N", "f32 KEY COLUMNS N...", also f64, u16, u64, i32, i64). It is
 * written as requant writes, and loaded. */
#include "tests/fuzz/fuzz.h"

#include "calib/h5.h"
#include "calib/stats_file.h"

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

static rq_status put_array(rq_h5 *h5, const char *name, rq_dtype dtype, char *rest)
{
    uint8_t data[MAX_NUMBERS * 8];
    char *save = NULL, *word = strtok_r(rest, " ", &save);
    size_t columns = word ? strtoul(word, NULL, 10) : 1, n = 0;
    if (columns < 1 || columns > 8) columns = 1;
    for (; (word = strtok_r(NULL, " ", &save)) && n < MAX_NUMBERS; n++)
        put_number(data + n * (rq_dtype_bits(dtype) / 8), dtype, word);
    return rq_h5_put_array(h5, name, "1", dtype, n / columns, columns, data);
}

static rq_status put_integers(rq_h5 *h5, const char *name, char *rest)
{
    int64_t numbers[16];
    size_t n = 0;
    char *save = NULL;
    for (char *word = strtok_r(rest, " ", &save); word && n < 16; word = strtok_r(NULL, " ", &save))
        numbers[n++] = strtoll(word, NULL, 0);
    return rq_h5_put_integers(h5, name, numbers, n);
}

/* *depth: groups one is in. */
static rq_status put_line(rq_h5 *h5, char *line, int *depth)
{
    char *rest = line, *word = strsep(&rest, " "), *name = strsep(&rest, " ");
    if (!rest) rest = line + strlen(line);
    if (!strcmp(word, "out") && *depth > 0) {
        --*depth;
        return rq_h5_leave(h5);
    }
    if (!name || !*name || strchr(name, '/')) return RQ_OK;
    if (!strcmp(word, "in") && *depth < 3) {
        RQ_TRY(rq_h5_enter(h5, name));
        ++*depth;
    }
    if (!strcmp(word, "text")) return rq_h5_put_text(h5, name, rest);
    if (!strcmp(word, "ints")) return put_integers(h5, name, rest);
    if (!strcmp(word, "count")) return rq_h5_put_count(h5, name, strtoull(rest, NULL, 0));
    for (size_t i = 0; i < sizeof dtypes / sizeof *dtypes; i++)
        if (!strcmp(word, dtypes[i].word)) return put_array(h5, name, dtypes[i].dtype, rest);
    return RQ_OK;
}

static rq_status put_all(rq_h5 *h5, const uint8_t *data, size_t size)
{
    char line[1024];
    int depth = 0;
    rq_status status = RQ_OK;
    while (status == RQ_OK && size) {
        fuzz_line(line, sizeof line, data, size, &data, &size);
        status = put_line(h5, line, &depth);
    }
    for (; status == RQ_OK && depth > 0; depth--) status = rq_h5_leave(h5);
    return status;
}

void fuzz_one(const uint8_t *data, size_t size)
{
    char path[512];
    rq_h5 *h5;
    rq_stats *stats;
    snprintf(path, sizeof path, "%s", fuzz_path("s.h5"));
    remove(path);
    if (rq_h5_create(&h5, path, path) != RQ_OK) return;
    rq_status status = put_all(h5, data, size), ended = rq_h5_finish(&h5);
    if (status != RQ_OK || ended != RQ_OK || rq_stats_load(&stats, path) != RQ_OK) return;
    (void)rq_stats_save(stats, fuzz_path("again.h5"));
    rq_stats_destroy(&stats);
}
