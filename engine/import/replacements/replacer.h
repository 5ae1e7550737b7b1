/* The graph that replacements work on, with its values and nodes found by name. Private to
 * replacements/. */
#ifndef RQ_IMPORT_REPLACER_H
#define RQ_IMPORT_REPLACER_H

#include "engine/import/op_mapping.h"
#include "engine/import/replacements/pipeline_config.h"
#include "engine/import/replacements/replacements.h"
#include "engine/import/replacements/rule.h"

typedef struct rq_replacer {
    rq_framework_model *source;
    const rq_replace_options *options;
    rq_arena *arena; /* the model's */
    rq_buf *notes;
    rq_map *producers, *nodes, *constants; /* value, name -> node; value -> constant */
    const rq_pipeline_config *pipeline;    /* NULL: none given */
    const char *image; /* value that the network takes after its preprocessing; NULL: not known */
    const char *rois;  /* value [N, 5] of the first stage's proposals; NULL: none */
    const char *detections; /* value of the detections, as DetectionOutput gives them; NULL: none */
    const char *suppressed; /* value [1, N, 4] of the graph's own whose boxes these are */
    bool chose_outputs;     /* outputs that a rule chose stay beside the detections */
} rq_replacer;

/* What a line of replacements.def stands for. */
typedef struct rq_replacement {
    const char *id;
    /* With a rule: what it matches; without (NULL): what the graph itself shows, if anything. */
    rq_status (*replace)(rq_replacer *r, const rq_rule *rule);
} rq_replacement;

rq_status rq_replacer_open(rq_replacer *r, rq_framework_model *source);
void rq_replacer_close(rq_replacer *r);

/* NULL: there is none. Valid until a node is added. Nodes of functions are called without their
 * calls here: "StatefulPartitionedCall/a" is "a", too. */
rq_framework_node *rq_replacer_find(const rq_replacer *r, const char *name);
rq_framework_node *rq_replacer_producer(const rq_replacer *r, const char *value);
const rq_tensor *rq_replacer_constant(const rq_replacer *r, const char *value);
/* The elements of a constant of at most `capacity`, also behind Identity and Enter. */
bool rq_replacer_numbers(const rq_replacer *r, const char *value, double *out, size_t capacity,
                         size_t *n);
bool rq_replacer_number(const rq_replacer *r, const char *value, double *out);

/* The value before an operator that only passes on, reshapes or takes part of one value; NULL
 * where another operator, or none, gives it. */
const char *rq_replacer_step_back(const rq_replacer *r, const char *value);
/* The nearest node before `value`, itself included, that `wanted` says yes to; shapes are not
 * followed. NULL: there is none near. */
rq_framework_node *rq_replacer_search_back(const rq_replacer *r, const char *value,
                                           bool (*wanted)(const rq_framework_node *node,
                                                          const void *about),
                                           const void *about);

/* A node of the given inputs with one output of its own name. It maps by `mapping`, where that is
 * not NULL. `name` gets a number behind it where the graph has it already. */
rq_status rq_replacer_add(rq_framework_node **out, rq_replacer *r, const char *name,
                          const char *type, const rq_op_mapping_row *mapping, const char *const *in,
                          size_t n_in);
rq_status rq_replacer_add_float(rq_replacer *r, rq_framework_node *node, const char *name,
                                double value);
rq_status rq_replacer_add_text(rq_replacer *r, rq_framework_node *node, const char *name,
                               const char *value);
/* Every reader of a value, outputs included, reads another. */
void rq_replacer_redirect(rq_replacer *r, const char *from, const char *to);
/* The element of a constant, one of rq_replacer_constant, becomes `value`, in data of its own. */
rq_status rq_replacer_set_element(rq_replacer *r, const rq_tensor *constant, size_t i,
                                  double value);
/* Takes the node's name and values from it, for another to have; nobody may read it. */
rq_status rq_replacer_retire(rq_replacer *r, const char *name);

void rq_replacer_note(const rq_replacer *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
