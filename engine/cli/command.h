/* A command: one file cmd_<name>.c and one line in commands.def. Its options come from tables, from
 * which --help, the manual pages and the shells' completion are made too. */
#ifndef RQ_CLI_COMMAND_H
#define RQ_CLI_COMMAND_H

#include "engine/base/option.h"
#include "engine/base/settings.h"

/* "-w" for "--input_model" */
typedef struct rq_short {
    const char *word, *option;
} rq_short;

typedef struct rq_args rq_args;

typedef struct rq_command {
    const char *name;
    const char *operands; /* "MODEL.xml": shown in --help */
    size_t min_operands, max_operands;
    const char *summary;               /* one line */
    const char *const *details;        /* NULL-terminated paragraphs for --help, which may have
                                          items (rq_text_list_next); may be NULL */
    const rq_option *const *options;   /* NULL-terminated list of tables, own first */
    const rq_option *const *procedure; /* those of the library's procedure; may be NULL */
    const rq_short *shorts;            /* beside -o and -h; ends with {NULL, NULL}; may be NULL */
    const char *const *examples;       /* NULL-terminated */
    rq_status (*run)(const rq_args *args);
    bool ranks; /* processes that mpirun started share its work */
} rq_command;

extern const rq_option rq_common_options[]; /* --threads, --quiet, --help ... */

/* A command's options in the order of their groups, in each its own first. */
void rq_command_options(rq_option_list *out, const rq_command *command);

/* "-w, -m, " for an option that has short names, else "". */
#define RQ_SHORT_TEXT 32
const char *rq_short_text(const rq_command *command, const char *option, char text[RQ_SHORT_TEXT]);

/* -- the command line ----------------------------------------------------------------------- */

/* The parsed command line: settings by the options' names (not their aliases); a switch may be
 * given as --name=true or --name=false too; strings are borrowed from argv. */
rq_status rq_args_parse(rq_args **out, const rq_command *command, int argc, char **argv);
void rq_args_destroy(rq_args **args);
size_t rq_args_operands(const rq_args *args);
const char *rq_args_operand(const rq_args *args, size_t i);
bool rq_args_has(const rq_args *args, const char *name);
const char *rq_args_get(const rq_args *args, const char *name, const char *fallback); /* the last */
/* Strict numbers, lists and keywords: engine/base/settings.h. */
const rq_settings *rq_args_settings(const rq_args *args);
rq_status rq_args_integer(int64_t *out, const rq_args *args, const char *name, int64_t fallback,
                          int64_t min, int64_t max);
/* The option whose value is the word "help", where it has keywords or a list; NULL: none has. */
const rq_option *rq_args_asked(const rq_args *args);

/* -- the table of commands ------------------------------------------------------------------ */

size_t rq_command_count(void);
const rq_command *rq_command_at(size_t i);
const rq_command *rq_command_find(const char *name); /* NULL: there is none */
const char *rq_command_near(const char *name);       /* "did you mean": NULL: none is near */

#endif
