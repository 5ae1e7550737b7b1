/* Every operator with inputs of every dtype: whatever its inference accepts, running it gives
 * values or an error, never a crash. A signal's message says which operator it was. */
#include "tests/unit/test.h"
#include "tests/unit/op_harness.h"

#include "engine/base/mem.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAX_IN 6
#define MAX_ATTRS 40

static char trying[160];

static void name_the_culprit(int number)
{
    ssize_t n = write(STDERR_FILENO, trying, strlen(trying));
    (void)n;
    signal(number, SIG_DFL);
    raise(number);
}

/* What a required attribute may be. */
static const char *guess(const rq_attr_spec *spec)
{
    switch (spec->kind) {
    case RQ_ATTR_ENUM:
        return spec->choices[0];
    case RQ_ATTR_BOOL:
        return "true";
    case RQ_ATTR_INTS:
    case RQ_ATTR_FLOATS:
        return strstr(spec->name, "pads") ? "0,0" : "1,1";
    case RQ_ATTR_DTYPE:
        return "f32";
    default:
        return strcmp(spec->name, "levels") ? "1" : "2"; /* fewer quantize nothing */
    }
}

static void fill_attributes(const char *out[MAX_ATTRS], const rq_op *op)
{
    size_t n = 0;
    for (const rq_attr_spec *spec = op->attrs; spec && spec->name; spec++) {
        if (spec->fallback) continue;
        out[n++] = spec->name;
        out[n++] = guess(spec);
    }
    out[n] = NULL;
}

static const char *first_opset(const rq_op *op, char text[16])
{
    int number = 1;
    while (number < 31 && !(op->opsets & RQ_OPSET(number))) number++;
    snprintf(text, 16, "opset%d", number);
    return text;
}

/* A tensor's content up to the very end of readable memory: a kernel that takes it for a wider
 * type is a signal, with or without a sanitizer. */
static void *last_bytes(uint32_t input, size_t bytes)
{
    static char *pages[MAX_IN];
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (!pages[input]) {
        pages[input] =
            mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        assert_ptr_not_equal(pages[input], MAP_FAILED);
        assert_int_equal(mprotect(pages[input] + page, page, PROT_NONE), 0);
    }
    return pages[input] + page - bytes;
}

/* Inputs of ones, all of `first`'s type or the others of `rest`'s. */
static void try_one(const rq_op *op, rq_dtype first, rq_dtype rest, const rq_shape *shape,
                    uint32_t n_in)
{
    const char *attrs[MAX_ATTRS];
    char opset[16];
    rq_tensor in[OP_MAX];
    op_run r;
    const rq_shape scalar = {0, {0}};
    for (uint32_t i = 0; i < n_in; i++) {
        in[i] = (rq_tensor){i ? rest : first, i && rest != first ? scalar : *shape, NULL};
        in[i].data = last_bytes(i, rq_tensor_bytes(&in[i]));
        for (size_t k = 0; k < rq_tensor_count(&in[i]); k++)
            rq_store_f64(in[i].data, in[i].dtype, k, 1.0);
    }
    snprintf(trying, sizeof trying, "%s: %u inputs of %s and %s, rank %d\n", op->type, n_in,
             rq_dtype_name(first), rq_dtype_name(rest), shape->rank);
    fill_attributes(attrs, op);
    rq_status status = op_open(&r, op->type, first_opset(op, opset), attrs, in, n_in, 1);
    if (status == RQ_OK) assert_true(r.out[0].dtype < RQ_DT_COUNT);
    op_close(&r);
}

static void every_dtype(const rq_op *op)
{
    const rq_shape shapes[] = {{0, {0}}, {1, {2}}, {2, {2, 2}}, {3, {1, 2, 2}}, {4, {1, 2, 2, 2}}};
    for (int dt = RQ_DT_UNDEFINED + 1; dt < RQ_DT_STRING; dt++)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
            for (uint32_t n = 1; n <= MAX_IN; n++) {
                try_one(op, (rq_dtype)dt, (rq_dtype)dt, &shapes[s], n);
                try_one(op, (rq_dtype)dt, RQ_DT_I64, &shapes[s], n);
                try_one(op, RQ_DT_F32, (rq_dtype)dt, &shapes[s], n);
            }
}

