/* Random damage to a good IR: reading must refuse it or give a graph that works; under the
 * sanitizers no byte outside is touched. RQ_FUZZ_ROUNDS sets how many (4000), RQ_FUZZ_SEED where
 * to begin (1); a failure names the round. */
#include "tests/unit/ir_sample.h"

#include "engine/base/rng.h"

enum { MAX_XML = 8192 };

static uint64_t env_number(const char *name, uint64_t fallback)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : fallback;
}

/* Pieces that mean something to the reader get the damage past the XML parser. */
static const char *const pieces[] = {
    "0",
    "1",
    "-1",
    "7",
    "99999999999",
    "9223372036854775807",
    "18446744073709551616",
    "",
    "f16",
    "i4",
    "u1",
    "string",
    "boolean",
    "dynamic",
    "FP32",
    "BIN",
    "I64",
    "Const",
    "Parameter",
    "Result",
    "<dim>1</dim>",
    "<dim>0</dim>",
    "<port id=\"0\" precision=\"FP32\"/>",
    "<layers/>",
    "<rt_info/>",
    "shape=\"\"",
    "size=\"0\"",
    "offset=\"4\"",
    "1,1,1,1,1,1,1,1,1,1",
    "...",
    "&lt;",
    "from-layer=\"1\"",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<!DOCTYPE x>",
    "\"",
    ">",
    "/>",
};

typedef struct damage {
    char xml[MAX_XML];
    size_t xml_size;
    uint8_t bin[sizeof sample_bin];
    size_t bin_size;
} damage;

static void splice(damage *d, size_t place, size_t drop, const char *text)
{
    size_t length = strlen(text);
    if (drop > d->xml_size - place) drop = d->xml_size - place;
    if (d->xml_size - drop + length > MAX_XML) return;
    memmove(d->xml + place + length, d->xml + place + drop, d->xml_size - place - drop);
    memcpy(d->xml + place, text, length);
    d->xml_size = d->xml_size - drop + length;
}

/* The value between the next quotes, so that the XML stays whole. */
static void change_value(damage *d, rq_rng *rng)
{
    size_t place = rq_rng_below(rng, d->xml_size);
    while (place < d->xml_size && d->xml[place] != '"') place++;
    if (place++ >= d->xml_size) return;
    size_t end = place;
    while (end < d->xml_size && d->xml[end] != '"') end++;
    splice(d, place, end - place, pieces[rq_rng_below(rng, sizeof pieces / sizeof *pieces)]);
}

static void swap_digit(damage *d, rq_rng *rng)
{
    size_t place = rq_rng_below(rng, d->xml_size);
    while (place < d->xml_size && (d->xml[place] < '0' || d->xml[place] > '9')) place++;
    if (place < d->xml_size) d->xml[place] = (char)('0' + rq_rng_below(rng, 10));
}

static void drop_line(damage *d, rq_rng *rng)
{
    size_t place = rq_rng_below(rng, d->xml_size);
    while (place > 0 && d->xml[place - 1] != '\n') place--;
    size_t end = place;
    while (end < d->xml_size && d->xml[end] != '\n') end++;
    splice(d, place, end + 1 - place, "");
}

static void flip_bit(damage *d, rq_rng *rng)
{
    d->xml[rq_rng_below(rng, d->xml_size)] ^= (char)(1 << rq_rng_below(rng, 8));
}

static void put_piece(damage *d, rq_rng *rng)
{
    splice(d, rq_rng_below(rng, d->xml_size), rq_rng_below(rng, 4),
           pieces[rq_rng_below(rng, sizeof pieces / sizeof *pieces)]);
}

static void cut_xml(damage *d, rq_rng *rng)
{
    if (rq_rng_below(rng, 8) == 0) d->xml_size = 1 + rq_rng_below(rng, d->xml_size);
}

static void cut_bin(damage *d, rq_rng *rng)
{
    d->bin_size = rq_rng_below(rng, d->bin_size + 1);
}

typedef void damage_fn(damage *d, rq_rng *rng);
static damage_fn *const kinds[] = {change_value, change_value, change_value, swap_digit, swap_digit,
                                   drop_line,    flip_bit,     put_piece,    cut_xml,    cut_bin};

static void use(rq_graph *graph)
{
    rq_graph *clone = NULL, *again = NULL;
    char first[33], second[33];
    assert_ok(rq_graph_digest(first, graph));
    assert_ok(rq_graph_clone(&clone, graph));
    assert_ok(rq_ir_write(clone, at("again.xml")));
    assert_ok(rq_ir_read(&again, at("again.xml")));
    assert_ok(rq_graph_digest(second, again));
    assert_string_equal(first, second);
    assert_ok(rq_graph_prune(clone));
    rq_graph_destroy(&again);
    rq_graph_destroy(&clone);
}

static void survives_damage(void **state)
{
    (void)state;
    uint64_t rounds = env_number("RQ_FUZZ_ROUNDS", 4000), seed = env_number("RQ_FUZZ_SEED", 1);
    size_t accepted = 0;
    for (uint64_t round = seed; round < seed + rounds; round++) {
        rq_rng rng;
        rq_graph *graph = NULL;
        damage d = {.xml_size = strlen(sample_xml), .bin_size = sizeof sample_bin};
        rq_rng_seed(&rng, round);
        memcpy(d.xml, sample_xml, d.xml_size);
        memcpy(d.bin, sample_bin, d.bin_size);
        for (uint64_t n = 1 + rq_rng_below(&rng, 3); n > 0; n--)
            kinds[rq_rng_below(&rng, sizeof kinds / sizeof *kinds)](&d, &rng);
        put_file("f.xml", d.xml, d.xml_size);
        put_file("f.bin", d.bin, d.bin_size);
        rq_status status = rq_ir_read(&graph, at("f.xml"));
        if (status == RQ_OK) {
            accepted++;
            if (accepted % 64 == 1) use(graph);
        } else if (!strstr(rq_error_text(), at("f."))) {
            fail_msg("round %llu: no file in '%s'", (unsigned long long)round, rq_error_text());
        }
        rq_graph_destroy(&graph);
    }
    print_message("%zu of %llu damaged files could be read\n", accepted,
                  (unsigned long long)rounds);
    assert_true(accepted > 0 && accepted < rounds);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(survives_damage)};
    return ir_test_main(tests);
}
