/* Words of which one is chosen, each with what it means: of flags, of keys in files. A table ends
 * with {NULL}; where the choice is an enumerator, it is the index in the table. */
#ifndef RQ_BASE_KEYWORD_H
#define RQ_BASE_KEYWORD_H

#include "engine/base/status.h"

typedef struct rq_keyword {
    const char *name;
    const char *help;  /* what it means, in a few words: shown by `--NAME help` */
    const char *alias; /* another spelling that is understood too, such as an older one; or NULL */
} rq_keyword;

/* The index of `word`, a name or an alias; -1 when it is neither. */
int rq_keyword_find(const rq_keyword *keywords, const char *word);
#define RQ_MAX_KEYWORDS 64 /* that an error names */

/* RQ_EARG: `where` ("--crop", "imagenet.yaml:7: crop"), the word, and what to take instead. */
rq_status rq_keyword_fail(const char *word, const rq_keyword *keywords, const char *where);

#endif
