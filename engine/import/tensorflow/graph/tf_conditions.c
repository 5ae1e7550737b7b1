/* Conditions of TensorFlow 1 become If nodes: Merges of one condition are its outputs, and nodes
 * that only one branch needs go into that branch, so that the one that is not taken is neither
 * mapped nor computed. */
#include "engine/import/tensorflow/graph/tf_graph.h"

#include <stdlib.h>
#include <string.h>

typedef struct branches {
    rq_tf_graph *graph;
    rq_map *groups;    /* "condition scope" -> its last Merge */
    uint32_t *before;  /* per Merge: the one of its group before it; RQ_NONE */
    uint32_t *readers; /* per node: how often it is read */
    uint32_t *own;     /* per node: how often of that by nodes of the branch being walked */
    bool *in_branch, *indexed;
    uint32_t *list; /* nodes of the branch, or of a walk */
    size_t n_list;
    uint32_t *walked; /* per node: the last walk that came by */
    uint32_t walk;
    size_t steps; /* of all walks */
} branches;

#define MAX_STEPS ((size_t)1 << 26) /* of all walks: after them no Merge joins another */

static bool is_joined(const rq_tf_node *node)
{
    return node->needed && node->joined && rq_tf_is_op(node, "Merge");
}

static bool is_switch(const rq_tf_node *node)
{
    return rq_tf_is_op(node, "Switch") && node->n_in == 2;
}

/* -- readers --------------------------------------------------------------------------------- */

static void count_reader(branches *s, rq_tf_port port)
{
    s->readers[port.node]++;
    if (port.output) s->indexed[port.node] = true;
}

static void count_readers(branches *s)
{
    rq_tf_graph *graph = s->graph;
    for (size_t i = 0; i < graph->n_nodes; i++) {
        const rq_tf_node *node = &graph->nodes[i];
        for (uint32_t k = 0; node->needed && k < rq_tf_count_reads(graph, node); k++)
            count_reader(s, *rq_tf_read(graph, node, k));
    }
    for (size_t i = 0; i < graph->n_outputs; i++) count_reader(s, graph->outputs[i].port);
}

/* -- one branch ------------------------------------------------------------------------------ */

static bool may_move(const branches *s, uint32_t i, uint32_t region)
{
    const rq_tf_node *node = &s->graph->nodes[i];
    return node->region == region && node->n_in > 0 && !node->value.data &&
           strncmp(node->def->op, "Placeholder", 11) != 0;
}

/* One more of its readers is in the branch; it is, too, until proven otherwise. */
static rq_status read_inside(branches *s, rq_tf_port *port, rq_tf_port condition, uint32_t region)
{
    RQ_TRY(rq_tf_graph_resolve(port, s->graph));
    const rq_tf_node *node = &s->graph->nodes[port->node];
    bool turned = is_switch(node) && node->in[1].node == condition.node;
    s->own[port->node]++;
    if (s->in_branch[port->node] || turned || !may_move(s, port->node, region)) return RQ_OK;
    s->in_branch[port->node] = true;
    s->list[s->n_list++] = port->node;
    return RQ_OK;
}

/* What somebody outside reads stays outside, with all that it reads itself. */
static void push_out(branches *s, uint32_t start, uint32_t *stack)
{
    size_t n = 0;
    s->in_branch[start] = false;
    stack[n++] = start;
    while (n) {
        const rq_tf_node *node = &s->graph->nodes[stack[--n]];
        for (uint32_t k = 0; k < rq_tf_count_reads(s->graph, node); k++) {
            uint32_t at = rq_tf_read(s->graph, node, k)->node;
            s->own[at]--;
            if (!s->in_branch[at]) continue;
            s->in_branch[at] = false;
            stack[n++] = at;
        }
    }
}

static void clear(branches *s, const rq_tf_region *region)
{
    for (uint32_t k = 0; k < region->n_results; k++) s->own[region->results[k].node] = 0;
    for (size_t k = 0; k < s->n_list; k++) {
        const rq_tf_node *node = &s->graph->nodes[s->list[k]];
        s->in_branch[s->list[k]] = false;
        for (uint32_t r = 0; r < rq_tf_count_reads(s->graph, node); r++)
            s->own[rq_tf_read(s->graph, node, r)->node] = 0;
    }
    s->n_list = 0;
}

