/* Content digests (XXH3, 128 bits): identity, not security. */
#ifndef RQ_BASE_HASH_H
#define RQ_BASE_HASH_H

#include "engine/base/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct rq_hasher rq_hasher;
#define RQ_DIGEST_TEXT 33 /* 32 hexadecimal digits and NUL */

rq_status rq_hasher_create(rq_hasher **out);
void rq_hasher_update(rq_hasher *hasher, const void *data, size_t size);
void rq_hasher_text(rq_hasher *hasher,
                    const char *text); /* with its NUL, so lists don't run together */
void rq_hasher_finish(rq_hasher **hasher, char digest[RQ_DIGEST_TEXT]); /* frees it */
/* 64 bits of it, for tables; frees it. */
uint64_t rq_hasher_finish_number(rq_hasher **hasher);

/* 64-bit hash of a block, for deduplication tables. */
uint64_t rq_hash64(const void *data, size_t size);

#endif
