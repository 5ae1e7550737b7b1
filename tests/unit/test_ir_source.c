/* Constants whose bytes are made when they are asked for: as those that are there. */
#include "tests/unit/ir_sample.h"

#include "engine/base/rng.h"

#define ROUNDS 12
#define CONSTANTS 6

/* Bytes that are there, behind a source. */
static rq_status copy_some(void *out, const void *ctx, size_t offset, size_t n)
{
    memcpy(out, (const uint8_t *)ctx + offset, n);
    return RQ_OK;
}

static rq_status refuse(void *out, const void *ctx, size_t offset, size_t n)
{
    (void)ctx;
    memset(out, 0, n);
    return offset == 0 ? RQ_OK : rq_fail(RQ_EIO, "no more bytes");
}

/* From none to three pieces of bytes. */
static rq_shape random_shape(rq_rng *rng, size_t width)
{
    size_t most = rq_rng_below(rng, 2) ? 3 * RQ_PIECE / width : 100;
    return rq_shape_make(
        2, (const int64_t[]){(int64_t)rq_rng_below(rng, 4), (int64_t)rq_rng_below(rng, most / 3)});
}

/* Few values, so that equal constants are met. */
static uint8_t *random_bytes(rq_rng *rng, size_t n)
{
    uint8_t *bytes = malloc(n + 1);
    uint64_t kind = rq_rng_below(rng, 3);
    assert_non_null(bytes);
    for (size_t i = 0; i < n; i++)
        bytes[i] = kind == 0 ? 7 : (uint8_t)(kind == 1 ? i : rq_rng_u64(rng));
    return bytes;
}

static void add_result(rq_graph *graph, const rq_node *constant)
{
    rq_node *result;
    assert_ok(rq_graph_add_node(&result, graph, "r", "Result", "opset1", 1, 0));
    result->in[0] = constant->out[0];
}

static void assert_same_graphs(const rq_graph *eager, const rq_graph *lazy)
{
    char x[33], y[33];
    assert_ok(rq_graph_digest(x, eager));
    assert_ok(rq_graph_digest(y, lazy));
    assert_string_equal(x, y);
    assert_ok(rq_ir_write(eager, at("eager.xml")));
    assert_ok(rq_ir_write(lazy, at("lazy.xml")));
    assert_same_file(at("eager.xml"), at("lazy.xml"));
    assert_same_file(at("eager.bin"), at("lazy.bin"));
}

/* -- in pieces ------------------------------------------------------------------------------- */

typedef struct passed {
    const uint8_t *bytes;
    size_t at;
} passed;

static rq_status pass_piece(void *ctx, const void *piece, size_t size)
{
    passed *p = ctx;
    assert_in_range(size, 1, RQ_PIECE);
    assert_memory_equal(piece, p->bytes + p->at, size);
    p->at += size;
    return RQ_OK;
}

static void assert_visited(const rq_node *constant, const uint8_t *bytes)
{
    passed p = {.bytes = bytes};
    assert_ok(rq_const_visit(constant, pass_piece, &p));
    assert_int_equal(p.at, constant->data_bytes);
}

static void assert_read_anywhere(rq_rng *rng, const rq_node *constant, const uint8_t *bytes)
{
    size_t size = constant->data_bytes;
    uint8_t *out = malloc(size + 1);
    assert_non_null(out);
    for (int i = 0; i < 4; i++) {
        size_t first = rq_rng_below(rng, size + 1), n = rq_rng_below(rng, size - first + 1);
        assert_ok(rq_const_read(out, constant, first, n));
        assert_memory_equal(out, bytes + first, n);
    }
    free(out);
}

/* -- tests ----------------------------------------------------------------------------------- */

static void test_any_constants(void **state)
{
    static const rq_dtype dtypes[] = {RQ_DT_U8, RQ_DT_F16, RQ_DT_F32, RQ_DT_I64};
    rq_rng rng;
    (void)state;
    rq_rng_seed(&rng, 5);
    for (int round = 0; round < ROUNDS; round++) {
        rq_graph *eager, *lazy;
        uint8_t *bytes[CONSTANTS];
        rq_node *node;
        assert_ok(rq_graph_create(&eager, "g"));
        assert_ok(rq_graph_create(&lazy, "g"));
        for (size_t i = 0; i < CONSTANTS; i++) {
            rq_dtype dtype = dtypes[rq_rng_below(&rng, 4)];
            rq_shape shape = random_shape(&rng, rq_dtype_bits(dtype) / 8);
            size_t size;
            assert_true(rq_dtype_bytes(&size, dtype, rq_shape_count(&shape)));
            bytes[i] = random_bytes(&rng, size);
            const rq_source source = {copy_some, bytes[i]};
            assert_ok(rq_graph_add_const(&node, eager, "c", dtype, &shape, bytes[i]));
            add_result(eager, node);
            assert_ok(rq_graph_add_source(&node, lazy, "c", dtype, &shape, &source));
            add_result(lazy, node);
            assert_null(node->data);
            assert_visited(node, bytes[i]);
            assert_read_anywhere(&rng, node, bytes[i]);
        }
        assert_same_graphs(eager, lazy);
        assert_ok(rq_graph_load(lazy));
        for (size_t i = 0; i < 2 * CONSTANTS; i += 2) {
            assert_non_null(lazy->nodes[i]->data);
            assert_visited(lazy->nodes[i], bytes[i / 2]);
        }
        assert_same_graphs(eager, lazy);
        rq_graph_destroy(&eager);
        rq_graph_destroy(&lazy);
        for (size_t i = 0; i < CONSTANTS; i++) free(bytes[i]);
    }
}

/* Large ones are written before it is known that their bytes are there already: those go again,
 * and what comes next lies where it did. */
