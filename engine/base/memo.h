/* What was computed before, by a digest of all that it was computed from. Any thread may ask; which
 * was first changes no result. */
#ifndef RQ_BASE_MEMO_H
#define RQ_BASE_MEMO_H

#include "engine/base/hash.h"

#include <stdbool.h>

typedef struct rq_memo rq_memo;

rq_status rq_memo_create(rq_memo **out);
void rq_memo_destroy(rq_memo **memo); /* accepts NULL and *memo == NULL */

/* Copies what was kept under the digest; false: nothing was, or another number of bytes. */
bool rq_memo_find(void *value, size_t bytes, rq_memo *memo, const char *digest);
/* Copies the value, unless there is one under that digest. */
rq_status rq_memo_keep(rq_memo *memo, const char *digest, const void *value, size_t bytes);

#endif
