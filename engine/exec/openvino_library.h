/* OpenVINO's C library, loaded at run time: the functions of its C API 2.0 (2022.1 and later) that
 * requant calls. Enumerations that changed between releases are not used. */
#ifndef RQ_EXEC_OPENVINO_LIBRARY_H
#define RQ_EXEC_OPENVINO_LIBRARY_H

#include "engine/base/text.h"

#include <stddef.h>
#include <stdint.h>

typedef struct ov_core ov_core;
typedef struct ov_compiled_model ov_compiled_model;
typedef struct ov_infer_request ov_infer_request;
typedef struct ov_tensor ov_tensor;

typedef struct ov_shape {
    int64_t rank, *dims;
} ov_shape;

typedef struct ov_version {
    const char *build, *description;
} ov_version;

/* One layer of a profile. */
typedef struct ov_profiling_info {
    int status;
    int64_t real_time, cpu_time;
    const char *node_name, *exec_type, *node_type;
} ov_profiling_info;
#define OV_PROFILING_EXECUTED 2

typedef struct ov_profiling_info_list {
    ov_profiling_info *infos;
    size_t n;
} ov_profiling_info_list;

/* Every int is an ov_status_e: 0 is success. */
typedef struct rq_openvino {
    int (*get_version)(ov_version *out);
    void (*version_free)(ov_version *version);
    const char *(*last_error)(void); /* may be NULL in old releases */
    int (*core_create)(ov_core **out);
    int (*core_property)(const ov_core *core, const char *device, const char *key,
                         char **value);  /* may be NULL in old releases */
    void (*text_free)(const char *text); /* likewise */
    void (*core_free)(ov_core *core);
    int (*add_extension)(const ov_core *core, const char *path); /* may be NULL in old releases */
    int (*compile_file)(const ov_core *core, const char *path, const char *device,
                        size_t n_arguments, ov_compiled_model **out, ...);
    void (*compiled_free)(ov_compiled_model *model);
    int (*create_request)(const ov_compiled_model *model, ov_infer_request **out);
    void (*request_free)(ov_infer_request *request);
    int (*get_input)(const ov_infer_request *request, size_t index, ov_tensor **out);
    int (*get_output)(const ov_infer_request *request, size_t index, ov_tensor **out);
    int (*infer)(ov_infer_request *request);
    int (*tensor_data)(const ov_tensor *tensor, void **out);
    int (*tensor_bytes)(const ov_tensor *tensor, size_t *out);
    int (*tensor_shape)(const ov_tensor *tensor, ov_shape *out);
    int (*shape_free)(ov_shape *shape);
    void (*tensor_free)(ov_tensor *tensor);
    /* either may be NULL in old releases */
    int (*get_profile)(const ov_infer_request *request, ov_profiling_info_list *out);
    void (*profile_free)(ov_profiling_info_list *list);
    char version[96];
} rq_openvino;

/* Loads it, once for each path: the library or its folder; NULL: the first of OPENVINO_LIB_PATHS
 * (folders, separated by ':'), the pip wheel that python3 finds, the system's. NULL, with the
 * reason in `why`, when there is none; both live as long as the process. Thread-safe. */
const rq_openvino *rq_openvino_get(const char **why, const char *path);

/* Appends OpenVINO's message (NULL: none) in one line, without the places in its sources. */
void rq_openvino_reason(rq_buf *out, const char *message);

#endif
