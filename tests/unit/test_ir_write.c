/* Writing IRs: nothing lost, the same bytes each time, constants shared and aligned, files whole.
 */
#include "tests/unit/ir_sample.h"
#include "tests/unit/xml_canon.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static void assert_same_digest(const rq_graph *a, const rq_graph *b)
{
    char x[33], y[33];
    assert_ok(rq_graph_digest(x, a));
    assert_ok(rq_graph_digest(y, b));
    assert_string_equal(x, y);
}

/* read -> write -> read -> write */
static void check_round_trip(const rq_graph *graph, const char *original)
{
    rq_graph *again = NULL;
    assert_ok(rq_ir_write(graph, at("first.xml")));
    assert_ok(rq_ir_read(&again, at("first.xml")));
    assert_same_digest(graph, again);
    assert_ok(rq_ir_write(again, at("second.xml")));
    assert_same_file(at("first.xml"), at("second.xml"));
    assert_same_file(at("first.bin"), at("second.bin"));
    if (original) assert_same_ir_xml(original, at("first.xml"));
    rq_graph_destroy(&again);
}

static void writes_the_sample_back(void **state)
{
    (void)state;
    rq_graph *graph = read_sample();
    check_round_trip(graph, at("sample.xml"));
    rq_graph_destroy(&graph);
}

/* The sample is laid out as OpenVINO writes, so but for the order of its edges it comes back
 * byte for byte. */
static void writes_as_openvino_does(void **state)
{
    (void)state;
    char *sorted = replaced(sample_xml,
                            "\t\t<edge from-layer=\"3\" from-port=\"0\" to-layer=\"5\" "
                            "to-port=\"1\" />\n",
                            "");
    char *expected = replaced(sorted, "\t\t<edge from-layer=\"6\"",
                              "\t\t<edge from-layer=\"3\" from-port=\"0\" to-layer=\"5\" "
                              "to-port=\"1\" />\n\t\t<edge from-layer=\"6\"");
    rq_graph *graph = read_sample();
    char *text = NULL;
    assert_ok(rq_ir_write(graph, at("same.xml")));
    assert_ok(rq_read_file(&text, NULL, at("same.xml"), 1 << 20));
    assert_string_equal(text, expected);
    rq_graph_destroy(&graph);
    free(text);
    free(sorted);
    free(expected);
}

static void version_10_stays(void **state)
{
    (void)state;
    char *xml = replaced(sample_xml, "version=\"11\"", "version=\"10\"");
    rq_graph *graph = NULL;
    char *text = NULL;
    assert_ok(read_text(&graph, "v10", xml, sample_bin, sizeof sample_bin));
    check_round_trip(graph, NULL);
    assert_ok(rq_read_file(&text, NULL, at("first.xml"), 1 << 20));
    assert_non_null(strstr(text, "<net name=\"sample\" version=\"10\""));
    assert_non_null(strstr(text, "<input>\n\t\t\t\t<port id=\"0\">\n"));
    rq_graph_destroy(&graph);
    free(text);
    free(xml);
}

static const int32_t numbers[4] = {1, 2, 3, 4};

static rq_node *add(rq_graph *graph, const char *name, rq_dtype dtype, int64_t n, const void *data)
{
    rq_node *node = NULL;
    rq_shape shape = rq_shape_make(1, &n);
    assert_ok(rq_graph_add_const(&node, graph, name, dtype, &shape, data));
    return node;
}

static size_t written_offset(const rq_graph *graph, const char *name)
{
    int64_t offset = -1;
    assert_true(rq_parse_i64(rq_node_attr(rq_graph_find(graph, name), "offset"), &offset));
    return (size_t)offset;
}

