/* What slides over images or multiplies by weights. */
#include "engine/import/tflite/tflite_write.h"

/* Fields of the options. */
enum { PADDING, STRIDE_W, STRIDE_H, POOL_W, POOL_H };
enum { CONV_DILATION_W = 4, CONV_DILATION_H };
enum { DEPTHWISE_DILATION_W = 5, DEPTHWISE_DILATION_H };
enum { STRIDE_3D_D = 1, STRIDE_3D_W, STRIDE_3D_H, DILATION_3D_D = 5, DILATION_3D_W, DILATION_3D_H };
enum { FULLY_WEIGHTS_FORMAT = 1, FULLY_KEEP_DIMS };

static int64_t number(rq_tflite_writer *w, unsigned field)
{
    return rq_tflite_option(w, field, RQ_DT_I32, 1);
}

static void add_padding(rq_tflite_writer *w)
{
    bool valid = rq_tflite_option(w, PADDING, RQ_DT_I8, 0) == 1;
    rq_tflite_attr_text(w, "padding", valid ? "VALID" : "SAME");
}

/* Rows of the height's and the width's number, as TensorFlow's attribute has them. */
static void add_pair(rq_tflite_writer *w, const char *name, unsigned height, unsigned width)
{
    rq_tflite_attr_ints(w, name, (int64_t[]){1, number(w, height), number(w, width), 1}, 4);
}

static void add_triple(rq_tflite_writer *w, const char *name, unsigned depth, unsigned height,
                       unsigned width)
{
    rq_tflite_attr_ints(
        w, name, (int64_t[]){1, number(w, depth), number(w, height), number(w, width), 1}, 5);
}

/* The operator's products, written as `out`. */
static const char *products(rq_tflite_writer *w, const char *const *in, size_t n, const char *out)
{
    const char *y = rq_tflite_node(w, w->row->type, out, in, n);
    w->main = w->out->n_nodes - 1;
    return y;
}

/* The bias comes behind the products: the node that has been written last gives them to it. */
static const char *name_products(rq_tflite_writer *w, const char *bias)
{
    return bias[0] ? rq_tflite_new_name(w, w->name, w->row->type) : w->results[0];
}

static void add_bias(rq_tflite_writer *w, const char *sum, const char *bias)
{
    if (bias[0]) rq_tflite_node(w, "BiasAdd", w->results[0], RQ_VALUES(sum, bias));
}

/* Filters [O, H, W, I] as [H, W, I, O]. */
void rq_tflite_write_conv_2d(rq_tflite_writer *w)
{
    const char *x = rq_tflite_in(w, 0), *bias = rq_tflite_bias(w, 2, 0, 1);
    const char *filters =
        rq_tflite_weights(w, 1, &(rq_tflite_form){.order = {1, 2, 3, 0}, .n_order = 4});
    const char *y = products(w, RQ_VALUES(x, filters), name_products(w, bias));
    add_padding(w);
    add_pair(w, "strides", STRIDE_H, STRIDE_W);
    add_pair(w, "dilations", CONV_DILATION_H, CONV_DILATION_W);
    add_bias(w, y, bias);
}

/* Filters [1, H, W, C M] as [H, W, C, M]. */
void rq_tflite_write_depthwise_conv_2d(rq_tflite_writer *w)
{
    const rq_tflite_tensor *data = rq_tflite_in_tensor(w, 0), *weights = rq_tflite_in_tensor(w, 1);
    if (!data || !weights || data->shape.rank != 4 || weights->shape.rank != 4 ||
        data->shape.d[3] < 1 || weights->shape.d[3] % data->shape.d[3]) {
        rq_tflite_fail(w, RQ_EFORMAT, "filters that do not go with the image's channels");
        return;
    }
    const int64_t *k = weights->shape.d, channels = data->shape.d[3];
    const rq_tflite_form form = {.shape = {k[1], k[2], channels, k[3] / channels}, .rank = 4};
    const char *x = rq_tflite_in(w, 0), *bias = rq_tflite_bias(w, 2, 0, 1);
    const char *y =
        products(w, RQ_VALUES(x, rq_tflite_weights(w, 1, &form)), name_products(w, bias));
    add_padding(w);
    add_pair(w, "strides", STRIDE_H, STRIDE_W);
    add_pair(w, "dilations", DEPTHWISE_DILATION_H, DEPTHWISE_DILATION_W);
    add_bias(w, y, bias);
}

/* The output's size, filters [O, H, W, I] as [H, W, O, I], the image. */
void rq_tflite_write_transpose_conv(rq_tflite_writer *w)
{
    const char *size = rq_tflite_in(w, 0), *x = rq_tflite_in(w, 2);
    const char *bias = rq_tflite_bias(w, 3, 2, 1);
    const char *filters =
        rq_tflite_weights(w, 1, &(rq_tflite_form){.order = {1, 2, 0, 3}, .n_order = 4});
    const char *y = products(w, RQ_VALUES(size, filters, x), name_products(w, bias));
    add_padding(w);
    add_pair(w, "strides", STRIDE_H, STRIDE_W);
    add_bias(w, y, bias);
}

/* MediaPipe's, whose options are the bytes of a C structure: padding, strides. */
enum { CUSTOM_PADDING, CUSTOM_STRIDE_W, CUSTOM_STRIDE_H, CUSTOM_VALID = 2 };

/* The image, filters [O, H, W, I], the bias. Its size: what such a convolution would have shrunk.
 */
