#include "engine/import/dialect.h"

#define RQ_GROUP(name) extern const rq_mapping_group rq_group_onnx_##name;
#include "engine/import/onnx/onnx_dialect.def"
#undef RQ_GROUP

static const rq_mapping_group *const groups[] = {
#define RQ_GROUP(name) &rq_group_onnx_##name,
#include "engine/import/onnx/onnx_dialect.def"
#undef RQ_GROUP
};

const rq_dialect rq_dialect_onnx = {"ONNX", groups, sizeof groups / sizeof groups[0]};
