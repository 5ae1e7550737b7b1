/* Layers written in Python: Faster R-CNN's proposals, whose parameters are a text. */
#include "engine/import/caffe/caffe_map.h"

#include "engine/base/text.h"

#include <ctype.h>
#include <string.h>

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Behind "key" and its colon, in YAML or as Python writes a dict: "'scales': [8, 16]"; NULL: it is
 * not there. */
static const char *find_value(const char *text, const char *key)
{
    size_t length = strlen(key);
    for (const char *at = text; (at = strstr(at, key)); at += length) {
        const char *end = at + length;
        if ((at > text && is_word(at[-1])) || is_word(*end)) continue;
        end += strspn(end, "'\" ");
        if (*end == ':') return end + 1;
    }
    return NULL;
}

/* "8,16" of "[8, 16]" or "8"; the first of two keys, else the fallback. */
static const char *value_of(rq_ir_builder *b, const char *text, const char *key, const char *other,
                            const char *fallback)
{
    const char *at = find_value(text, key);
    if (!at && other) at = find_value(text, other);
    if (!at) return fallback;
    at += strspn(at, " ");
    bool list = *at == '[' || *at == '(';
    at += list;
    char *out = rq_arena_strndup(b->arena, at, strcspn(at, list ? "])" : ",}\n#"));
    if (!rq_ir_builder_ok(b, out ? RQ_OK : RQ_ENOMEM)) return "";
    char *put = out;
    for (const char *c = out; *c; c++)
        if (!isspace((unsigned char)*c)) *put++ = *c;
    *put = '\0';
    return out;
}

static bool is_proposal(const rq_ir_builder *b)
{
    const char *module = rq_framework_string(b->node, "module", "");
    return rq_ends_with(module, "proposal_layer") &&
           !strcmp(rq_framework_string(b->node, "layer", ""), "ProposalLayer");
}

static void map_python(rq_ir_builder *b, const rq_op_mapping_row *row)
{
    const char *text = rq_framework_string(b->node, "param_str", "");
    const char *module = rq_framework_string(b->node, "module", "");
    bool ssh = !strncmp(module, "SSH.", 4);
    (void)row;
    if (!is_proposal(b)) {
        rq_ir_builder_unmapped(b,
                               "Python code %s.%s; an operator of your own replaces it: "
                               "--extensions",
                               module, rq_framework_string(b->node, "layer", ""));
        return;
    }
    const rq_caffe_proposal p = {
        .base_size = value_of(b, text, "base_size", NULL, "16"),
        .pre_nms_topn = value_of(b, text, "pre_nms_topn", NULL, ssh ? "1000" : "6000"),
        .post_nms_topn = value_of(b, text, "post_nms_topn", NULL, ssh ? "1000" : "300"),
        .nms_thresh = value_of(b, text, "nms_thresh", NULL, ssh ? "1" : "0.7"),
        .feat_stride = value_of(b, text, "feat_stride", NULL, "16"),
        .min_size = value_of(b, text, "min_size", NULL, "16"),
        .ratio = value_of(b, text, "ratios", "ratio", "0.5,1,2"),
        .scale = value_of(b, text, "scales", "scale", "8,16,32"),
    };
    rq_caffe_map_proposal(b, &p);
}

static const rq_op_mapping_row rows[] = {{"", "Python", map_python, NULL}};
RQ_OP_MAPPING_GROUP(caffe_python, rows)
