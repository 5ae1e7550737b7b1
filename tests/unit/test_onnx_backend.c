/* ONNX's own backend tests (Debian's libonnx-testdata): each model is imported and run on the
 * reference executor, its outputs compared with those beside it. Skipped where the package is
 * missing. Each case runs in a process of its own.
 *
 * ONNX_BACKEND_LIST=1 says why each case fails; ONNX_BACKEND_CASE=NAME runs only those whose name
 * contains NAME; ONNX_BACKEND_SAVE=DIR keeps the IRs of the cases that pass; ONNX_BACKEND_DATA=DIR
 * runs other cases (of the same layout), without a floor. */
#include "tests/unit/test.h"

#include "engine/exec/exec.h"
#include "engine/import/import.h"
#include "engine/import/onnx/onnx_read.h"
#include "engine/ir/ir.h"

#include <dirent.h>
#include <sys/wait.h>
#include <unistd.h>

#define DATA "/usr/share/libonnx-testdata/data"
/* Where the suites are. */
static const char *data_folder(void)
{
    const char *other = getenv("ONNX_BACKEND_DATA");
    return other ? other : DATA;
}

#define RTOL 1e-3
#define ATOL 1e-4
#define CASE_SECONDS 20
#define FLOOR 991 /* cases that pass, of 1072: may only rise */

static const char *const suites[] = {"node", "pytorch-converted", "pytorch-operator", "simple"};

#define REASON 1024

/* -- one case, in a process of its own ------------------------------------------------------- */

typedef struct run {
    rq_arena *arena;
    rq_framework_model *source;
    rq_import_result imported;
    rq_model *model;
    rq_session *session;
} run;

static rq_status read_pb(rq_tensor *out, rq_arena *arena, const char *path)
{
    rq_mapping file;
    const Onnx__Tensor *tensor = NULL;
    rq_onnx_reader reader = {.arena = arena, .path = path, .external.model = path};
    RQ_TRY(rq_map_file(&file, path));
    rq_status status =
        rq_proto_read(&tensor, arena, &onnx__tensor__descriptor, file.data, file.size, path);
    rq_unmap_file(&file);
    return status == RQ_OK ? rq_onnx_read_tensor(out, &reader, tensor, path) : status;
}

static rq_status read_set(rq_tensor *out, const run *r, const char *dir, const char *kind,
                          const rq_framework_value *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *path = rq_arena_printf(r->arena, "%s/%s_%zu.pb", dir, kind, i);
        RQ_TRY(read_pb(&out[i], r->arena, path));
        /* The files keep bf16 as the u16 of its bits. */
        if (values[i].tensor.dtype == RQ_DT_BF16 && out[i].dtype == RQ_DT_U16)
            out[i].dtype = RQ_DT_BF16;
    }
    return RQ_OK;
}

static rq_status compare(const rq_tensor *got, const rq_tensor *want, size_t output)
{
    char a[RQ_SHAPE_TEXT], b[RQ_SHAPE_TEXT];
    if (!rq_shape_equal(&got->shape, &want->shape))
        return rq_fail(RQ_EFORMAT, "output %zu: shape %s, expected %s", output,
                       rq_shape_text(&got->shape, a), rq_shape_text(&want->shape, b));
    if (got->dtype != want->dtype)
        return rq_fail(RQ_EFORMAT, "output %zu: type %s, expected %s", output,
                       rq_dtype_name(got->dtype), rq_dtype_name(want->dtype));
    for (size_t i = 0; i < rq_tensor_count(want); i++) {
        double x = rq_load_f64(got->data, got->dtype, i);
        double y = rq_load_f64(want->data, want->dtype, i);
        if (x == y || (isnan(x) && isnan(y)) || fabs(x - y) <= ATOL + RTOL * fabs(y)) continue;
        return rq_fail(RQ_EFORMAT, "output %zu: [%zu] is %.7g, expected %.7g", output, i, x, y);
    }
    return RQ_OK;
}

static rq_status check_set(run *r, const char *dir)
{
    rq_tensor in[64], want[64];
    size_t n_in = rq_model_input_count(r->model), n_out = rq_model_output_count(r->model);
    if (n_in > 64 || n_out > 64) return rq_fail(RQ_EFORMAT, "too many inputs or outputs");
    RQ_TRY(read_set(in, r, dir, "input", r->source->inputs, n_in));
    RQ_TRY(read_set(want, r, dir, "output", r->source->outputs, n_out));
    RQ_TRY(rq_session_run(r->session, in, NULL, NULL));
    for (size_t i = 0; i < n_out; i++)
        RQ_TRY(compare(rq_session_output(r->session, i), &want[i], i));
    return RQ_OK;
}

/* The shapes of the first set, for models whose inputs are dynamic. CastLike's cases say another
 * rank of an input that nothing reads: there the set is believed. */