static void shares_and_aligns_constants(void **state)
{
    (void)state;
    rq_graph *graph = NULL, *again = NULL;
    assert_ok(rq_graph_create(&graph, "made"));
    add(graph, "byte", RQ_DT_U8, 1, "\x07");
    add(graph, "a", RQ_DT_I32, 4, numbers);
    add(graph, "b", RQ_DT_I32, 4, numbers);
    add(graph, "c", RQ_DT_I64, 2, numbers); /* the same bytes, but aligned to 8 */
    add(graph, "d", RQ_DT_U8, 16, numbers);
    add(graph, "e", RQ_DT_U8, 15, numbers); /* a prefix is not equal */
    add(graph, "empty", RQ_DT_F32, 0, numbers);
    add(graph, "nibbles", RQ_DT_I4, 3, "\x21\x03");
    check_round_trip(graph, NULL);
    assert_ok(rq_ir_read(&again, at("first.xml")));
    assert_int_equal(written_offset(again, "byte"), 0);
    assert_int_equal(written_offset(again, "a"), 4);
    assert_int_equal(written_offset(again, "b"), 4);
    assert_int_equal(written_offset(again, "c"), 24);
    assert_true(written_offset(again, "d") == 4 || written_offset(again, "d") == 24);
    assert_int_equal(written_offset(again, "e"), 40);
    assert_int_equal(written_offset(again, "nibbles"), 55);
    assert_int_equal(again->bin.size, 57);
    assert_memory_equal(rq_graph_find(again, "c")->data, numbers, 16);
    rq_graph_destroy(&again);
    rq_graph_destroy(&graph);
}

static void shares_across_a_thousand(void **state)
{
    (void)state;
    rq_graph *graph = NULL, *again = NULL;
    assert_ok(rq_graph_create(&graph, "many"));
    for (int32_t i = 0; i < 1000; i++) {
        int32_t x = i % 300;
        char name[16];
        snprintf(name, sizeof name, "c%d", i);
        add(graph, name, RQ_DT_I32, 1, &x);
    }
    check_round_trip(graph, NULL);
    assert_ok(rq_ir_read(&again, at("first.xml")));
    assert_int_equal(again->bin.size, 300 * 4);
    for (int32_t i = 0; i < 1000; i++)
        assert_int_equal(*(const int32_t *)again->nodes[i]->data, i % 300);
    rq_graph_destroy(&again);
    rq_graph_destroy(&graph);
}

static void writes_over_the_file_it_reads(void **state)
{
    (void)state;
    rq_graph *graph = read_sample();
    rq_graph *again = NULL;
    assert_ok(rq_ir_write(graph, at("sample.xml")));
    assert_memory_equal(rq_graph_find(graph, "w")->data, sample_bin, 24);
    assert_ok(rq_ir_read(&again, at("sample.xml")));
    assert_same_digest(graph, again);
    rq_graph_destroy(&again);
    rq_graph_destroy(&graph);
}

static void places_new_nodes_before_their_consumers(void **state)
{
    (void)state;
    rq_graph *graph = read_sample();
    rq_graph *again = NULL;
    rq_node *relu = NULL, *sigmoid = NULL;
    rq_node *conv = rq_graph_find(graph, "conv");
    assert_ok(rq_graph_add_node(&relu, graph, "relu", "ReLU", "opset1", 1, 1));
    assert_ok(rq_graph_add_node(&sigmoid, graph, "sigmoid", "Sigmoid", "opset1", 1, 1));
    relu->in[0] = sigmoid->out[0];
    sigmoid->in[0] = conv->out[0];
    rq_graph_replace_uses(graph, conv->out[0], relu->out[0], sigmoid->id);
    check_round_trip(graph, NULL);
    assert_ok(rq_ir_read(&again, at("first.xml")));
    static const char *const names[] = {"x",    "conv",   "w",    "sigmoid",
                                        "relu", "custom", "loop", "out"};
    static const int64_t ids[] = {0, 5, 3, 10, 11, 6, 7, 9};
    assert_int_equal(again->n_nodes, 8);
    for (size_t i = 0; i < 8; i++) {
        assert_string_equal(again->nodes[i]->name, names[i]);
        assert_int_equal(again->nodes[i]->layer_id, ids[i]);
    }
    rq_graph_destroy(&again);
    rq_graph_destroy(&graph);
}

