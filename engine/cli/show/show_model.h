/* What `requant show` tells of a model that is not an IR yet: facts gathered by importing it. */
#ifndef RQ_CLI_SHOW_SHOW_MODEL_H
#define RQ_CLI_SHOW_SHOW_MODEL_H

#include "engine/cli/show/show_types.h"
#include "engine/import/import.h"

typedef struct rq_model_facts {
    rq_framework_model *source;
    rq_framework_value
        *outputs;             /* the source's, with the IR's types and shapes where it says none */
    rq_import_result result;  /* as import without options makes it */
    rq_status status;         /* of making it */
    const char *why;          /* it failed; NULL: it did not */
    rq_type_counts operators; /* of the model, bodies of If and Loop included */
    rq_type_counts layers;    /* of the IR, constants not counted */
    double parameters;        /* numbers in floating-point constants */
    double constants[RQ_DT_COUNT]; /* bytes in constants of each type */
    double file_bytes;             /* NAN for a folder */
    double gflops;                 /* of one inference at batch 1; NAN: shapes are not known */
} rq_model_facts;

/* RQ_OK too when the model cannot be imported: then there is no result.graph. */
rq_status rq_model_facts_open(rq_model_facts *out, const rq_import_files *files, rq_arena *arena);
void rq_model_facts_close(rq_model_facts *facts);

#endif
