/* A model that `requant split` cut into parts, run part by part: IRs by OpenVINO, the others by
 * TensorFlow, through their C APIs. Their Python wheels have headers and libraries:
 *
 *     OV=.../site-packages/openvino TF=.../site-packages/tensorflow
 *     cc -I$OV/include -I$TF/include run_parts.c -ljansson $OV/libs/libopenvino_c.so* \
 *        $TF/libtensorflow_cc.so.2 $TF/libtensorflow_framework.so.2 -Wl,-rpath,$OV/libs:$TF -o
 * run_parts
 *     ./run_parts parts/offload.json image.raw       (the only input, its elements as they are)
 *
 * Prints the shape and the first numbers of each output. */
#include <jansson.h>
#include <openvino/c/openvino.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tensorflow/c/c_api.h>

#define CHECK(ok, what)                                                                            \
    do {                                                                                           \
        if (!(ok)) {                                                                               \
            fprintf(stderr, "run_parts: %s\n", what);                                              \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* What is handed from part to part, by its name. */
typedef struct value {
    const char *name;
    ov_element_type_e type;
    int64_t rank, dims[10];
    size_t bytes;
    void *data;
} value;

static value values[256];
static size_t n_values;

static const struct {
    ov_element_type_e ov;
    TF_DataType tf;
} types[] = {{F32, TF_FLOAT}, {F64, TF_DOUBLE}, {I32, TF_INT32},
             {I64, TF_INT64}, {U8, TF_UINT8},   {BOOLEAN, TF_BOOL}};

static size_t find_type(ov_element_type_e ov, int tf)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (types[i].ov == ov || (int)types[i].tf == tf) return i;
    CHECK(0, "a type that this example lacks");
    return 0;
}

static value *find(const char *name)
{
    for (size_t i = 0; i < n_values; i++)
        if (!strcmp(values[i].name, name)) return &values[i];
    CHECK(0, name);
    return NULL;
}

static value *add(const char *name, ov_element_type_e type, int64_t rank, const int64_t *dims,
                  const void *data, size_t bytes)
{
    CHECK(n_values < 256 && rank <= 10, "too many values");
    value *v = &values[n_values++];
    *v = (value){
        .name = name, .type = type, .rank = rank, .bytes = bytes, .data = malloc(bytes + 1)};
    CHECK(v->data, "no memory");
    if (rank) memcpy(v->dims, dims, (size_t)rank * sizeof *dims);
    memcpy(v->data, data, bytes);
    return v;
}

/* -- OpenVINO --------------------------------------------------------------------------------- */

static void take_tensor(const char *name, const ov_tensor_t *tensor)
{
    ov_shape_t shape = {0, NULL};
    ov_element_type_e type;
    size_t bytes;
    void *data;
    if (ov_tensor_get_shape(tensor, &shape)) shape.rank = 0; /* a scalar's is not given */
    CHECK(!ov_tensor_get_element_type(tensor, &type) && !ov_tensor_get_byte_size(tensor, &bytes) &&
              !ov_tensor_data(tensor, &data),
          "an output of OpenVINO");
    add(name, type, shape.rank, shape.dims, data, bytes);
    if (shape.rank) ov_shape_free(&shape);
}

/* The model's first input is read from a file, as it is. */
static void read_input(const char *name, ov_infer_request_t *request, const char *path)
{
    ov_tensor_t *tensor;
    size_t bytes;
    void *data;
    FILE *file = fopen(path, "rb");
    CHECK(!ov_infer_request_get_tensor(request, name, &tensor) &&
              !ov_tensor_get_byte_size(tensor, &bytes) && !ov_tensor_data(tensor, &data),
          name);
    CHECK(file && fread(data, 1, bytes, file) == bytes, path);
    fclose(file);
    take_tensor(name, tensor);
    ov_tensor_free(tensor);
}

static void run_ir(ov_core_t *core, const char *folder, json_t *part, const char *input_path)
{
    char path[4096];
    ov_compiled_model_t *compiled;
    ov_infer_request_t *request;
    size_t i;
    json_t *name;
    snprintf(path, sizeof path, "%s/%s", folder, json_string_value(json_object_get(part, "ir")));
    CHECK(!ov_core_compile_model_from_file(core, path, "CPU", 2, &compiled,
                                           "INFERENCE_PRECISION_HINT", "f32") &&
              !ov_compiled_model_create_infer_request(compiled, &request),
          path);
    json_array_foreach(json_object_get(part, "inputs"), i, name)
    {
        const char *text = json_string_value(name);
        if (!n_values) {
            read_input(text, request, input_path);
            continue;
        }
        const value *v = find(text);
        ov_shape_t shape = {v->rank, (int64_t *)v->dims};
        ov_tensor_t *tensor;
        CHECK(!ov_tensor_create_from_host_ptr(v->type, shape, v->data, &tensor) &&
                  !ov_infer_request_set_tensor(request, text, tensor),
              text);
        ov_tensor_free(tensor);
    }
    CHECK(!ov_infer_request_infer(request), "OpenVINO cannot run a part");
    json_array_foreach(json_object_get(part, "outputs"), i, name)
    {
        ov_tensor_t *tensor;
        CHECK(!ov_infer_request_get_tensor(request, json_string_value(name), &tensor), "an output");
        take_tensor(json_string_value(name), tensor);
        ov_tensor_free(tensor);
    }
    ov_infer_request_free(request);
    ov_compiled_model_free(compiled);
}

/* -- TensorFlow ------------------------------------------------------------------------------- */

static TF_Output find_output(TF_Graph *graph, const char *name)
{
    char own[1024];
    snprintf(own, sizeof own, "%s", name);
    char *colon = strrchr(own, ':');
    if (colon) *colon = '\0';
    TF_Output output = {TF_GraphOperationByName(graph, own), colon ? atoi(colon + 1) : 0};
    CHECK(output.oper, name);
    return output;
}

static TF_Session *load(TF_Graph *graph, const char *path, TF_Status *status)
{
    FILE *file = fopen(path, "rb");
    CHECK(file && !fseek(file, 0, SEEK_END), path);
    size_t size = (size_t)ftell(file);
    char *data = malloc(size);
    rewind(file);
    CHECK(data && fread(data, 1, size, file) == size, path);
    fclose(file);
    TF_Buffer *buffer = TF_NewBufferFromString(data, size);
    TF_ImportGraphDefOptions *options = TF_NewImportGraphDefOptions();
    TF_GraphImportGraphDef(graph, buffer, options, status);
    CHECK(!TF_GetCode(status), TF_Message(status));
    TF_DeleteImportGraphDefOptions(options);
    TF_DeleteBuffer(buffer);
    free(data);
    TF_SessionOptions *session_options = TF_NewSessionOptions();
    TF_Session *session = TF_NewSession(graph, session_options, status);
    CHECK(!TF_GetCode(status), TF_Message(status));
    TF_DeleteSessionOptions(session_options);
    return session;
}

static void take_fetch(const char *name, TF_Tensor *tensor)
{
    int64_t dims[10];
    int rank = TF_NumDims(tensor);
    CHECK(rank <= 10, name);
    for (int i = 0; i < rank; i++) dims[i] = TF_Dim(tensor, i);
    add(name, types[find_type(DYNAMIC, (int)TF_TensorType(tensor))].ov, rank, dims,
        TF_TensorData(tensor), TF_TensorByteSize(tensor));
    TF_DeleteTensor(tensor);
}

static void run_tensorflow(const char *folder, json_t *part)
{
    char path[8192];
    snprintf(path, sizeof path, "%s/%s", folder,
             json_string_value(json_object_get(part, "tensorflow")));
    TF_Status *status = TF_NewStatus();
    TF_Graph *graph = TF_NewGraph();
    TF_Session *session = load(graph, path, status);
    TF_Output feeds[64], fetches[64];
    TF_Tensor *in[64], *out[64] = {NULL};
    int n_in = 0, n_out = 0;
    const char *theirs;
    json_t *ours;
    json_object_foreach(json_object_get(part, "feeds"), theirs, ours)
    {
        const value *v = find(json_string_value(ours));
        feeds[n_in] = find_output(graph, theirs);
        in[n_in] =
            TF_AllocateTensor(types[find_type(v->type, -1)].tf, v->dims, (int)v->rank, v->bytes);
        memcpy(TF_TensorData(in[n_in++]), v->data, v->bytes);
    }
    json_object_foreach(json_object_get(part, "fetches"), theirs, ours) fetches[n_out++] =
        find_output(graph, theirs);
    TF_SessionRun(session, NULL, feeds, in, n_in, fetches, out, n_out, NULL, 0, NULL, status);
    CHECK(!TF_GetCode(status), TF_Message(status));
    n_out = 0;
    json_object_foreach(json_object_get(part, "fetches"), theirs, ours)
        take_fetch(json_string_value(ours), out[n_out++]);
    for (int i = 0; i < n_in; i++) TF_DeleteTensor(in[i]);
    TF_DeleteSession(session, status);
    TF_DeleteGraph(graph);
    TF_DeleteStatus(status);
}

/* -- the whole -------------------------------------------------------------------------------- */

static void print(const char *name, const value *v)
{
    printf("%s [", name);
    for (int i = 0; i < (int)v->rank; i++) printf("%s%lld", i ? "," : "", (long long)v->dims[i]);
    printf("]");
    for (size_t i = 0; v->type == F32 && i < 4 && i < v->bytes / sizeof(float); i++)
        printf(" %.7g", (double)((const float *)v->data)[i]);
    printf("\n");
}

int main(int argc, char **argv)
{
    json_error_t error;
    ov_core_t *core;
    size_t i;
    json_t *part;
    CHECK(argc == 3, "expected offload.json INPUT");
    json_t *model = json_load_file(argv[1], 0, &error);
    CHECK(model, error.text);
    CHECK(!ov_core_create(&core), "OpenVINO cannot start");
    char *slash = strrchr(argv[1], '/'), folder[4096];
    snprintf(folder, sizeof folder, "%.*s", slash ? (int)(slash - argv[1]) : 1,
             slash ? argv[1] : ".");
    json_array_foreach(json_object_get(model, "parts"), i, part)
    {
        if (json_object_get(part, "ir"))
            run_ir(core, folder, part, argv[2]);
        else
            run_tensorflow(folder, part);
    }
    const char *name;
    json_t *value_name;
    json_object_foreach(json_object_get(model, "outputs"), name, value_name)
        print(name, find(json_string_value(value_name)));
    ov_core_free(core);
    json_decref(model);
    return 0;
}
