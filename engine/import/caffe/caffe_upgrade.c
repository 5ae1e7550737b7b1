#include "engine/import/caffe/caffe_layers.h"

#include <string.h>

/* What V1LayerParameter.LayerType and V0LayerParameter.type became. */
static const struct {
    Caffe__V1LayerParameter__LayerType v1;
    const char *v0, *type;
} renamed[] = {
#define V1(name) CAFFE__V1_LAYER_PARAMETER__LAYER_TYPE__##name
    {V1(ABSVAL), "absval", "AbsVal"},
    {V1(ACCURACY), "accuracy", "Accuracy"},
    {V1(ARGMAX), "argmax", "ArgMax"},
    {V1(BNLL), "bnll", "BNLL"},
    {V1(CONCAT), "concat", "Concat"},
    {V1(CONTRASTIVE_LOSS), "contrastive_loss", "ContrastiveLoss"},
    {V1(CONVOLUTION), "conv", "Convolution"},
    {V1(DATA), "data", "Data"},
    {V1(DECONVOLUTION), "deconv", "Deconvolution"},
    {V1(DROPOUT), "dropout", "Dropout"},
    {V1(DUMMY_DATA), "dummy_data", "DummyData"},
    {V1(ELTWISE), "eltwise", "Eltwise"},
    {V1(EUCLIDEAN_LOSS), "euclidean_loss", "EuclideanLoss"},
    {V1(EXP), "exp", "Exp"},
    {V1(FLATTEN), "flatten", "Flatten"},
    {V1(HDF5_DATA), "hdf5_data", "HDF5Data"},
    {V1(HDF5_OUTPUT), "hdf5_output", "HDF5Output"},
    {V1(HINGE_LOSS), "hinge_loss", "HingeLoss"},
    {V1(IM2COL), "im2col", "Im2col"},
    {V1(IMAGE_DATA), "images", "ImageData"},
    {V1(INFOGAIN_LOSS), "infogain_loss", "InfogainLoss"},
    {V1(INNER_PRODUCT), "innerproduct", "InnerProduct"},
    {V1(LRN), "lrn", "LRN"},
    {V1(MEMORY_DATA), "memory_data", "MemoryData"},
    {V1(MULTINOMIAL_LOGISTIC_LOSS), "multinomial_logistic_loss", "MultinomialLogisticLoss"},
    {V1(MVN), "mvn", "MVN"},
    {V1(POOLING), "pool", "Pooling"},
    {V1(POWER), "power", "Power"},
    {V1(RELU), "relu", "ReLU"},
    {V1(SIGMOID), "sigmoid", "Sigmoid"},
    {V1(SIGMOID_CROSS_ENTROPY_LOSS), "sigmoid_cross_entropy_loss", "SigmoidCrossEntropyLoss"},
    {V1(SILENCE), "silence", "Silence"},
    {V1(SLICE), "slice", "Slice"},
    {V1(SOFTMAX), "softmax", "Softmax"},
    {V1(SOFTMAX_LOSS), "softmax_loss", "SoftmaxWithLoss"},
    {V1(SPLIT), "split", "Split"},
    {V1(TANH), "tanh", "TanH"},
    {V1(THRESHOLD), "threshold", "Threshold"},
    {V1(WINDOW_DATA), "window_data", "WindowData"},
#undef V1
};

static const char *type_of_v1(const Caffe__V1LayerParameter *old)
{
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
        if (renamed[i].v1 == old->type) return renamed[i].type;
    return "";
}

static const char *type_of_v0(const Caffe__V0LayerParameter *old)
{
    for (size_t i = 0; i < sizeof renamed / sizeof *renamed; i++)
        if (!strcmp(renamed[i].v0, old->type)) return renamed[i].type;
    return old->type;
}

static rq_status read_v1(rq_caffe_layer *layer, const Caffe__V1LayerParameter *old)
{
    layer->name = old->name;
    layer->type = (char *)type_of_v1(old);
    layer->n_blobs = old->n_blobs;
    layer->blobs = old->blobs;
    layer->n_include = old->n_include;
    layer->include = old->include;
    layer->n_exclude = old->n_exclude;
    layer->exclude = old->exclude;
    layer->base.n_unknown_fields = old->base.n_unknown_fields;
    layer->base.unknown_fields = old->base.unknown_fields;
#define KEEP(param) layer->param = old->param
    KEEP(concat_param);
    KEEP(convolution_param);
    KEEP(data_param);
    KEEP(image_data_param);
    KEEP(inner_product_param);
    KEEP(lrn_param);
    KEEP(pooling_param);
    KEEP(power_param);
    KEEP(memory_data_param);
    KEEP(argmax_param);
    KEEP(eltwise_param);
    KEEP(threshold_param);
    KEEP(dummy_data_param);
    KEEP(relu_param);
    KEEP(slice_param);
    KEEP(mvn_param);
    KEEP(transform_param);
    KEEP(softmax_param);
    KEEP(exp_param);
#undef KEEP
    return RQ_OK;
}

