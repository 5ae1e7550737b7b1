/* Tokens of protocol buffers' text format. Private to proto_*.c. */
#ifndef RQ_IMPORT_PROTO_LEX_H
#define RQ_IMPORT_PROTO_LEX_H

#include "engine/base/status.h"

#include <stddef.h>

typedef enum rq_proto_token {
    RQ_PROTO_END,
    RQ_PROTO_WORD,   /* a name or a number: [A-Za-z0-9_.+-]+ */
    RQ_PROTO_STRING, /* one quoted piece */
    RQ_PROTO_SIGN,   /* one character: { } < > [ ] : ; , */
} rq_proto_token;

typedef struct rq_proto_lexer {
    const char *at, *end;
    const char *what; /* file, for messages */
    int line;
    rq_proto_token token;
    const char *text; /* of the token; a string without its quotes, escapes as written */
    size_t length;
} rq_proto_lexer;

rq_status rq_proto_next(rq_proto_lexer *lexer);
rq_status rq_proto_lex_fail(const rq_proto_lexer *lexer, const char *problem);
/* The bytes of the string token, escapes resolved, into out[lexer->length]; returns how many. */
size_t rq_proto_unescape(char *out, const rq_proto_lexer *lexer);

#endif
