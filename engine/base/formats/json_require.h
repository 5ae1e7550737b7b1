/* Reading JSON that a person may have edited: each look-up checks presence, type and range, and
 * fails with RQ_EFORMAT naming file, entry, key, what was expected and what was found. */
#ifndef RQ_BASE_JSON_REQUIRE_H
#define RQ_BASE_JSON_REQUIRE_H

#include "engine/base/arena.h"
#include "engine/base/formats/json.h"
#include "engine/base/keyword.h"

/* An object of the file. `entry` says which for people, "weights[3], layer 'conv1'"; "" at the top.
 * Everything is borrowed. */
typedef struct rq_required_object {
    const rq_json *object;
    const char *path, *entry;
} rq_required_object;

/* The value is an object, and has no key but those of the NULL-terminated list. */
rq_status rq_require_object(const rq_required_object *at, const char *const *keys);
/* False where the key is absent or null. */
bool rq_require_has(const rq_required_object *at, const char *key);

/* Copied into `arena`. Not empty. */
rq_status rq_require_string(const char **out, const rq_required_object *at, const char *key,
                            rq_arena *arena);
/* INT64_MIN < least <= most. */
rq_status rq_require_integer(int64_t *out, const rq_required_object *at, const char *key,
                             int64_t least, int64_t most);
rq_status rq_require_bool(bool *out, const rq_required_object *at, const char *key);
/* The index of a string in a table of words. */
rq_status rq_require_keyword(int *out, const rq_required_object *at, const char *key,
                             const rq_keyword *keywords);
/* Finite numbers of float32, at least one; copied into `arena`. */
rq_status rq_require_floats(float **out, size_t *n, const rq_required_object *at, const char *key,
                            rq_arena *arena);
rq_status rq_require_array(rq_json **out, const rq_required_object *at, const char *key);

/* A failure about one key: "<path>: <entry>: <key>: <what>". */
rq_status rq_require_fail(const rq_required_object *at, const char *key, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
