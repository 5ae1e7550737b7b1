/* Model Optimizer's CustomLayersMapping.xml: layer types that become layers of the IR as they are.
 *
 *     <CustomLayersMapping>
 *       <CustomLayer NativeType="HardShrink" hasParam="true" protoParamName="hard_shrink_param"
 *                    shape="same"/>
 *     </CustomLayersMapping>
 *
 * Such a layer has the opset "extension" in the IR, the same inputs, and, with hasParam, its
 * parameters as attributes. Its shape is that which a loaded extension of that type infers
 * (engine/ops/extension.h), else what `shape` says, one form for each output, separated by ';':
 * "same" (as input 0), "same:1" (as input 1), or "[b,8,h/2,w/2]": sizes by + - * / and parentheses
 * of whole numbers and sizes of inputs: b or n, c, h, w are dimensions 0, 1, 2, 3 of input 0, d0 to
 * d9 any of it, and "c.1" the same of input 1. Values are f32. */
#ifndef RQ_IMPORT_CUSTOM_LAYERS_H
#define RQ_IMPORT_CUSTOM_LAYERS_H

#include "engine/import/ir_builder.h"

typedef struct rq_custom_layer {
    const char *type;
    bool has_param;
    const char *shape; /* NULL: the extension's */
} rq_custom_layer;

typedef struct rq_custom_layers {
    size_t n;
    rq_custom_layer *layers;
} rq_custom_layers;

/* Everything is in the arena. RQ_EIO, RQ_EFORMAT with the file's name. */
rq_status rq_custom_layers_read(rq_custom_layers **out, const char *path, rq_arena *arena);

/* The entry of that type; NULL: there is none. */
const rq_custom_layer *rq_custom_layer_find(const rq_custom_layers *layers, const char *type);
void rq_custom_layer_map(rq_ir_builder *b, const rq_custom_layer *layer);

/* The shape that the rule gives for output `index`, for inputs of known shapes. RQ_EFORMAT for what
 * is no such rule, or gives no shape. */
rq_status rq_custom_shape(rq_shape *out, const char *rule, size_t index, const rq_shape *in,
                          size_t n_in);

#endif
