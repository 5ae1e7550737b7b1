/* A part of an ONNX model has its data in itself, and reads no files outside the model's folder. */
#include "tests/unit/test.h"

#include "tests/unit/scratch.h"

#include "engine/base/file.h"
#include "engine/base/formats/onnx.pb-c.h"
#include "engine/exec/onnx_part.h"

#include <stdlib.h>
#include <unistd.h>

/* Where the tensor of the model lies: of an initializer, or of a Constant's attribute. */
typedef enum place { INITIALIZER, ATTRIBUTE } place;

typedef struct external {
    char *location, *offset, *length; /* NULL: it says nothing */
    place place;
} external;

/* y = x + w, w [4] in f32 and in another file. */
static void write_model(const char *path, const external *e)
{
    Onnx__StringEntry pairs[3] = {ONNX__STRING_ENTRY__INIT, ONNX__STRING_ENTRY__INIT,
                                  ONNX__STRING_ENTRY__INIT};
    Onnx__StringEntry *said[3];
    const char *const keys[] = {"location", "offset", "length"};
    char *const texts[] = {e->location, e->offset, e->length};
    Onnx__Tensor w = ONNX__TENSOR__INIT, *initializers[] = {&w};
    Onnx__Attribute value = ONNX__ATTRIBUTE__INIT, *attributes[] = {&value};
    Onnx__Node constant = ONNX__NODE__INIT, add = ONNX__NODE__INIT, *nodes[] = {&constant, &add};
    Onnx__Graph graph = ONNX__GRAPH__INIT;
    Onnx__Model model = ONNX__MODEL__INIT;
    char *inputs[] = {"x", "w"}, *made[] = {"w"}, *outputs[] = {"y"};
    int64_t dims[] = {4};
    for (size_t i = 0; i < 3; i++) {
        if (!texts[i]) continue;
        pairs[i].key = (char *)(uintptr_t)keys[i];
        pairs[i].value = texts[i];
        said[w.n_external_data++] = &pairs[i];
    }
    w.external_data = said;
    w.dims = dims;
    w.n_dims = 1;
    w.has_data_type = 1;
    w.data_type = 1;
    w.name = "w";
    w.has_data_location = 1;
    w.data_location = 1;
    value.name = "value";
    value.t = &w;
    constant.op_type = "Constant";
    constant.attribute = attributes;
    constant.n_attribute = 1;
    constant.output = made;
    constant.n_output = 1;
    add.op_type = "Add";
    add.input = inputs;
    add.n_input = 2;
    add.output = outputs;
    add.n_output = 1;
    graph.node = e->place == ATTRIBUTE ? nodes : nodes + 1;
    graph.n_node = e->place == ATTRIBUTE ? 2 : 1;
    graph.initializer = initializers;
    graph.n_initializer = e->place == INITIALIZER;
    model.graph = &graph;
    size_t size = onnx__model__get_packed_size(&model);
    uint8_t *bytes = malloc(size);
    assert_non_null(bytes);
    onnx__model__pack(&model, bytes);
    assert_ok(rq_write_file(path, bytes, size));
    free(bytes);
}

static rq_status part_of(Onnx__Model **out, void **state, const external *e)
{
    char path[512];
    uint8_t *bytes = NULL;
    size_t size = 0;
    rq_dtype types[1];
    const rq_tensor x = {RQ_DT_F32, {1, {4}}, NULL};
    snprintf(path, sizeof path, "%s/model.onnx", (char *)*state);
    write_model(path, e);
    rq_status status = rq_onnx_part(&bytes, &size, types, path, "x", "y", &x, 1);
    *out = status == RQ_OK ? onnx__model__unpack(NULL, size, bytes) : NULL;
    free(bytes);
    return status;
}

static void assert_refused(void **state, external e, rq_status why, const char *text)
{
    Onnx__Model *part;
    for (e.place = INITIALIZER; e.place <= ATTRIBUTE; e.place++) {
        assert_fails(part_of(&part, state, &e), why, text);
        assert_null(part);
    }
}

static void write_data(void **state, const char *name)
{
    char path[512];
    const float data[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    snprintf(path, sizeof path, "%s/%s", (char *)*state, name);
    assert_ok(rq_write_file(path, data, sizeof data));
}

/* The part is run from memory: nothing in it may need a file. */
static void test_data_come_along(void **state)
{
    write_data(state, "w.bin");
    for (place at = INITIALIZER; at <= ATTRIBUTE; at++) {
        Onnx__Model *part;
        const external e = {"w.bin", "16", at == INITIALIZER ? NULL : "16", at};
        assert_ok(part_of(&part, state, &e));
        assert_non_null(part);
        const Onnx__Tensor *w =
            at == INITIALIZER ? part->graph->initializer[0] : part->graph->node[0]->attribute[0]->t;
        assert_int_equal(w->data_location, 0);
        assert_int_equal(w->raw_data.len, 16);
        const float expected[] = {4, 5, 6, 7};
        assert_memory_equal(w->raw_data.data, expected, sizeof expected);
        onnx__model__free_unpacked(part, NULL);
    }
}

static void test_outside(void **state)
{
    static char *const locations[] = {"/etc/passwd", "../w.bin", "a/../../w.bin", "..", "", NULL};
    for (size_t i = 0; i < sizeof locations / sizeof locations[0]; i++)
        assert_refused(state, (external){.location = locations[i]}, RQ_EFORMAT, "beside the model");
}

/* Nor through a link, but for one within the folder. */
static void test_links(void **state)
{
    char path[512];
    Onnx__Model *part;
    const external e = {.location = "linked.bin", .offset = "16"};
    snprintf(path, sizeof path, "%s/linked.bin", (char *)*state);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_refused(state, e, RQ_EFORMAT, "linked.bin: leads outside the folder");
    assert_int_equal(unlink(path), 0);
    write_data(state, "w.bin");
    assert_int_equal(symlink("w.bin", path), 0);
    assert_ok(part_of(&part, state, &e));
    onnx__model__free_unpacked(part, NULL);
}

static void test_bounds(void **state)
{
    write_data(state, "w.bin");
    assert_refused(state, (external){.location = "missing.bin"}, RQ_EIO, "missing.bin");
    assert_refused(state, (external){"w.bin", "20", NULL, INITIALIZER}, RQ_EFORMAT,
                   "16 bytes at 20 of 'w.bin', which has 32 bytes");
    assert_refused(state, (external){"w.bin", "9223372036854775807", NULL, INITIALIZER}, RQ_EFORMAT,
                   "which has 32 bytes");
    assert_refused(state, (external){"w.bin", "0", "9223372036854775807", INITIALIZER}, RQ_EFORMAT,
                   "its type and shape need 16");
    assert_refused(state, (external){"w.bin", "0", "8", INITIALIZER}, RQ_EFORMAT,
                   "8 bytes, its type and shape need 16");
    assert_refused(state, (external){"w.bin", "-4", NULL, INITIALIZER}, RQ_EFORMAT, "no number");
    assert_refused(state, (external){"w.bin", "0", "x", INITIALIZER}, RQ_EFORMAT, "no number");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_data_come_along),
        cmocka_unit_test(test_outside),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, scratch_setup, scratch_teardown);
}