/* A parameter message of the layer, made on the first call. */
#define PARAM(layer, arena, field, type)                                                           \
    ((layer)->field || ((layer)->field = new_message(arena, &caffe__##type##__descriptor))         \
         ? (layer)->field                                                                          \
         : NULL)

static void *new_message(rq_arena *arena, const ProtobufCMessageDescriptor *type)
{
    void *message = rq_arena_alloc(arena, 1, type->sizeof_message);
    if (message) protobuf_c_message_init(type, message);
    return message;
}

#define SET(param, field, old, old_field)                                                          \
    ((param)->has_##field = (old)->has_##old_field, (param)->field = (old)->old_field)

/* Lists of one number, which were a single one. */
static void set_list(size_t *n, uint32_t **list, protobuf_c_boolean has, const uint32_t *value)
{
    *n = has ? 1 : 0;
    *list = (uint32_t *)value;
}

static rq_status read_v0_convolution(rq_caffe_layer *layer, rq_arena *arena,
                                     const Caffe__V0LayerParameter *old)
{
    Caffe__ConvolutionParameter *param =
        PARAM(layer, arena, convolution_param, convolution_parameter);
    if (!param) return RQ_ENOMEM;
    SET(param, num_output, old, num_output);
    SET(param, bias_term, old, biasterm);
    SET(param, group, old, group);
    set_list(&param->n_pad, &param->pad, old->has_pad, &old->pad);
    set_list(&param->n_kernel_size, &param->kernel_size, old->has_kernelsize, &old->kernelsize);
    set_list(&param->n_stride, &param->stride, old->has_stride, &old->stride);
    return RQ_OK;
}

static rq_status read_v0_pooling(rq_caffe_layer *layer, rq_arena *arena,
                                 const Caffe__V0LayerParameter *old)
{
    Caffe__PoolingParameter *param = PARAM(layer, arena, pooling_param, pooling_parameter);
    if (!param) return RQ_ENOMEM;
    SET(param, pool, old, pool);
    SET(param, kernel_size, old, kernelsize);
    SET(param, stride, old, stride);
    SET(param, pad, old, pad);
    return RQ_OK;
}

static rq_status read_v0_inner_product(rq_caffe_layer *layer, rq_arena *arena,
                                       const Caffe__V0LayerParameter *old)
{
    Caffe__InnerProductParameter *param =
        PARAM(layer, arena, inner_product_param, inner_product_parameter);
    if (!param) return RQ_ENOMEM;
    SET(param, num_output, old, num_output);
    SET(param, bias_term, old, biasterm);
    return RQ_OK;
}

static rq_status read_v0_lrn(rq_caffe_layer *layer, rq_arena *arena,
                             const Caffe__V0LayerParameter *old)
{
    Caffe__LRNParameter *param = PARAM(layer, arena, lrn_param, lrnparameter);
    if (!param) return RQ_ENOMEM;
    SET(param, local_size, old, local_size);
    SET(param, alpha, old, alpha);
    SET(param, beta, old, beta);
    SET(param, k, old, k);
    return RQ_OK;
}

static rq_status read_v0_concat(rq_caffe_layer *layer, rq_arena *arena,
                                const Caffe__V0LayerParameter *old)
{
    Caffe__ConcatParameter *param = PARAM(layer, arena, concat_param, concat_parameter);
    if (!param) return RQ_ENOMEM;
    SET(param, concat_dim, old, concat_dim);
    return RQ_OK;
}

static rq_status read_v0_data(rq_caffe_layer *layer, rq_arena *arena,
                              const Caffe__V0LayerParameter *old)
{
    Caffe__DataParameter *param = PARAM(layer, arena, data_param, data_parameter);
    if (!param) return RQ_ENOMEM;
    SET(param, batch_size, old, batchsize);
    SET(param, crop_size, old, cropsize);
    return RQ_OK;
}

static const struct {
    const char *type;
    rq_status (*read)(rq_caffe_layer *, rq_arena *, const Caffe__V0LayerParameter *);
} v0_readers[] = {
    {"Convolution", read_v0_convolution},
    {"Pooling", read_v0_pooling},
    {"InnerProduct", read_v0_inner_product},
    {"LRN", read_v0_lrn},
    {"Concat", read_v0_concat},
    {"Data", read_v0_data},
    {"ImageData", read_v0_data},
};

static rq_status read_v0(rq_caffe_layer *layer, rq_arena *arena, const Caffe__V0LayerParameter *old,
                         const char *path)
{
    if (!old->type) return rq_fail(RQ_EFORMAT, "%s: layer '%s' has no type", path, layer->name);
    layer->name = old->name;
    layer->type = (char *)type_of_v0(old);
    layer->n_blobs = old->n_blobs;
    layer->blobs = old->blobs;
    for (size_t i = 0; i < sizeof v0_readers / sizeof *v0_readers; i++)
        if (!strcmp(v0_readers[i].type, layer->type)) return v0_readers[i].read(layer, arena, old);
    return RQ_OK;
}

static rq_status upgrade(rq_caffe_layer *layer, rq_arena *arena, const Caffe__V1LayerParameter *old,
                         const char *path)
{
    caffe__layer_parameter__init(layer);
    RQ_TRY(read_v1(layer, old));
    if (old->layer) RQ_TRY(read_v0(layer, arena, old->layer, path));
    layer->n_bottom = old->n_bottom;
    layer->bottom = old->bottom;
    layer->n_top = old->n_top;
    layer->top = old->top;
    return RQ_OK;
}

static bool is_padding(const Caffe__V1LayerParameter *old)
{
    return old->layer && old->layer->type && !strcmp(old->layer->type, "padding") &&
           old->n_bottom == 1 && old->n_top == 1;
}

/* The convolution that reads padding[i] reads what that reads, and pads by itself. */
static rq_status absorb_padding(rq_caffe_layer *layer, const Caffe__NetParameter *net,
                                const rq_map *paddings, const char *path)
{
    for (size_t k = 0; k < layer->n_bottom; k++) {
        uint32_t i = rq_map_get(paddings, layer->bottom[k]);
        if (i == RQ_NONE) continue;
        Caffe__ConvolutionParameter *param = layer->convolution_param;
        if (!param)
            return rq_fail(RQ_EUNSUPPORTED, "%s: layer '%s': padding of what is no convolution",
                           path, layer->name);
        set_list(&param->n_pad, &param->pad, 1, &net->layers[i]->layer->pad);
        layer->bottom[k] = net->layers[i]->bottom[0];
    }
    return RQ_OK;
}

/* V0 had "padding" as a layer of its own. */
static rq_status absorb_paddings(rq_caffe_layer **layers, size_t *n, const Caffe__NetParameter *net,
                                 const char *path)
{
    rq_map *paddings;
    rq_status status = RQ_OK;
    size_t kept = 0;
    RQ_TRY(rq_map_create(&paddings));
    for (size_t i = 0; i < *n; i++) {
        if (is_padding(net->layers[i])) {
            RQ_TRY_GOTO(rq_map_put(paddings, net->layers[i]->top[0], (uint32_t)i), out);
        } else {
            RQ_TRY_GOTO(absorb_padding(layers[i], net, paddings, path), out);
            layers[kept++] = layers[i];
        }
    }
    *n = kept;
out:
    rq_map_destroy(&paddings);
    return status;
}

rq_status rq_caffe_list_layers(rq_caffe_layer ***out, size_t *n, rq_arena *arena,
                               const Caffe__NetParameter *net, const char *path)
{
    *n = net->n_layers ? net->n_layers : net->n_layer;
    if (net->n_layers && net->n_layer)
        return rq_fail(RQ_EFORMAT, "%s: has both 'layers' and 'layer'; Caffe takes one of them",
                       path);
    *out = net->layer;
    if (net->n_layers) {
        rq_caffe_layer *made = rq_arena_alloc(arena, *n, sizeof *made);
        *out = rq_arena_alloc(arena, *n, sizeof **out);
        if (!made || !*out) return RQ_ENOMEM;
        for (size_t i = 0; i < *n; i++) {
            RQ_TRY(upgrade(&made[i], arena, net->layers[i], path));
            (*out)[i] = &made[i];
        }
    }
    for (size_t i = 0; i < *n; i++) {
        rq_caffe_layer *layer = (*out)[i];
        if (!layer->name || !*layer->name) layer->name = rq_arena_printf(arena, "layer%zu", i);
        if (!layer->name) return RQ_ENOMEM;
        if (!layer->type || !*layer->type)
            return rq_fail(RQ_EFORMAT, "%s: layer '%s' has no type", path, layer->name);
    }
    return net->n_layers ? absorb_paddings(*out, n, net, path) : RQ_OK;
}
