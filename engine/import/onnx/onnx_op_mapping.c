#include "engine/import/op_mapping.h"

#define RQ_GROUP(name) extern const rq_op_mapping_group rq_group_onnx_##name;
#include "engine/import/onnx/onnx_op_mapping.def"
#undef RQ_GROUP

static const rq_op_mapping_group *const groups[] = {
#define RQ_GROUP(name) &rq_group_onnx_##name,
#include "engine/import/onnx/onnx_op_mapping.def"
#undef RQ_GROUP
};

const rq_op_mapping rq_op_mapping_onnx = {rq_framework_onnx, groups,
                                          sizeof groups / sizeof groups[0], NULL};
