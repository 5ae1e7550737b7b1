/* Results from inside: a kind of result is a procedure and a table of forms. */
#ifndef RQ_API_RESULT_H
#define RQ_API_RESULT_H

#include "engine/api/network.h"
#include "engine/base/formats/json.h"

typedef struct rq_result_form rq_result_form;
struct rq_result_form {
    const char *name; /* "csv" */
    /* Appends to `out`. */
    rq_status (*write)(rq_buf *out, const void *state, const rq_result_form *form,
                       const rq_text_style *style);
    const char *writer; /* of a table of `reports` that `write` looks it up in, or NULL */
};

typedef struct rq_result_kind {
    const char *procedure;
    size_t size; /* of the state, zero at first */
    /* Fills the state, which may borrow from the network and the settings: they outlive it. */
    rq_status (*run)(void *state, const rq_network *network, const rq_settings *settings);
    void (*close)(void *state);  /* after a failure, too */
    const rq_result_form *forms; /* "text" and "json" among them; ends with {NULL} */
} rq_result_kind;

struct rq_result {
    const rq_result_kind *kind;
    const rq_context *context;
    void *state;
    rq_arena *arena; /* of the texts of: */
    rq_settings settings;
    rq_buf text;   /* what rq_result_text gave last */
    rq_json *json; /* of rq_result_number; NULL: not asked yet */
};

/* With a copy of the options (NULL: none); RQ_EARG when they are another procedure's. Nothing is
 * run yet. */
rq_status rq_result_create(rq_result **out, const rq_result_kind *kind, const rq_context *context,
                           const rq_options *options);
/* The same, and the procedure runs. */
rq_status rq_result_make(rq_result **out, const rq_result_kind *kind, const rq_network *network,
                         const rq_options *options);

#endif
