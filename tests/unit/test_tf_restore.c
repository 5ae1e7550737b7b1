/* Variables of TensorFlow's checkpoints: as the graph's own nodes restore them, in parts, and of
 * the first version. */
#include "tests/unit/tf_checkpoint.h"
#include "tests/unit/scratch.h"

#include "engine/import/tensorflow/tf.h"

#define VARIABLE(name)                                                                             \
    "node { name: '" name "' op: 'VarHandleOp' attr { key: 'shared_name' value { s: '" name        \
    "' } } }\n"                                                                                    \
    "node { name: '" name "/r' op: 'ReadVariableOp' input: '" name "' }\n"                         \
    "node { name: '" name "/y' op: 'Mul' input: 'x' input: '" name "/r' }\n"
#define TEXTS(name, a, b)                                                                          \
    "node { name: '" name "' op: 'Const' attr { key: 'value' value { tensor { dtype: DT_STRING"    \
    " tensor_shape { dim { size: 2 } } string_val: '" a "' string_val: '" b "' } } } }\n"
#define INPUT                                                                                      \
    "node { name: 'x' op: 'Placeholder' attr { key: 'dtype' value { type: DT_FLOAT } } }\n"

/* Two variables that the saver's function restores from entries of quite other names; the second is
 * rows 1 and 2 of an entry of three. */
static const char restored[] =
    INPUT VARIABLE("a") VARIABLE("b") TEXTS("names", "variables/1", "variables/0") TEXTS(
        "slices", "",
        "3 2 1,2:0,2") "node { name: 'restore' op: 'f' input: 'names' input: 'slices' input: 'a' "
                       "input: 'b' }\n"
                       "library { function { signature { name: 'f' input_arg { name: 'n' } "
                       "input_arg { name: 's' }\n"
                       "    input_arg { name: 'p' } input_arg { name: 'q' } output_arg { name: 'o' "
                       "} }\n"
                       "  node_def { name: 'r' op: 'RestoreV2' input: 'n' input: 'n' input: 's' }\n"
                       "  node_def { name: 'i' op: 'Identity' input: 'r:tensors:1' }\n"
                       "  node_def { name: 'set' op: 'AssignVariableOp' input: 'p' input: "
                       "'r:tensors:0' }\n"
                       "  node_def { name: 'set1' op: 'AssignVariableOp' input: 'q' input: "
                       "'i:output:0' }\n"
                       "  ret { key: 'o' value: 'i:output:0' } } }\n";

static rq_buf shape_of(const int64_t *dims, int rank)
{
    rq_buf shape = {0};
    for (int i = 0; i < rank; i++) {
        rq_buf dim = {0};
        wire_int(&dim, 1, dims[i]);
        wire_message(&shape, 2, &dim);
    }
    return shape;
}

static rq_buf entry_of(const int64_t *dims, int rank, int64_t offset, int64_t bytes)
{
    rq_buf entry = {0}, shape = shape_of(dims, rank);
    wire_int(&entry, 1, 1); /* DT_FLOAT */
    wire_message(&entry, 2, &shape);
    wire_int(&entry, 4, offset);
    wire_int(&entry, 5, bytes);
    return entry;
}

/* start < 0: all of the axis. */
static rq_buf slice_of(int64_t (*extents)[2], int rank)
{
    rq_buf slice = {0};
    for (int i = 0; i < rank; i++) {
        rq_buf extent = {0};
        if (extents[i][0] >= 0) {
            wire_int(&extent, 1, extents[i][0]);
            wire_int(&extent, 2, extents[i][1]);
        }
        wire_message(&slice, 1, &extent);
    }
    return slice;
}

static rq_buf begin_index(void)
{
    rq_buf block = {0}, header = {0};
    wire_int(&header, 1, 1);
    put_entry(&block, 0, "", 0, &header);
    rq_buf_free(&header);
    return block;
}

