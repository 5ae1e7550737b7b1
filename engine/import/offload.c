#include "engine/import/offload.h"

#include "engine/base/file.h"
#include "engine/base/text.h"
#include "engine/import/framework_model_make.h"
#include "engine/import/offload_select.h"
#include "engine/ops/common/framework_call.h"

#include <stdlib.h>
#include <string.h>

#define DOMAIN "requant"

typedef struct cut {
    const rq_offload_graph *g;
    const bool *part;
    const char *feeds[RQ_FRAMEWORK_PORTS], *fetches[RQ_FRAMEWORK_PORTS];
    size_t n_feeds, n_fetches;
} cut;

bool rq_offload_is_call(const rq_framework_node *node)
{
    return !strcmp(node->domain, DOMAIN);
}

/* -- what goes in, and what comes out --------------------------------------------------------- */

static rq_status add_name(const char **names, size_t *n, const char *name)
{
    for (size_t i = 0; i < *n; i++)
        if (!strcmp(names[i], name)) return RQ_OK;
    if (*n == RQ_FRAMEWORK_PORTS)
        return rq_fail(RQ_EUNSUPPORTED, "more than %d values go in, or come out",
                       RQ_FRAMEWORK_PORTS);
    if (strpbrk(name, ",;"))
        return rq_fail(RQ_EUNSUPPORTED, "the name of value '%s' has a comma", name);
    names[(*n)++] = name;
    return RQ_OK;
}

static bool is_input(const rq_framework_model *source, const char *name)
{
    for (size_t i = 0; i < source->n_inputs; i++)
        if (!strcmp(source->inputs[i].name, name)) return true;
    return false;
}

static bool is_output(const rq_framework_model *source, const char *name)
{
    for (size_t i = 0; i < source->n_outputs; i++)
        if (!strcmp(source->outputs[i].name, name)) return true;
    return false;
}

/* Inputs of a node of the part that come from elsewhere, and depend on an input of the model. */
static rq_status list_feeds(cut *c, size_t node)
{
    const rq_framework_model *s = c->g->source;
    for (size_t k = 0; k < s->nodes[node].n_in; k++) {
        const char *value = s->nodes[node].in[k];
        uint32_t p = rq_map_get(c->g->producers, value);
        if (p == RQ_NONE ? !is_input(s, value) : c->part[p] || !c->g->from_inputs[p]) continue;
        RQ_TRY(add_name(c->feeds, &c->n_feeds, value));
    }
    return RQ_OK;
}

static rq_status list_fetches(cut *c)
{
    const rq_framework_model *s = c->g->source;
    for (size_t i = 0; i < s->n_nodes; i++)
        for (size_t k = 0; !c->part[i] && k < s->nodes[i].n_in; k++) {
            uint32_t p = rq_map_get(c->g->producers, s->nodes[i].in[k]);
            if (p != RQ_NONE && c->part[p])
                RQ_TRY(add_name(c->fetches, &c->n_fetches, s->nodes[i].in[k]));
        }
    for (size_t i = 0; i < s->n_nodes; i++)
        for (size_t k = 0; c->part[i] && k < s->nodes[i].n_out; k++)
            if (is_output(s, s->nodes[i].out[k]) && !c->g->in_loop[i])
                RQ_TRY(add_name(c->fetches, &c->n_fetches, s->nodes[i].out[k]));
    return RQ_OK;
}

/* -- replacing the nodes ---------------------------------------------------------------------- */

/* What the framework loads: a frozen graph, or a SavedModel's folder; absolute. */
static rq_status find_file(const char **out, const rq_framework_model *source)
{
    const char *path = source->path;
    bool tensorflow = !strcmp(source->framework, rq_framework_tf);
    char *folder = rq_ends_with(path, "saved_model.pb") ? rq_path_dir(path) : NULL;
    bool fits = tensorflow ? folder || rq_is_dir(path) || rq_ends_with(path, ".pb")
                           : rq_ends_with(path, ".onnx");
    char *absolute = fits ? realpath(folder ? folder : path, NULL) : NULL;
    free(folder);
    if (!fits)
        return rq_fail(
            RQ_EUNSUPPORTED,
            "%s: only frozen graphs (.pb) and SavedModels are run by TensorFlow, .onnx by "
            "ONNX Runtime",
            path);
    *out = absolute ? rq_arena_strdup(source->arena, absolute) : NULL;
    free(absolute);
    return *out ? RQ_OK : rq_fail(RQ_EIO, "%s: it is gone", path);
}

