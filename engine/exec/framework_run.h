/* Parts of models that their frameworks compute (TensorFlowCall, OnnxCall): who may, and how.
 *
 * A framework's graph can read and write files: a framework runs nothing unless the user said so,
 * for the whole process. */
#ifndef RQ_EXEC_FRAMEWORK_RUN_H
#define RQ_EXEC_FRAMEWORK_RUN_H

#include "engine/ops/op.h"

/* From now on, TensorFlow (ONNX Runtime) may be called; its library is that file or folder, or
 * (NULL) the one that python3 finds. */
rq_status rq_framework_allow_tensorflow(const char *path);
rq_status rq_framework_allow_onnxruntime(const char *path);

/* Receives output i: valid during the call. */
typedef rq_status rq_framework_take(void *ctx, size_t i, const rq_tensor *tensor);

/* Computes `fetches` ("a:0,b:1") of the model in `file` from in[n_in], fed to `feeds`, converted to
 * the types that it wants. RQ_EUNSUPPORTED: it may not be called, or its library is missing. Models
 * are loaded once for each file, and stay. Thread-safe. */
rq_status rq_tensorflow_run(const char *file, const char *feeds, const char *fetches,
                            const rq_tensor *in, size_t n_in, rq_framework_take *take, void *ctx);
rq_status rq_onnxruntime_run(const char *file, const char *feeds, const char *fetches,
                             const rq_tensor *in, size_t n_in, rq_framework_take *take, void *ctx);

/* rq_services.call_framework. */
rq_status rq_framework_call_node(rq_call *call);

#endif