static void put_value(rq_buf *block, const char *key, size_t n, rq_buf value)
{
    put_entry(block, 0, key, n, &value);
    rq_buf_free(&value);
}

static rq_status open_checkpoint(rq_framework_model **out, void **state, const char *graph,
                                 rq_buf *block, const float *values, size_t n)
{
    rq_buf file = {0};
    put_table(&file, block);
    scratch_file(state, "model.index", file.data, file.length);
    scratch_file(state, "model.data-00000-of-00001", values, n * sizeof *values);
    rq_buf_free(&file);
    char prefix[4096];
    snprintf(prefix, sizeof prefix, "%s", scratch_path(state, "model"));
    const char *path = scratch_file(state, "graph.pbtxt", graph, strlen(graph));
    return rq_tf_open(out, path, &(rq_tf_options){.checkpoint = prefix});
}

static void assert_constant(const rq_framework_model *source, const char *name, const float *want,
                            size_t n)
{
    for (size_t i = 0; i < source->n_constants; i++) {
        const rq_framework_value *value = &source->constants[i];
        if (strcmp(value->name, name)) continue;
        assert_int_equal(rq_tensor_count(&value->tensor), n);
        assert_near_f32(value->tensor.data, want, n, 0, 0);
        return;
    }
    fail_msg("no constant '%s'", name);
}

static void test_restored_by_the_graph(void **state)
{
    const float values[] = {1, 2, 3, 4, 5, 6, 7, 8};
    rq_buf block = begin_index();
    rq_framework_model *s = NULL;
    put_value(&block, "variables/0", 11, entry_of((int64_t[]){3, 2}, 2, 0, 24));
    put_value(&block, "variables/1", 11, entry_of((int64_t[]){2}, 1, 24, 8));
    assert_ok(open_checkpoint(&s, state, restored, &block, values, 8));
    assert_constant(s, "a", (float[]){7, 8}, 2);
    assert_constant(s, "b", (float[]){3, 4, 5, 6}, 4);
    rq_framework_model_destroy(&s);
}

/* -- partitioned variables ------------------------------------------------------------------- */

static const char partitioned[] = INPUT VARIABLE("w");

/* w [2, 300] in two parts along axis 1: 0 to 200, 200 to 300; keys as TensorFlow's OrderedCode. */
static const char first_key[] = "\0w\0\1\1\2\x80\x7f\x80\xc0\xc8";
static const char second_key[] = "\0w\0\1\1\2\x80\x7f\xc0\xc8\xc0\x64";

static rq_buf partitioned_entry(int64_t second_start)
{
    rq_buf entry = entry_of((int64_t[]){2, 300}, 2, 0, 0);
    rq_buf first = slice_of((int64_t[][2]){{-1, 0}, {0, 200}}, 2);
    rq_buf second = slice_of((int64_t[][2]){{-1, 0}, {second_start, 100}}, 2);
    wire_message(&entry, 7, &first);
    wire_message(&entry, 7, &second);
    return entry;
}

static rq_status open_partitioned(rq_framework_model **out, void **state, int64_t second_start,
                                  const int64_t *first_dims)
{
    float values[600];
    for (int i = 0; i < 600; i++) values[i] = (float)i;
    rq_buf block = begin_index();
    put_value(&block, first_key, sizeof first_key - 1, entry_of(first_dims, 2, 0, 1600));
    put_value(&block, second_key, sizeof second_key - 1,
              entry_of((int64_t[]){2, 100}, 2, 1600, 800));
    put_value(&block, "w", 1, partitioned_entry(second_start));
    return open_checkpoint(out, state, partitioned, &block, values, 600);
}

static void test_parts_are_joined(void **state)
{
    rq_framework_model *s = NULL;
    float want[600];
    for (int i = 0; i < 600; i++)
        want[i] =
            (float)(i % 300 < 200 ? i / 300 * 200 + i % 300 : 400 + i / 300 * 100 + i % 300 - 200);
    assert_ok(open_partitioned(&s, state, 200, (int64_t[]){2, 200}));
    assert_constant(s, "w", want, 600);
    rq_framework_model_destroy(&s);
}