static rq_status add_text(rq_framework_model *source, rq_framework_node *node, const char *name,
                          const char *text)
{
    rq_framework_attr *attr;
    RQ_TRY(rq_framework_model_add_attr(&attr, source, node, name, RQ_FRAMEWORK_STRING));
    attr->s = text;
    attr->n = strlen(text);
    return RQ_OK;
}

/* "Postprocessor" of "Postprocessor/"; of points, "offloaded". */
static const char *part_name(rq_arena *arena, const char *text)
{
    size_t length = strlen(text);
    if (rq_ends_with(text, ".json")) return "offloaded";
    return rq_arena_strndup(arena, text, text[length - 1] == '/' ? length - 1 : length);
}

static rq_status add_call(rq_framework_model *source, const cut *c, const char *text)
{
    rq_framework_node *node;
    const char *file, *name = part_name(source->arena, text);
    bool tensorflow = !strcmp(source->framework, rq_framework_tf);
    RQ_TRY(find_file(&file, source));
    if (!name) return RQ_ENOMEM;
    RQ_TRY(rq_framework_model_add_node(
        &node, source, name, tensorflow ? "TensorFlowCall" : "OnnxCall", c->n_feeds, c->n_fetches));
    node->domain = DOMAIN;
    for (size_t i = 0; i < c->n_feeds; i++) node->in[i] = c->feeds[i];
    for (size_t i = 0; i < c->n_fetches; i++) node->out[i] = c->fetches[i];
    return add_text(source, node, "file", file);
}

/* Outputs inside of loops are none: assertions, say. */
static void drop_lost_outputs(rq_framework_model *source, const cut *c)
{
    size_t kept = 0;
    for (size_t i = 0; i < source->n_outputs; i++) {
        uint32_t p = rq_map_get(c->g->producers, source->outputs[i].name);
        if (p == RQ_NONE || !c->part[p] || !c->g->in_loop[p])
            source->outputs[kept++] = source->outputs[i];
    }
    source->n_outputs = kept;
}

static void remove_nodes(rq_framework_model *source, const bool *part)
{
    size_t kept = 0;
    for (size_t i = 0; i < source->n_nodes; i++)
        if (!part[i]) source->nodes[kept++] = source->nodes[i];
    source->n_nodes = kept;
}

static rq_status offload_part(rq_framework_model *source, const rq_offload_graph *g, bool *part,
                              const char *text)
{
    cut c = {.g = g, .part = part};
    RQ_TRY(rq_offload_select(part, g, text));
    for (size_t i = 0; i < source->n_nodes; i++)
        if (part[i]) RQ_TRY(list_feeds(&c, i));
    RQ_TRY(list_fetches(&c));
    if (!c.n_fetches) return rq_fail(RQ_EARG, "no output of the model depends on it");
    drop_lost_outputs(source, &c);
    remove_nodes(source, part);
    return add_call(source, &c, text);
}

static rq_status offload_text(rq_framework_model *source, const char *text)
{
    bool tensorflow = !strcmp(source->framework, rq_framework_tf);
    const char *word = tensorflow ? "tf:" : "onnx:";
    rq_offload_graph g = {0};
    bool *part = NULL;
    if (!tensorflow && strcmp(source->framework, rq_framework_onnx) != 0)
        return rq_fail(RQ_EUNSUPPORTED, "no runtime of %s is known", source->framework);
    if (rq_starts_with(text, word))
        text += strlen(word);
    else if (!rq_ends_with(text, ".json"))
        return rq_fail(RQ_EARG, "expected %sNAME or a .json file of points", word);
    rq_status status = rq_offload_graph_open(&g, source);
    if (status == RQ_OK)
        status = rq_calloc(&part, source->n_nodes, sizeof *part, "nodes of a part");
    if (status == RQ_OK) status = offload_part(source, &g, part, text);
    free(part);
    rq_offload_graph_close(&g);
    return status;
}

rq_status rq_offload_apply(rq_framework_model *source, const rq_offload *offload)
{
    for (size_t i = 0; i < offload->n; i++) {
        rq_status status = offload_text(source, offload->parts[i]);
        if (status != RQ_OK) return rq_fail_prefix(status, "--offload %s", offload->parts[i]);
    }
    return RQ_OK;
}
