/* TensorFlowCall and OnnxCall: parts of a model that stay with their framework. */
#ifndef RQ_OPS_COMMON_FRAMEWORK_CALL_H
#define RQ_OPS_COMMON_FRAMEWORK_CALL_H

#include "engine/ops/op.h"

#define RQ_FRAMEWORK_OPSET "requant"

/* What <data> says. The node's inputs are fed to `feeds`, its outputs are `fetches`. */
typedef struct rq_framework_call {
    const char *file;    /* the model's: a frozen graph, a SavedModel's folder, an ONNX model */
    const char *feeds;   /* "concat:0,concat_1:0": values of that model */
    const char *fetches; /* likewise */
    const char *types;   /* of the outputs: "f32,i64" */
    const char
        *shapes; /* of the outputs: "1,100,4;1,100", a form each; "?": known when it has run */
} rq_framework_call;

#define RQ_FRAMEWORK_PORTS 64 /* feeds, and fetches, of one call at most */

/* One of a list: "b" of "a,b,c", copied; false past its end, or where it does not fit. */
#define RQ_FRAMEWORK_NAME 512
bool rq_framework_call_name(char out[RQ_FRAMEWORK_NAME], const char *list, char separator,
                            size_t index);
size_t rq_framework_call_count(const char *list, char separator); /* "": 0 */

extern const rq_attr_spec rq_framework_call_attrs[];
rq_status rq_framework_call_infer(rq_infer *ctx);
rq_status rq_framework_call_run(rq_call *call);

#define RQ_FRAMEWORK_CALL(type_)                                                                   \
    {                                                                                              \
        .type = type_, .opset = RQ_FRAMEWORK_OPSET, .role = RQ_ROLE_FLOAT,                         \
        .flags = RQ_OP_ANY_DTYPE | RQ_OP_NO_FOLD | RQ_OP_SELECTS,                                  \
        .attrs_size = sizeof(rq_framework_call), .attrs = rq_framework_call_attrs,                 \
        .infer = rq_framework_call_infer, .run = rq_framework_call_run                             \
    }

#endif
