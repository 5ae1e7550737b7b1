/* TensorFlow's colors: hue, saturation and value of red, green and blue along the last axis. */
#include "engine/import/tensorflow/ops/tf_layout.h"

typedef struct color {
    rq_id v[3];
} color;

static rq_id with(rq_ir_builder *b, const char *type, rq_id x, double number)
{
    return rq_emit_binary(b, type, x, rq_emit_like(b, x, number));
}

static rq_id choose(rq_ir_builder *b, rq_id condition, rq_id yes, rq_id no)
{
    return rq_emit(b, "Select-1", RQ_IN(condition, yes, no), "auto_broadcast=numpy");
}

static color split(rq_ir_builder *b, rq_id x)
{
    rq_node *node = rq_emit_node(b, "Split-1", RQ_IN(x, rq_emit_int(b, -1)), 3, "num_splits=3");
    if (!node) return (color){{RQ_NONE, RQ_NONE, RQ_NONE}};
    return (color){{node->out[0], node->out[1], node->out[2]}};
}

static rq_id join(rq_ir_builder *b, const color *c)
{
    return rq_emit(b, "Concat-1", c->v, 3, "axis=-1");
}

/* (x - y) / (6 range) + turn / 3 */
static rq_id hue_of(rq_ir_builder *b, rq_id x, rq_id y, rq_id range, double turn)
{
    rq_id part = rq_emit_binary(b, "Divide-1", rq_emit_binary(b, "Subtract-1", x, y),
                                with(b, "Multiply-1", range, 6));
    return turn == 0.0 ? part : with(b, "Add-1", part, turn / 3);
}

static color to_hsv(rq_ir_builder *b, const color *rgb)
{
    rq_id red = rgb->v[0], green = rgb->v[1], blue = rgb->v[2];
    rq_id value = rq_emit_binary(b, "Maximum-1", rq_emit_binary(b, "Maximum-1", red, green), blue);
    rq_id least = rq_emit_binary(b, "Minimum-1", rq_emit_binary(b, "Minimum-1", red, green), blue);
    rq_id range = rq_emit_binary(b, "Subtract-1", value, least), zero = rq_emit_like(b, value, 0);
    rq_id grey = with(b, "LessEqual-1", range, 0), black = with(b, "LessEqual-1", value, 0);
    rq_id one = rq_emit_like(b, value, 1), safe = choose(b, grey, one, range);
    rq_id hue = choose(b, rq_emit_binary(b, "Equal-1", green, value), hue_of(b, blue, red, safe, 1),
                       hue_of(b, red, green, safe, 2));
    hue = choose(b, rq_emit_binary(b, "Equal-1", red, value), hue_of(b, green, blue, safe, 0), hue);
    hue = choose(b, grey, zero, hue);
    hue = choose(b, with(b, "Less-1", hue, 0), with(b, "Add-1", hue, 1), hue);
    rq_id part = rq_emit_binary(b, "Divide-1", range, choose(b, black, one, value));
    return (color){{hue, choose(b, black, zero, part), value}};
}

/* How much of a color there is at the hue: 0 to 1. */
static rq_id share(rq_ir_builder *b, rq_id sixths, double middle, double scale, double shift)
{
    rq_id distance = rq_emit(b, "Abs-1", RQ_IN(with(b, "Subtract-1", sixths, middle)), "%s", "");
    rq_id y = with(b, "Add-1", with(b, "Multiply-1", distance, scale), shift);
    return rq_emit(b, "Clamp-1", RQ_IN(y), "min=0;max=1");
}

static color to_rgb(rq_ir_builder *b, const color *hsv)
{
    rq_id sixths = with(b, "Multiply-1", hsv->v[0], 6);
    color c = {
        {share(b, sixths, 3, 1, -1), share(b, sixths, 2, -1, 2), share(b, sixths, 4, -1, 2)}};
    rq_id rest = rq_emit_binary(b, "Subtract-1", rq_emit_like(b, hsv->v[1], 1), hsv->v[1]);
    for (int i = 0; i < 3; i++) {
        rq_id part =
            rq_emit_binary(b, "Add-1", rest, rq_emit_binary(b, "Multiply-1", hsv->v[1], c.v[i]));
        c.v[i] = rq_emit_binary(b, "Multiply-1", part, hsv->v[2]);
    }
    return c;
}

static void map_to_hsv(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    color rgb = split(b, rq_ir_builder_in(b, 0)), hsv = to_hsv(b, &rgb);
    (void)row;
    rq_ir_builder_set(b, 0, join(b, &hsv));
}

static void map_to_rgb(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    color hsv = split(b, rq_ir_builder_in(b, 0)), rgb = to_rgb(b, &hsv);
    (void)row;
    rq_ir_builder_set(b, 0, join(b, &rgb));
}

static void map_hue(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    color rgb = split(b, rq_ir_builder_in(b, 0)), hsv = to_hsv(b, &rgb);
    rq_id turned = rq_emit_binary(b, "Add-1", hsv.v[0], rq_ir_builder_in(b, 1));
    (void)row;
    hsv.v[0] = with(b, "FloorMod-1", turned, 1);
    rgb = to_rgb(b, &hsv);
    rq_ir_builder_set(b, 0, join(b, &rgb));
}

static void map_saturation(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    color rgb = split(b, rq_ir_builder_in(b, 0)), hsv = to_hsv(b, &rgb);
    rq_id scaled = rq_emit_binary(b, "Multiply-1", hsv.v[1], rq_ir_builder_in(b, 1));
    (void)row;
    hsv.v[1] = rq_emit(b, "Clamp-1", RQ_IN(scaled), "min=0;max=1");
    rgb = to_rgb(b, &hsv);
    rq_ir_builder_set(b, 0, join(b, &rgb));
}

/* Away from each channel's mean. */
static void map_contrast(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    rq_id x = rq_ir_builder_in(b, 0);
    rq_id mean = rq_emit(b, "ReduceMean-1", RQ_IN(x, RQ_EMIT_INTS(b, -3, -2)), "keep_dims=true");
    rq_id y = rq_emit_binary(b, "Multiply-1", rq_emit_binary(b, "Subtract-1", x, mean),
                             rq_ir_builder_in(b, 1));
    (void)row;
    rq_ir_builder_set(b, 0, rq_emit_binary(b, "Add-1", y, mean));
}

static const rq_op_mapping_row rows[] = {
    {"", "AdjustContrastv2", map_contrast, NULL},
    {"", "AdjustHue", map_hue, NULL},
    {"", "AdjustSaturation", map_saturation, NULL},
    {"", "HSVToRGB", map_to_rgb, NULL},
    {"", "RGBToHSV", map_to_hsv, NULL},
};
RQ_OP_MAPPING_GROUP(tf_color, rows)