void rq_tflite_write_transpose_conv_bias(rq_tflite_writer *w)
{
    const rq_tflite_tensor *data = rq_tflite_in_tensor(w, 0), *weights = rq_tflite_in_tensor(w, 1);
    if (!data || !weights || data->shape.rank != 4 || weights->shape.rank != 4) {
        rq_tflite_fail(w, RQ_EFORMAT, "no image and filters of four dimensions");
        return;
    }
    const int64_t *d = data->shape.d, *k = weights->shape.d;
    bool valid = rq_tflite_custom_int(w, CUSTOM_PADDING) == CUSTOM_VALID;
    int64_t stride[2] = {rq_tflite_custom_int(w, CUSTOM_STRIDE_H),
                         rq_tflite_custom_int(w, CUSTOM_STRIDE_W)};
    int64_t size[2];
    for (int i = 0; i < 2; i++)
        size[i] = valid ? (d[1 + i] - 1) * stride[i] + k[1 + i] : d[1 + i] * stride[i];
    const char *sizes = rq_tflite_ints(w, size, 2), *bias = rq_tflite_bias(w, 2, 0, 1);
    const char *filters =
        rq_tflite_weights(w, 1, &(rq_tflite_form){.order = {1, 2, 0, 3}, .n_order = 4});
    const char *y =
        products(w, RQ_VALUES(sizes, filters, rq_tflite_in(w, 0)), name_products(w, bias));
    rq_tflite_attr_text(w, "padding", valid ? "VALID" : "SAME");
    rq_tflite_attr_ints(w, "strides", (int64_t[]){1, stride[0], stride[1], 1}, 4);
    add_bias(w, y, bias);
}

static void add_volume(rq_tflite_writer *w)
{
    add_padding(w);
    rq_tflite_attr_text(w, "data_format", "NDHWC");
    add_triple(w, "strides", STRIDE_3D_D, STRIDE_3D_H, STRIDE_3D_W);
    add_triple(w, "dilations", DILATION_3D_D, DILATION_3D_H, DILATION_3D_W);
}

/* Filters lie as TensorFlow's do. */
void rq_tflite_write_conv_3d(rq_tflite_writer *w)
{
    const char *x = rq_tflite_in(w, 0), *bias = rq_tflite_bias(w, 2, 0, 1);
    const char *filters = rq_tflite_weights(w, 1, &(rq_tflite_form){.rank = 0});
    const char *y = products(w, RQ_VALUES(x, filters), name_products(w, bias));
    add_volume(w);
    add_bias(w, y, bias);
}

void rq_tflite_write_conv_3d_transpose(rq_tflite_writer *w)
{
    const char *size = rq_tflite_in(w, 0), *x = rq_tflite_in(w, 2);
    const char *bias = rq_tflite_bias(w, 3, 2, 1);
    const char *filters = rq_tflite_weights(w, 1, &(rq_tflite_form){.rank = 0});
    const char *y = products(w, RQ_VALUES(size, filters, x), name_products(w, bias));
    add_volume(w);
    add_bias(w, y, bias);
}

/* -- pools ------------------------------------------------------------------------------------ */

static void add_window(rq_tflite_writer *w)
{
    add_padding(w);
    add_pair(w, "strides", STRIDE_H, STRIDE_W);
    add_pair(w, "ksize", POOL_H, POOL_W);
}

void rq_tflite_write_pool(rq_tflite_writer *w)
{
    const char *x = rq_tflite_in(w, 0);
    rq_tflite_node(w, w->row->type, w->results[0], RQ_VALUES(x));
    add_window(w);
}

/* The root of the mean of squares. */
void rq_tflite_write_l2_pool(rq_tflite_writer *w)
{
    const char *squares = rq_tflite_node(w, "Square", NULL, RQ_VALUES(rq_tflite_in(w, 0)));
    const char *mean = rq_tflite_node(w, "AvgPool", NULL, RQ_VALUES(squares));
    add_window(w);
    rq_tflite_node(w, "Sqrt", w->results[0], RQ_VALUES(mean));
}

/* -- products --------------------------------------------------------------------------------- */

/* Rows of as many elements as the weights [O, I] have, unless the dimensions are kept. */
static const char *rows_of(rq_tflite_writer *w, const rq_tflite_tensor *weights)
{
    const rq_tflite_tensor *data = rq_tflite_in_tensor(w, 0);
    const char *x = rq_tflite_in(w, 0);
    bool keep = rq_tflite_option(w, FULLY_KEEP_DIMS, RQ_DT_I8, 0);
    if (!data || weights->shape.rank != 2) return x;
    int last = data->shape.rank - 1;
    bool fits = last >= 0 && data->shape.d[last] == weights->shape.d[1];
    if (fits && (keep || last == 1)) return x;
    const int64_t rows[2] = {-1, weights->shape.d[1]};
    return rq_tflite_node(w, "Reshape", NULL, RQ_VALUES(x, rq_tflite_ints(w, rows, 2)));
}

void rq_tflite_write_fully_connected(rq_tflite_writer *w)
{
    const rq_tflite_tensor *weights = rq_tflite_in_tensor(w, 1);
    if (!weights || rq_tflite_option(w, FULLY_WEIGHTS_FORMAT, RQ_DT_I8, 0)) {
        rq_tflite_fail(w, RQ_EUNSUPPORTED, "weights that are shuffled, or none");
        return;
    }
    const char *x = rows_of(w, weights), *bias = rq_tflite_bias(w, 2, 0, 1);
    const char *y = products(w, RQ_VALUES(x, rq_tflite_weights(w, 1, &(rq_tflite_form){.rank = 0})),
                             name_products(w, bias));
    rq_tflite_attr_int(w, "transpose_b", 1);
    add_bias(w, y, bias);
}

void rq_tflite_write_batch_matmul(rq_tflite_writer *w)
{
    const char *x = rq_tflite_in(w, 0);
    const char *y = rq_tflite_weights(w, 1, &(rq_tflite_form){.rank = 0});
    products(w, RQ_VALUES(x, y), w->results[0]);
    rq_tflite_attrs_of_row(w);
}