static rq_status input_shapes(rq_input_shape *out, size_t *n, run *r, const char *dir)
{
    rq_tensor in[64];
    *n = r->source->n_inputs < 64 ? r->source->n_inputs : 64;
    RQ_TRY(read_set(in, r, dir, "input", r->source->inputs, *n));
    for (size_t i = 0; i < *n; i++) {
        out[i].name = r->source->inputs[i].name;
        out[i].shape = in[i].shape;
        rq_shape *says = &r->source->inputs[i].tensor.shape;
        if (says->rank != in[i].shape.rank) says->rank = -1;
    }
    return RQ_OK;
}

static rq_status run_case(run *r, const char *dir, const char *save)
{
    rq_input_shape shapes[64];
    rq_exec_options options = {.backend = "reference", .shapes = shapes};
    const char *model = NULL, *set = NULL;
    RQ_TRY(rq_arena_create(&r->arena));
    model = rq_arena_printf(r->arena, "%s/model.onnx", dir);
    set = rq_arena_printf(r->arena, "%s/test_data_set_0", dir);
    RQ_TRY(rq_import_open(&r->source, &(rq_import_files){.model = model}));
    RQ_TRY(input_shapes(shapes, &options.n_shapes, r, set));
    RQ_TRY(rq_import_graph(&r->imported, r->source, NULL));
    if (r->imported.n_unmapped)
        return rq_fail(RQ_EUNSUPPORTED, "unmapped: %s %s", r->imported.unmapped[0].node->type,
                       r->imported.unmapped[0].why ? r->imported.unmapped[0].why : "");
    RQ_TRY(rq_model_create(&r->model, r->imported.graph, &options));
    RQ_TRY(rq_session_create(&r->session, r->model));
    for (int i = 0; rq_is_dir(set); i++) {
        RQ_TRY(check_set(r, set));
        set = rq_arena_printf(r->arena, "%s/test_data_set_%d", dir, i + 1);
    }
    return save ? rq_ir_write(r->imported.graph, save) : RQ_OK;
}

static void free_run(run *r)
{
    rq_session_destroy(&r->session);
    rq_model_destroy(&r->model);
    rq_graph_destroy(&r->imported.graph);
    rq_framework_model_destroy(&r->source);
    rq_arena_destroy(&r->arena);
}

static int child(const char *dir, const char *save, int out)
{
    run r = {0};
    alarm(CASE_SECONDS);
    rq_status status = run_case(&r, dir, save);
    if (status != RQ_OK && write(out, rq_error_text(), strlen(rq_error_text())) < 0) return 2;
    free_run(&r);
    return status == RQ_OK ? 0 : 1;
}

/* True when the case passes; else why not. */
static bool judge(char reason[REASON], const char *dir, const char *save)
{
    int ends[2], state = 0;
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) _exit(child(dir, save, ends[1]));
    close(ends[1]);
    ssize_t n = read(ends[0], reason, REASON - 1);
    reason[n > 0 ? n : 0] = '\0';
    close(ends[0]);
    assert_int_equal(waitpid(pid, &state, 0), pid);
    if (WIFSIGNALED(state)) snprintf(reason, REASON, "killed by signal %d", WTERMSIG(state));
    return WIFEXITED(state) && WEXITSTATUS(state) == 0;
}

/* -- all cases ------------------------------------------------------------------------------- */

typedef struct tally {
    int passed, total, crashed;
} tally;

static void run_suite(tally *t, const char *suite)
{
    const char *only = getenv("ONNX_BACKEND_CASE"), *save_dir = getenv("ONNX_BACKEND_SAVE");
    char path[1024], save[1024], reason[REASON];
    struct dirent **entries = NULL;
    snprintf(path, sizeof path, "%s/%s", data_folder(), suite);
    int n = scandir(path, &entries, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        char dir[1536];
        snprintf(dir, sizeof dir, "%s/%s", path, name);
        if (!strncmp(name, "test_", 5) && (!only || strstr(name, only))) {
            if (save_dir) snprintf(save, sizeof save, "%s/%s-%s.xml", save_dir, suite, name);
            bool passed = judge(reason, dir, save_dir ? save : NULL);
            t->passed += passed;
            t->total++;
            t->crashed += !passed && !strncmp(reason, "killed", 6);
            if (!passed && getenv("ONNX_BACKEND_LIST")) printf("%s: %s\n", name, reason);
        }
        free(entries[i]);
    }
    free(entries);
}

static void test_backend_cases(void **state)
{
    (void)state;
    tally t = {0};
    if (access(data_folder(), R_OK) != 0) {
        printf("skipped: the package libonnx-testdata is not installed\n");
        skip();
    }
    for (size_t i = 0; i < sizeof suites / sizeof suites[0]; i++) run_suite(&t, suites[i]);
    printf("ONNX backend tests: %d of %d pass (floor %d)\n", t.passed, t.total, FLOOR);
    assert_int_equal(t.crashed, 0);
    if (!getenv("ONNX_BACKEND_CASE") && !getenv("ONNX_BACKEND_DATA"))
        assert_true(t.passed >= FLOOR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_backend_cases)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
