/* Models damaged at random: texts whose numbers, words and lines are changed, and (where Debian's
 * libonnx-testdata is) the ONNX backend cases with their bytes changed. Whatever comes in, import
 * ends with a graph, a list of what does not map, or an error with a text; memory stays bounded.
 *
 * IMPORT_DAMAGE_ROUNDS=N damages each model N times (default 2000 of the texts, 2 of the others);
 * IMPORT_DAMAGE_SEED=N another sequence. */
#include "tests/unit/scratch.h"

#include "engine/base/rng.h"
#include "engine/base/text.h"
#include "engine/import/import.h"

#include <ctype.h>
#include <dirent.h>
#include <sys/resource.h>
#include <time.h>

#define DATA "tests/data/import"
#define ONNX_DATA "/usr/share/libonnx-testdata/data"
#define MAX_KIB (1 << 20) /* that all of it may take, with a sanitizer's own memory */
#define MAX_SECONDS                                                                                \
    20.0 /* that one damaged model may take, with sanitizers, on a busy machine                    \
          */

static uint64_t setting(const char *name, uint64_t fallback)
{
    const char *text = getenv(name);
    int64_t value;
    return text && rq_parse_i64(text, &value) && value >= 0 ? (uint64_t)value : fallback;
}

/* -- importing whatever it is ---------------------------------------------------------------- */

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Whether a graph came of it. */
static bool import_any(const char *path)
{
    rq_framework_model *source = NULL;
    rq_import_result result = {0};
    double begin = seconds();
    rq_status status = rq_import_open(&source, &(rq_import_files){.model = path});
    if (status == RQ_OK) status = rq_import_graph(&result, source, NULL);
    if (status != RQ_OK) {
        assert_null(result.graph);
        assert_string_not_equal(rq_error_text(), "");
    } else {
        assert_true(result.graph != NULL || result.n_unmapped > 0);
    }
    bool made = result.graph != NULL;
    rq_graph_destroy(&result.graph);
    rq_framework_model_destroy(&source);
    if (seconds() - begin > MAX_SECONDS) fail_msg("%s: %.0f s", path, seconds() - begin);
    return made;
}

static void assert_memory_bounded(void)
{
    struct rusage usage;
    assert_int_equal(getrusage(RUSAGE_SELF, &usage), 0);
    assert_in_range((size_t)usage.ru_maxrss, 0, MAX_KIB);
}

/* -- texts ----------------------------------------------------------------------------------- */

static const char *const numbers[] = {"0",
                                      "-1",
                                      "1",
                                      "2",
                                      "3",
                                      "7",
                                      "65536",
                                      "1e30",
                                      "nan",
                                      "2147483647",
                                      "-2147483648",
                                      "4294967295",
                                      "inf",
                                      "1000000000000",
                                      "-1e-9",
                                      "0.001",
                                      "9223372036854775807"};

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || strchr("_-+.", c) != NULL;
}

/* The word at or after a random place: its begin and end. */
static void pick_word(size_t *begin, size_t *end, const rq_buf *text, rq_rng *rng)
{
    size_t at = rq_rng_below(rng, text->length);
    while (at < text->length && !is_word(text->data[at])) at++;
    while (at > 0 && is_word(text->data[at - 1])) at--;
    *begin = at;
    while (at < text->length && is_word(text->data[at])) at++;
    *end = at;
}

static void replace(rq_buf *text, size_t begin, size_t end, const char *with, size_t n)
{
    rq_buf changed = {0};
    rq_buf_append_n(&changed, text->data, begin);
    rq_buf_append_n(&changed, with, n);
    rq_buf_append_n(&changed, text->data + end, text->length - end);
    rq_buf_free(text);
    *text = changed;
}

static void change_number(rq_buf *text, rq_rng *rng)
{
    size_t begin, end;
    for (int tries = 0; tries < 50; tries++) {
        pick_word(&begin, &end, text, rng);
        if (begin == end || isalpha((unsigned char)text->data[begin])) continue;
        const char *with = numbers[rq_rng_below(rng, sizeof numbers / sizeof *numbers)];
        replace(text, begin, end, with, strlen(with));
        return;
    }
}

/* A word becomes another one of the text. */
static void change_word(rq_buf *text, rq_rng *rng)
{
    size_t begin, end, from, to;
    pick_word(&begin, &end, text, rng);
    pick_word(&from, &to, text, rng);
    char *word = strndup(text->data + from, to - from);
    assert_non_null(word);
    replace(text, begin, end, word, to - from);
    free(word);
}

static size_t line_begin(const rq_buf *text, size_t at)
{
    while (at > 0 && text->data[at - 1] != '\n') at--;
    return at;
}