/* An operator of ones with the attribute as `type`, of which nothing else is known. */
static void try_attribute(const rq_op *op, const rq_attr_spec *spec, rq_dtype type, rq_dtype inputs,
                          const rq_shape *shape, uint32_t n_in, uint32_t n_out)
{
    const char *attrs[MAX_ATTRS];
    char opset[16];
    rq_tensor in[OP_MAX];
    op_run r;
    size_t n = 0;
    for (uint32_t i = 0; i < n_in; i++) {
        in[i] = (rq_tensor){inputs, *shape, NULL};
        in[i].data = last_bytes(i, rq_tensor_bytes(&in[i]));
        for (size_t k = 0; k < rq_tensor_count(&in[i]); k++)
            rq_store_f64(in[i].data, inputs, k, 1.0);
    }
    snprintf(trying, sizeof trying, "%s: %s is %s, %u inputs of %s\n", op->type, spec->name,
             rq_dtype_name(type), n_in, rq_dtype_name(inputs));
    fill_attributes(attrs, op);
    while (attrs[n] && strcmp(attrs[n], spec->name) != 0) n += 2;
    if (!attrs[n]) attrs[n + 2] = NULL;
    attrs[n] = spec->name;
    attrs[n + 1] = rq_dtype_name(type);
    rq_status status = op_open(&r, op->type, first_opset(op, opset), attrs, in, n_in, n_out);
    if (status == RQ_OK) assert_true(r.out[0].dtype < RQ_DT_COUNT);
    op_close(&r);
}

static void every_type_of(const rq_op *op, const rq_attr_spec *spec)
{
    const rq_shape shapes[] = {{0, {0}}, {1, {2}}, {3, {1, 2, 2}}, {4, {1, 2, 2, 2}}};
    for (int dt = RQ_DT_UNDEFINED; dt <= RQ_DT_STRING; dt++)
        for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
            for (uint32_t n = 1; n <= MAX_IN; n++)
                for (uint32_t outputs = 1; outputs <= 4; outputs++) {
                    try_attribute(op, spec, (rq_dtype)dt, RQ_DT_F32, &shapes[s], n, outputs);
                    try_attribute(op, spec, (rq_dtype)dt, RQ_DT_I64, &shapes[s], n, outputs);
                }
}

static void types_that_attributes_name(void **state)
{
    (void)state;
    signal(SIGSEGV, name_the_culprit);
    for (size_t i = 0; i < rq_op_count(); i++) {
        const rq_op *op = rq_op_at(i);
        for (const rq_attr_spec *spec = op->attrs; spec && spec->name; spec++)
            if (spec->kind == RQ_ATTR_DTYPE) every_type_of(op, spec);
    }
}

static void what_inference_accepts_runs(void **state)
{
    (void)state;
    signal(SIGSEGV, name_the_culprit);
    for (size_t i = 0; i < rq_op_count(); i++) every_dtype(rq_op_at(i));
}

static void not_of_floats_is_refused(void **state)
{
    (void)state;
    float x[2] = {0, 1};
    const rq_tensor in[] = {TENSOR(RQ_DT_F32, x, 2)};
    const char *const types[][2] = {{"LogicalNot", "opset1"}, {"BitwiseNot", "opset13"}};
    for (size_t i = 0; i < 2; i++) {
        op_run r;
        assert_fails(op_open(&r, types[i][0], types[i][1], NULL, in, 1, 1), RQ_EFORMAT,
                     "inputs are f32, expected an integer type");
        op_close(&r);
    }
}

/* The smaller of two is one of them, though f64 is computed in f32: where all is compared as it is
 * computed. */
static void doubles_are_compared_as_they_are_computed(void **state)
{
    (void)state;
    double a[3] = {0.1, 16777217.5, -3}, b[3] = {0.2, 16777219, 4}, least[3];
    const rq_tensor pair[] = {TENSOR(RQ_DT_F64, a, 3), TENSOR(RQ_DT_F64, b, 3)};
    const rq_tensor same[] = {TENSOR(RQ_DT_F64, least, 3), pair[0]};
    op_run r;
    assert_ok(op_open(&r, "Minimum", "opset1", NULL, pair, 2, 1));
    memcpy(least, r.out[0].data, sizeof least);
    op_close(&r);
    assert_ok(op_open(&r, "Equal", "opset1", NULL, same, 2, 1));
    op_expect(&r, 0, "[3]", WANT(1, 1, 1));
    op_close(&r);
    assert_ok(op_open(&r, "Less", "opset1", NULL, pair, 2, 1));
    op_expect(&r, 0, "[3]", WANT(1, 1, 1));
    op_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_are_compared_as_they_are_computed),
        cmocka_unit_test(not_of_floats_is_refused),
        cmocka_unit_test(what_inference_accepts_runs),
        cmocka_unit_test(types_that_attributes_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