static void test_bad_parts(void **state)
{
    rq_framework_model *s = NULL;
    assert_fails(open_partitioned(&s, state, 201, (int64_t[]){2, 200}), RQ_EFORMAT,
                 "a part that does not lie in the shape [2,300]");
    assert_fails(open_partitioned(&s, state, 100, (int64_t[]){2, 200}), RQ_EFORMAT,
                 "a part is missing");
    assert_fails(open_partitioned(&s, state, 200, (int64_t[]){4, 100}), RQ_EFORMAT,
                 "of another type or shape");
}

/* -- the first version ------------------------------------------------------------------------ */

static const char v1_key[] = "\0w\0\1\1\1\x80\x7f";

static rq_buf v1_meta(int64_t n)
{
    rq_buf saved = {0}, meta = {0}, tensor = {0}, shape = shape_of(&n, 1);
    rq_buf name = {0}, slice = slice_of((int64_t[][2]){{-1, 0}}, 1);
    rq_buf_append(&name, "w");
    wire_message(&tensor, 1, &name);
    wire_message(&tensor, 2, &shape);
    wire_int(&tensor, 3, 1);
    wire_message(&tensor, 4, &slice);
    wire_message(&meta, 1, &tensor);
    wire_message(&saved, 1, &meta);
    return saved;
}

static rq_buf v1_data(const float *values, size_t n)
{
    rq_buf saved = {0}, slice = {0}, data = {0}, list = {0};
    rq_buf_append_n(&list, (const char *)values, n * sizeof *values);
    wire_int(&data, 1, 1);
    wire_message(&data, 5, &list);
    wire_message(&slice, 3, &data);
    wire_message(&saved, 2, &slice);
    return saved;
}

static rq_buf v1_file(int64_t n)
{
    rq_buf file = {0}, block = {0};
    put_value(&block, "", 0, v1_meta(n));
    put_value(&block, v1_key, sizeof v1_key - 1, v1_data((float[]){1, 2, 3}, 3));
    put_table(&file, &block);
    return file;
}

static rq_status open_v1(rq_framework_model **out, void **state, const rq_buf *file)
{
    char prefix[4096];
    snprintf(prefix, sizeof prefix, "%s", scratch_file(state, "model", file->data, file->length));
    const char *path = scratch_file(state, "graph.pbtxt", partitioned, sizeof partitioned - 1);
    return rq_tf_open(out, path, &(rq_tf_options){.checkpoint = prefix});
}

static void test_first_version(void **state)
{
    rq_framework_model *s = NULL;
    rq_buf file = v1_file(3), short_file = v1_file(2);
    assert_ok(open_v1(&s, state, &file));
    assert_constant(s, "w", (float[]){1, 2, 3}, 3);
    rq_framework_model_destroy(&s);
    assert_fails(open_v1(&s, state, &short_file), RQ_EFORMAT, "3 values for 2 elements");
    rq_buf_free(&file);
    rq_buf_free(&short_file);
}

/* Cut anywhere, any bit flipped: a model or a message, never a crash. */
static void test_damaged_first_version(void **state)
{
    rq_buf file = v1_file(3);
    for (size_t i = 0; i < file.length * 9; i++) {
        rq_framework_model *s = NULL;
        rq_buf cut = {.data = file.data, .length = i < file.length ? i : file.length};
        size_t bit = i - file.length;
        if (i >= file.length) file.data[bit / 8] ^= (char)(1 << bit % 8);
        if (open_v1(&s, state, &cut) != RQ_OK) assert_string_not_equal(rq_error_text(), "");
        rq_framework_model_destroy(&s);
        if (i >= file.length) file.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    rq_buf_free(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
        TEST(test_restored_by_the_graph), TEST(test_parts_are_joined),      TEST(test_bad_parts),
        TEST(test_first_version),         TEST(test_damaged_first_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
