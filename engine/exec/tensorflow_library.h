/* TensorFlow's C library, loaded at run time: the functions of its C API that requant calls. */
#ifndef RQ_EXEC_TENSORFLOW_LIBRARY_H
#define RQ_EXEC_TENSORFLOW_LIBRARY_H

#include <stddef.h>
#include <stdint.h>

typedef struct TF_Status TF_Status;
typedef struct TF_Buffer TF_Buffer;
typedef struct TF_Graph TF_Graph;
typedef struct TF_Operation TF_Operation;
typedef struct TF_Session TF_Session;
typedef struct TF_SessionOptions TF_SessionOptions;
typedef struct TF_ImportGraphDefOptions TF_ImportGraphDefOptions;
typedef struct TF_Tensor TF_Tensor;
typedef struct TF_Output {
    TF_Operation *oper;
    int index;
} TF_Output;

typedef struct rq_tensorflow {
    TF_Status *(*new_status)(void);
    void (*delete_status)(TF_Status *status);
    int (*code)(const TF_Status *status); /* 0: success */
    const char *(*message)(const TF_Status *status);
    TF_Buffer *(*new_buffer)(const void *data, size_t size);
    void (*delete_buffer)(TF_Buffer *buffer);
    TF_Graph *(*new_graph)(void);
    TF_ImportGraphDefOptions *(*new_import_options)(void);
    void (*delete_import_options)(TF_ImportGraphDefOptions *options);
    void (*import_graph)(TF_Graph *graph, const TF_Buffer *def,
                         const TF_ImportGraphDefOptions *options, TF_Status *status);
    TF_SessionOptions *(*new_session_options)(void);
    void (*delete_session_options)(TF_SessionOptions *options);
    void (*set_config)(TF_SessionOptions *options, const void *proto, size_t size,
                       TF_Status *status);
    TF_Session *(*new_session)(TF_Graph *graph, const TF_SessionOptions *options,
                               TF_Status *status);
    TF_Session *(*load_saved_model)(const TF_SessionOptions *options, const TF_Buffer *run_options,
                                    const char *folder, const char *const *tags, int n_tags,
                                    TF_Graph *graph, TF_Buffer *meta_graph, TF_Status *status);
    TF_Operation *(*find)(TF_Graph *graph, const char *name);
    int (*outputs)(TF_Operation *operation);
    int (*output_type)(TF_Output output);
    void (*run)(TF_Session *session, const TF_Buffer *run_options, const TF_Output *feeds,
                TF_Tensor *const *values, int n_feeds, const TF_Output *fetches, TF_Tensor **out,
                int n_fetches, const TF_Operation *const *targets, int n_targets,
                TF_Buffer *run_metadata, TF_Status *status);
    TF_Tensor *(*allocate)(int type, const int64_t *dims, int rank, size_t bytes);
    void (*delete_tensor)(TF_Tensor *tensor);
    void *(*data)(const TF_Tensor *tensor);
    int (*type)(const TF_Tensor *tensor);
    int (*rank)(const TF_Tensor *tensor);
    int64_t (*dim)(const TF_Tensor *tensor, int axis);
    size_t (*bytes)(const TF_Tensor *tensor);
} rq_tensorflow;

/* Loads it, once: the file or folder, or (NULL) the pip wheel that python3 finds, or the system's.
 * NULL, with the reason in `why`. Thread-safe. */
const rq_tensorflow *rq_tensorflow_get(const char **why, const char *path);

#endif