static rq_status fill_branch(branches *s, uint32_t number, rq_tf_port condition, uint32_t base)
{
    rq_tf_graph *graph = s->graph;
    const rq_tf_region *region = &graph->regions[number];
    uint32_t *stack;
    for (uint32_t k = 0; k < region->n_results; k++)
        RQ_TRY(read_inside(s, &region->results[k], condition, base));
    for (size_t i = 0; i < s->n_list; i++) {
        const rq_tf_node *node = &graph->nodes[s->list[i]];
        for (uint32_t k = 0; k < rq_tf_count_reads(graph, node); k++)
            RQ_TRY(read_inside(s, rq_tf_read(graph, node, k), condition, base));
    }
    RQ_TRY(rq_calloc(&stack, s->n_list + 1, sizeof *stack, "branches"));
    for (size_t i = 0; i < s->n_list; i++) {
        uint32_t at = s->list[i];
        if (s->in_branch[at] && s->own[at] < s->readers[at]) push_out(s, at, stack);
    }
    free(stack);
    for (size_t i = 0; i < s->n_list; i++)
        if (s->in_branch[s->list[i]]) graph->nodes[s->list[i]].region = number;
    clear(s, region);
    return RQ_OK;
}

/* -- one condition --------------------------------------------------------------------------- */

static rq_status set_results(branches *s, uint32_t first, const uint32_t *merges, uint32_t n)
{
    for (uint32_t r = 0; r < 2; r++) {
        rq_tf_port *results = rq_arena_alloc(s->graph->arena, n, sizeof *results);
        if (!results) return RQ_ENOMEM;
        for (uint32_t k = 0; k < n; k++) results[k] = s->graph->nodes[merges[k]].in[1 + r];
        s->graph->regions[first + r].results = results;
        s->graph->regions[first + r].n_results = n;
    }
    return RQ_OK;
}

/* The first Merge becomes the If, the others lead to its outputs. */
static rq_status make_if(branches *s, const uint32_t *merges, uint32_t n)
{
    rq_tf_graph *graph = s->graph;
    uint32_t owner = merges[0], base = graph->nodes[owner].region;
    rq_tf_port condition = graph->nodes[owner].in[0];
    RQ_TRY(rq_tf_add_regions(graph, owner, "then_branch", "else_branch"));
    uint32_t first = graph->nodes[owner].first_region;
    RQ_TRY(set_results(s, first, merges, n));
    RQ_TRY(rq_tf_remake_node(graph, owner, "If"));
    graph->nodes[owner].n_in = 1;
    for (uint32_t k = 1; k < n; k++) {
        rq_tf_node *merge = &graph->nodes[merges[k]];
        merge->results = rq_arena_alloc(graph->arena, 1, sizeof *merge->results);
        if (!merge->results) return RQ_ENOMEM;
        merge->results[0] = (rq_tf_port){owner, k};
        merge->n_results = 1;
        merge->n_in = 0;
        s->readers[owner] += s->readers[merges[k]];
    }
    for (uint32_t r = 0; r < 2; r++) RQ_TRY(fill_branch(s, first + r, condition, base));
    return RQ_OK;
}

/* The group's Merges of the last one's region; the others stay for the next time. */
static rq_status take_group(branches *s, uint32_t group)
{
    uint32_t *merges, n = 0, left = RQ_NONE, next;
    uint32_t region = s->graph->nodes[group].region;
    for (uint32_t i = group; i != RQ_NONE; i = s->before[i]) n++;
    RQ_TRY(rq_calloc(&merges, n, sizeof *merges, "branches"));
    n = 0;
    for (uint32_t i = group; i != RQ_NONE; i = next) {
        next = s->before[i];
        if (s->graph->nodes[i].region == region) {
            merges[n++] = i;
            continue;
        }
        s->before[i] = left;
        left = i;
    }
    rq_status status = make_if(s, merges, n);
    free(merges);
    return status == RQ_OK && left != RQ_NONE ? take_group(s, left) : status;
}

