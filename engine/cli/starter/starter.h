/* The files that `requant extension new` writes, put into the program by the assembler. */
#ifndef RQ_CLI_STARTER_STARTER_H
#define RQ_CLI_STARTER_STARTER_H

typedef struct rq_starter_file {
    const char *name; /* "@NAME@.c": @NAME@ stands for the extension's name, here and in text */
    const char *text; /* and @TYPE@ for its operator's type */
} rq_starter_file;

extern const rq_starter_file rq_starter_files[]; /* ends with {NULL, NULL} */

#endif