static size_t line_end(const rq_buf *text, size_t at)
{
    while (at < text->length && text->data[at] != '\n') at++;
    return at < text->length ? at + 1 : at;
}

/* A line away, or another line twice. */
static void change_line(rq_buf *text, rq_rng *rng)
{
    size_t at = rq_rng_below(rng, text->length), from = rq_rng_below(rng, text->length);
    size_t begin = line_begin(text, from), n = line_end(text, from) - begin;
    char *line = strndup(text->data + begin, n);
    assert_non_null(line);
    at = line_begin(text, at);
    if (rq_rng_below(rng, 2))
        replace(text, at, line_end(text, at), "", 0);
    else
        replace(text, at, at, line, strlen(line));
    free(line);
}

static void damage_text(rq_buf *text, rq_rng *rng)
{
    static void (*const ways[])(rq_buf *, rq_rng *) = {change_number, change_number, change_number,
                                                       change_word, change_line};
    for (uint64_t n = 1 + rq_rng_below(rng, 3); n > 0 && text->length; n--)
        ways[rq_rng_below(rng, sizeof ways / sizeof *ways)](text, rng);
}

/* Some of the damaged texts must still be models, and most must not. */
static void damage_often(void **state, const char *path)
{
    char *whole;
    size_t size;
    const char *file = strrchr(path, '/') + 1;
    uint64_t rounds = setting("IMPORT_DAMAGE_ROUNDS", 2000), made = 0;
    rq_rng rng;
    rq_rng_seed(&rng, setting("IMPORT_DAMAGE_SEED", 1));
    assert_true(import_any(path));
    assert_ok(rq_read_file(&whole, &size, path, (size_t)1 << 20));
    for (uint64_t i = 0; i < rounds; i++) {
        rq_buf text = {0};
        rq_buf_append_n(&text, whole, size);
        damage_text(&text, &rng);
        made += import_any(scratch_file(state, file, text.data, text.length));
        rq_buf_free(&text);
    }
    free(whole);
    assert_in_range(made, rounds / 50, rounds - 1);
    assert_memory_bounded();
}

static void test_caffe(void **state)
{
    damage_often(state, DATA "/net.prototxt");
}

static void test_tensorflow(void **state)
{
    damage_often(state, DATA "/graph.pbtxt");
}

/* -- bytes ----------------------------------------------------------------------------------- */

static void damage_bytes(rq_buf *data, rq_rng *rng)
{
    static const char nasty[] = {0, 1, 2, 0x7f, (char)0x80, (char)0xff};
    for (uint64_t n = 1 + rq_rng_below(rng, 3); n > 0 && data->length; n--) {
        size_t at = rq_rng_below(rng, data->length);
        switch (rq_rng_below(rng, 5)) {
        case 0:
            data->data[at] ^= (char)(1 << rq_rng_below(rng, 8));
            break;
        case 1:
            data->data[at] = nasty[rq_rng_below(rng, sizeof nasty)];
            break;
        case 2:
            data->data[at] = (char)rq_rng_u64(rng);
            break;
        case 3:
            data->data[at]++;
            break;
        default:
            if (rq_rng_below(rng, 8) == 0)
                data->length = at;
            else
                data->data[at]--;
        }
    }
}

static void damage_file(void **state, const char *path, uint64_t rounds, rq_rng *rng)
{
    char *whole;
    size_t size;
    assert_ok(rq_read_file(&whole, &size, path, (size_t)1 << 30));
    for (uint64_t i = 0; i < rounds && size < (size_t)1 << 20; i++) {
        rq_buf data = {0};
        rq_buf_append_n(&data, whole, size);
        damage_bytes(&data, rng);
        import_any(scratch_file(state, "model.onnx", data.data, data.length));
        rq_buf_free(&data);
    }
    free(whole);
}

static void test_onnx(void **state)
{
    static const char *const suites[] = {"node", "pytorch-operator"};
    uint64_t rounds = setting("IMPORT_DAMAGE_ROUNDS", 2);
    rq_rng rng;
    rq_rng_seed(&rng, setting("IMPORT_DAMAGE_SEED", 1));
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++) {
        struct dirent **cases;
        char path[1024];
        snprintf(path, sizeof path, ONNX_DATA "/%s", suites[i]);
        int n = scandir(path, &cases, NULL, alphasort);
        if (n < 0) skip();
        for (int k = 0; k < n; k++) {
            snprintf(path, sizeof path, ONNX_DATA "/%s/%s/model.onnx", suites[i], cases[k]->d_name);
            if (rq_is_file(path)) damage_file(state, path, rounds, &rng);
            free(cases[k]);
        }
        free(cases);
    }
    assert_memory_bounded();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
        TEST(test_caffe),
        TEST(test_tensorflow),
        TEST(test_onnx),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
