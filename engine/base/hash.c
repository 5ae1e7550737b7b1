/* The only file that touches xxHash. */
#include "engine/base/hash.h"

#include "engine/base/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL /* one library less to load */
#include <xxhash.h>

struct rq_hasher {
    XXH3_state_t *state;
};

rq_status rq_hasher_create(rq_hasher **out)
{
    rq_hasher *hasher;
    RQ_TRY(rq_calloc(&hasher, 1, sizeof *hasher, "a digest"));
    hasher->state = XXH3_createState();
    if (!hasher->state) {
        free(hasher);
        return rq_fail(RQ_ENOMEM, "out of memory for a digest");
    }
    XXH3_128bits_reset(hasher->state);
    *out = hasher;
    return RQ_OK;
}

void rq_hasher_update(rq_hasher *hasher, const void *data, size_t size)
{
    if (size) XXH3_128bits_update(hasher->state, data, size);
}

void rq_hasher_text(rq_hasher *hasher, const char *text)
{
    rq_hasher_update(hasher, text, strlen(text) + 1);
}

static XXH128_hash_t finish(rq_hasher **hasher)
{
    XXH128_hash_t hash = XXH3_128bits_digest((*hasher)->state);
    XXH3_freeState((*hasher)->state);
    free(*hasher);
    *hasher = NULL;
    return hash;
}

void rq_hasher_finish(rq_hasher **hasher, char digest[RQ_DIGEST_TEXT])
{
    XXH128_hash_t hash = finish(hasher);
    snprintf(digest, RQ_DIGEST_TEXT, "%016" PRIx64 "%016" PRIx64, hash.high64, hash.low64);
}

uint64_t rq_hasher_finish_number(rq_hasher **hasher)
{
    return finish(hasher).low64;
}

uint64_t rq_hash64(const void *data, size_t size)
{
    return XXH3_64bits(data, size);
}