static void escapes_every_character(void **state)
{
    (void)state;
    static const char nasty[] = "a<b>&\"c'\td\ne\rf \xC3\xA9&amp;";
    rq_graph *graph = NULL, *again = NULL;
    rq_node *node = NULL;
    assert_ok(rq_graph_create(&graph, nasty));
    assert_ok(rq_graph_add_node(&node, graph, nasty, "Custom", "extension", 0, 1));
    assert_ok(rq_node_set_attr(graph, node, "text", nasty));
    assert_ok(rq_graph_set_rt_info(graph, "requant/note", nasty));
    check_round_trip(graph, NULL);
    assert_ok(rq_ir_read(&again, at("first.xml")));
    assert_string_equal(again->name, nasty);
    assert_string_equal(again->nodes[0]->name, nasty);
    assert_string_equal(rq_node_attr(again->nodes[0], "text"), nasty);
    assert_string_equal(rq_graph_rt_info(again, "requant/note"), nasty);
    rq_graph_destroy(&again);
    rq_graph_destroy(&graph);
}

static size_t count_files(const char *dir)
{
    size_t n = 0;
    DIR *handle = opendir(dir);
    assert_non_null(handle);
    for (const struct dirent *entry; (entry = readdir(handle));) n += entry->d_name[0] != '.';
    closedir(handle);
    return n;
}

static void leaves_nothing_when_it_fails(void **state)
{
    (void)state;
    rq_graph *graph = read_sample();
    assert_ok(rq_make_dirs(at("empty")));
    assert_fails(rq_ir_write(graph, at("nowhere/a.xml")), RQ_EIO, "nowhere/a.bin");
    rq_node *made = NULL;
    assert_ok(rq_graph_add_node(&made, graph, "loose", "ReLU", "opset1", 1, 1));
    assert_fails(rq_ir_write(graph, at("empty/a.xml")), RQ_EARG, "'loose'");
    assert_int_equal(count_files(at("empty")), 0);
    rq_graph_destroy(&graph);
}

/* The xml cannot be written, so the .bin of the old pair must stay. */
static void keeps_the_old_pair_when_one_fails(void **state)
{
    (void)state;
    rq_graph *graph = read_sample();
    assert_ok(rq_make_dirs(at("pair/m.xml"))); /* a folder in the way */
    put_file("pair/m.bin", "old", 3);
    assert_fails(rq_ir_write(graph, at("pair/m.xml")), RQ_EIO, "m.xml");
    char *text = NULL;
    assert_ok(rq_read_file(&text, NULL, at("pair/m.bin"), 100));
    assert_string_equal(text, "old");
    assert_int_equal(count_files(at("pair")), 2);
    rq_graph_destroy(&graph);
    free(text);
}

/* A file-size limit stands for a full disk: first too small for the .bin, then for the xml. */
static void keeps_the_old_pair_when_the_disk_is_full(void **state)
{
    (void)state;
    rq_graph *graph = read_sample();
    assert_ok(rq_make_dirs(at("full")));
    put_file("full/m.bin", "old", 3);
    put_file("full/m.xml", "old", 3);
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    static const rlim_t limits[] = {10, 1000};
    static const char *const victims[] = {"m.bin: cannot write", "m.xml: cannot write"};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &(struct rlimit){limits[i], before.rlim_max}), 0);
        rq_status status = rq_ir_write(graph, at("full/m.xml"));
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_fails(status, RQ_EIO, victims[i]);
        assert_same_file(at("full/m.bin"), at("full/m.xml"));
        assert_int_equal(count_files(at("full")), 2);
    }
    signal(SIGXFSZ, handler);
    rq_graph_destroy(&graph);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(writes_the_sample_back),
        cmocka_unit_test(writes_as_openvino_does),
        cmocka_unit_test(version_10_stays),
        cmocka_unit_test(shares_and_aligns_constants),
        cmocka_unit_test(shares_across_a_thousand),
        cmocka_unit_test(writes_over_the_file_it_reads),
        cmocka_unit_test(places_new_nodes_before_their_consumers),
        cmocka_unit_test(escapes_every_character),
        cmocka_unit_test(leaves_nothing_when_it_fails),
        cmocka_unit_test(keeps_the_old_pair_when_one_fails),
        cmocka_unit_test(keeps_the_old_pair_when_the_disk_is_full),
    };
    return ir_test_main(tests);
}
