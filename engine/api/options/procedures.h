/* The procedures that a program can call, by name, and which options each takes. The commands
 * of the same names show these tables in their help. */
#ifndef RQ_API_OPTIONS_PROCEDURES_H
#define RQ_API_OPTIONS_PROCEDURES_H

#include "engine/base/option.h"

typedef struct rq_procedure {
    const char *name;                /* "quantize" */
    const rq_option *const *options; /* NULL-terminated list of tables */
} rq_procedure;

/* RQ_EARG, with those there are, where there is none of that name. */
rq_status rq_procedure_find(const rq_procedure **out, const char *name);

#define RQ_PROCEDURE(name) extern const rq_option *const rq_##name##_option_tables[];
#include "engine/api/options/procedures.def"
#undef RQ_PROCEDURE

#endif