static void test_large_equal_constants_share_bytes(void **state)
{
    const int64_t n = 2 * RQ_PIECE + 5;
    const rq_shape shape = rq_shape_make(1, &n), one = rq_shape_make(1, (const int64_t[]){1});
    const float last = 2.5f;
    uint8_t *bytes = calloc((size_t)n, 1);
    const rq_source source = {copy_some, bytes};
    rq_graph *graph, *again;
    rq_node *node;
    (void)state;
    assert_non_null(bytes);
    assert_ok(rq_graph_create(&graph, "g"));
    for (int i = 0; i < 3; i++) {
        assert_ok(rq_graph_add_source(&node, graph, "c", RQ_DT_U8, &shape, &source));
        add_result(graph, node);
    }
    assert_ok(rq_graph_add_const(&node, graph, "last", RQ_DT_F32, &one, &last));
    add_result(graph, node);
    assert_ok(rq_ir_write(graph, at("shared.xml")));
    uint64_t size;
    assert_ok(rq_file_size(&size, at("shared.bin")));
    assert_int_equal(size, rq_round_up((size_t)n, 4) + 4);
    assert_ok(rq_ir_read(&again, at("shared.xml")));
    assert_visited(rq_graph_find(again, "c_2"), bytes);
    assert_float_equal(*(const float *)rq_graph_find(again, "last")->data, 2.5f, 0);
    rq_graph_destroy(&again);
    rq_graph_destroy(&graph);
    free(bytes);
}

static void test_a_source_that_fails_leaves_nothing(void **state)
{
    const int64_t n = 3 * RQ_PIECE;
    const rq_shape shape = rq_shape_make(1, &n);
    const rq_source source = {refuse, NULL};
    rq_graph *graph;
    rq_node *node;
    char digest[33];
    (void)state;
    assert_ok(rq_graph_create(&graph, "g"));
    assert_ok(rq_graph_add_source(&node, graph, "c", RQ_DT_U8, &shape, &source));
    add_result(graph, node);
    assert_fails(rq_ir_write(graph, at("none.xml")), RQ_EIO, "no more bytes");
    assert_false(rq_is_file(at("none.xml")) || rq_is_file(at("none.bin")));
    assert_fails(rq_graph_digest(digest, graph), RQ_EIO, "no more bytes");
    rq_graph_destroy(&graph);
}

/* -- that stay in the file ----------------------------------------------------------------------
 */

#define IN_FILE (3 * RQ_PIECE)

static rq_graph *open_large(const char *name)
{
    static const char xml[] =
        "<net name=\"n\" version=\"11\"><layers><layer id=\"0\" name=\"c\" type=\"Const\" "
        "version=\"opset1\"><data element_type=\"u8\" shape=\"3145728\" offset=\"0\" "
        "size=\"3145728\"/><output><port id=\"0\" precision=\"U8\"><dim>3145728</dim></port>"
        "</output></layer></layers><edges/></net>";
    uint8_t *bytes = malloc(IN_FILE);
    char file[64];
    rq_graph *graph;
    assert_non_null(bytes);
    for (size_t i = 0; i < IN_FILE; i++) bytes[i] = (uint8_t)(i * 7 + i / 1000);
    snprintf(file, sizeof file, "%s.bin", name);
    put_file(file, bytes, IN_FILE);
    snprintf(file, sizeof file, "%s.xml", name);
    put_file(file, xml, strlen(xml));
    free(bytes);
    assert_ok(rq_ir_open(&graph, at(file)));
    assert_null(rq_graph_find(graph, "c")->data);
    return graph;
}

static void test_opened_is_as_read(void **state)
{
    (void)state;
    rq_graph *opened = open_large("opened"), *read;
    assert_ok(rq_ir_read(&read, at("opened.xml")));
    assert_visited(rq_graph_find(opened, "c"), rq_graph_find(read, "c")->data);
    assert_same_graphs(read, opened);
    assert_ok(rq_graph_load(opened));
    assert_memory_equal(rq_graph_find(opened, "c")->data, rq_graph_find(read, "c")->data, IN_FILE);
    rq_graph_destroy(&opened);
    rq_graph_destroy(&read);
}

/* What is read later is of the file that was opened; once loaded, nothing is read any more. */
static void test_a_file_that_changes_is_noticed(void **state)
{
    char digest[33];
    (void)state;
    rq_graph *shorter = open_large("shorter"), *longer = open_large("longer"),
             *loaded = open_large("loaded");
    assert_ok(rq_graph_load(loaded));
    assert_int_equal(truncate(at("shorter.bin"), IN_FILE / 2), 0);
    assert_int_equal(truncate(at("longer.bin"), IN_FILE + 1), 0);
    assert_int_equal(truncate(at("loaded.bin"), 0), 0);
    assert_fails(rq_ir_write(shorter, at("none.xml")), RQ_EIO, "shorter.bin: became shorter");
    assert_fails(rq_graph_digest(digest, longer), RQ_EIO, "longer.bin: was written to");
    assert_fails(rq_graph_load(longer), RQ_EIO, "longer.bin: was written to");
    assert_false(rq_is_file(at("none.xml")) || rq_is_file(at("none.bin")));
    assert_ok(rq_ir_write(loaded, at("whole.xml")));
    rq_graph_destroy(&shorter);
    rq_graph_destroy(&longer);
    rq_graph_destroy(&loaded);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_constants),
        cmocka_unit_test(test_large_equal_constants_share_bytes),
        cmocka_unit_test(test_a_source_that_fails_leaves_nothing),
        cmocka_unit_test(test_opened_is_as_read),
        cmocka_unit_test(test_a_file_that_changes_is_noticed),
    };
    return ir_test_main(tests);
}