/* -- all ------------------------------------------------------------------------------------- */

static bool is_of_group(const branches *s, uint32_t i, uint32_t group)
{
    while (group != RQ_NONE && group != i) group = s->before[group];
    return group == i;
}

static void walk_to(branches *s, uint32_t i)
{
    if (s->walked[i] == s->walk) return;
    s->walked[i] = s->walk;
    s->list[s->n_list++] = i;
}

/* Whether what the Merge reads, directly or not, is of the group: an If cannot read itself. */
static bool reads_group(branches *s, uint32_t i, uint32_t group)
{
    bool found = false;
    s->walk++;
    s->n_list = 0;
    walk_to(s, i);
    while (s->n_list && !found) {
        const rq_tf_node *node = &s->graph->nodes[s->list[--s->n_list]];
        for (uint32_t k = 0; k < rq_tf_count_reads(s->graph, node); k++, s->steps++)
            walk_to(s, rq_tf_read(s->graph, node, k)->node);
        found = s->steps > MAX_STEPS || is_of_group(s, (uint32_t)(node - s->graph->nodes), group);
    }
    s->n_list = 0;
    return found;
}

/* One call of tf.cond: its Merges stand in one scope, and read one condition, but not each other.
 */
static rq_status group_merge(branches *s, uint32_t i, bool *last)
{
    const rq_tf_node *node = &s->graph->nodes[i];
    const char *slash = strrchr(node->name, '/');
    int length = slash ? (int)(slash - node->name) : 0;
    const char *key = rq_arena_printf(s->graph->arena, "%u:%u:%.*s", node->in[0].node,
                                      node->in[0].output, length, node->name);
    if (!key) return RQ_ENOMEM;
    uint32_t group = rq_map_get(s->groups, key);
    s->before[i] = group == RQ_NONE || reads_group(s, i, group) ? RQ_NONE : group;
    if (s->before[i] != RQ_NONE) last[s->before[i]] = false;
    last[i] = true;
    return rq_map_put(s->groups, key, i);
}

static rq_status find_all(branches *s)
{
    size_t n = s->graph->n_nodes;
    bool *last = NULL;
    RQ_TRY(rq_map_create(&s->groups));
    RQ_TRY(rq_calloc(&s->before, n, sizeof *s->before, "branches"));
    RQ_TRY(rq_calloc(&s->readers, n, sizeof *s->readers, "branches"));
    RQ_TRY(rq_calloc(&s->own, n, sizeof *s->own, "branches"));
    RQ_TRY(rq_calloc(&s->in_branch, n, sizeof *s->in_branch, "branches"));
    RQ_TRY(rq_calloc(&s->indexed, n, sizeof *s->indexed, "branches"));
    RQ_TRY(rq_calloc(&s->list, n, sizeof *s->list, "branches"));
    RQ_TRY(rq_calloc(&s->walked, n, sizeof *s->walked, "branches"));
    RQ_TRY(rq_calloc(&last, n, sizeof *last, "branches"));
    count_readers(s);
    rq_status status = RQ_OK;
    for (uint32_t i = 0; i < n && status == RQ_OK; i++)
        if (is_joined(&s->graph->nodes[i]) && !s->indexed[i]) status = group_merge(s, i, last);
    for (uint32_t i = 0; i < n && status == RQ_OK; i++)
        if (last[i]) status = take_group(s, i);
    free(last);
    return status;
}

static bool has_condition(const rq_tf_graph *graph)
{
    for (size_t i = 0; i < graph->n_nodes; i++)
        if (is_joined(&graph->nodes[i])) return true;
    return false;
}

rq_status rq_tf_find_branches(rq_tf_graph *graph)
{
    branches s = {.graph = graph};
    if (!has_condition(graph)) return RQ_OK;
    rq_status status = find_all(&s);
    rq_map_destroy(&s.groups);
    free(s.before);
    free(s.readers);
    free(s.own);
    free(s.in_branch);
    free(s.indexed);
    free(s.list);
    free(s.walked);
    if (status == RQ_OK) status = rq_tf_graph_resolve_all(graph);
    return status == RQ_OK ? rq_tf_check_depth(graph) : status;
}
