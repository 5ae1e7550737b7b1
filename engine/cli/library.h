/* The library as a command uses it: what was typed goes in, texts come out. */
#ifndef RQ_CLI_LIBRARY_H
#define RQ_CLI_LIBRARY_H

#include "engine/api/requant.h"
#include "engine/cli/command.h"

typedef struct rq_library {
    rq_context *context;
    rq_options *options; /* those of the command's procedure */
    rq_network *network; /* NULL until it is opened */
    rq_result *result;   /* likewise */
} rq_library;

/* With the console's callbacks and --threads. */
rq_status rq_library_open_context(rq_context **out, const rq_args *args);
/* In such a context, with the options of the command's procedure. After a
 * failure too, to be closed. */
rq_status rq_library_open(rq_library *out, const rq_command *command, const rq_args *args);
/* The same, and the model that is the first operand. */
rq_status rq_library_open_network(rq_library *out, const rq_command *command, const rq_args *args);
void rq_library_close(rq_library *library);

/* The result on standard output, in colours where a person looks at it; `rows`: of long tables. */
rq_status rq_library_print(const rq_library *library, const char *format, size_t rows);

#endif
