#include "engine/exec/tensorflow_library.h"

#include "engine/exec/library_search.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const rq_library_place place = {.file = "libtensorflow_cc.so",
                                       .module = "tensorflow",
                                       .folder = "",
                                       .first = "libtensorflow_framework.so"};

/* The first path that was asked for is the process's: TensorFlow cannot be loaded twice. */
static rq_tensorflow api;
static bool tried, loaded;
static char why_not[512];
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static const rq_library_symbol symbols[] = {
    {"TF_NewStatus", &api.new_status},
    {"TF_DeleteStatus", &api.delete_status},
    {"TF_GetCode", &api.code},
    {"TF_Message", &api.message},
    {"TF_NewBufferFromString", &api.new_buffer},
    {"TF_DeleteBuffer", &api.delete_buffer},
    {"TF_NewGraph", &api.new_graph},
    {"TF_NewImportGraphDefOptions", &api.new_import_options},
    {"TF_DeleteImportGraphDefOptions", &api.delete_import_options},
    {"TF_GraphImportGraphDef", &api.import_graph},
    {"TF_NewSessionOptions", &api.new_session_options},
    {"TF_DeleteSessionOptions", &api.delete_session_options},
    {"TF_SetConfig", &api.set_config},
    {"TF_NewSession", &api.new_session},
    {"TF_LoadSessionFromSavedModel", &api.load_saved_model},
    {"TF_GraphOperationByName", &api.find},
    {"TF_OperationNumOutputs", &api.outputs},
    {"TF_OperationOutputType", &api.output_type},
    {"TF_SessionRun", &api.run},
    {"TF_AllocateTensor", &api.allocate},
    {"TF_DeleteTensor", &api.delete_tensor},
    {"TF_TensorData", &api.data},
    {"TF_TensorType", &api.type},
    {"TF_NumDims", &api.rank},
    {"TF_Dim", &api.dim},
    {"TF_TensorByteSize", &api.bytes},
};

static bool find_symbols(void *handle)
{
    const char *lacking =
        rq_library_find_symbols(handle, symbols, sizeof symbols / sizeof *symbols);
    if (lacking) snprintf(why_not, sizeof why_not, "TensorFlow's library lacks %s", lacking);
    return !lacking;
}

static bool load(const char *path)
{
    setenv("TF_CPP_MIN_LOG_LEVEL", "2", 0); /* its greetings */
    void *handle = rq_library_search(&place, path);
    if (handle) return find_symbols(handle);
    const char *reason = path ? dlerror() : NULL;
    snprintf(
        why_not, sizeof why_not,
        "TensorFlow's library was not found%s%s; `python3 -m venv ~/tf && ~/tf/bin/pip install "
        "tensorflow-cpu` brings it, --tensorflow ~/tf/lib/python3*/site-packages/tensorflow "
        "names it",
        reason ? ": " : "", reason ? reason : "");
    return false;
}

const rq_tensorflow *rq_tensorflow_get(const char **why, const char *path)
{
    pthread_mutex_lock(&mutex);
    if (!tried) loaded = load(path);
    tried = true;
    pthread_mutex_unlock(&mutex);
    *why = loaded ? NULL : why_not;
    return loaded ? &api : NULL;
}
