/* The real models beside the repository, where they are: written again, nothing is lost. */
#include "tests/unit/ir_sample.h"
#include "tests/unit/xml_canon.h"

#include <ftw.h>

#define MODELS "../shared/models"

static size_t n_models;

static void check_model(const char *path)
{
    rq_graph *graph = NULL, *again = NULL;
    char first[33], second[33];
    uint64_t old_size = 0, new_size = 0;
    assert_ok(rq_ir_read(&graph, path));
    assert_ok(rq_ir_write(graph, at("first.xml")));
    assert_same_ir_xml(path, at("first.xml"));
    assert_ok(rq_ir_read(&again, at("first.xml")));
    assert_ok(rq_graph_digest(first, graph));
    assert_ok(rq_graph_digest(second, again));
    assert_string_equal(first, second);
    assert_ok(rq_ir_write(again, at("second.xml")));
    assert_same_file(at("first.xml"), at("second.xml"));
    assert_same_file(at("first.bin"), at("second.bin"));
    char *bin = rq_path_with_suffix(path, ".xml", ".bin");
    assert_ok(rq_file_size(&old_size, bin));
    assert_ok(rq_file_size(&new_size, at("first.bin")));
    /* Shared constants, and at most 7 bytes of padding before each. */
    assert_true(new_size <= old_size + 7 * graph->n_nodes);
    free(bin);
    rq_graph_destroy(&again);
    rq_graph_destroy(&graph);
}

static int visit(const char *path, const struct stat *info, int kind, struct FTW *place)
{
    (void)info, (void)place;
    if (kind != FTW_F || !rq_ends_with(path, ".xml")) return 0;
    check_model(path);
    n_models++;
    return 0;
}

static void rewrites_every_model(void **state)
{
    (void)state;
    if (!rq_is_dir(MODELS)) {
        print_message("skipped: no " MODELS "\n");
        skip();
    }
    assert_int_equal(nftw(MODELS, visit, 16, FTW_PHYS), 0);
    print_message("%zu models\n", n_models);
    assert_true(n_models > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(rewrites_every_model)};
    return ir_test_main(tests);
}
