/* What a user asks for by name, as texts: from a command line or from a program, which may give an
 * object of its own instead. */
#ifndef RQ_BASE_SETTINGS_H
#define RQ_BASE_SETTINGS_H

#include "engine/base/arena.h"
#include "engine/base/keyword.h"
#include "engine/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rq_named_value {
    const char *name, *value; /* borrowed; value NULL: a switch that is on */
    const void *object;       /* borrowed; what `value` is the name of; NULL: it is a text */
} rq_named_value;

/* {0} is empty. Names may repeat, where several values are allowed. */
typedef struct rq_settings {
    rq_named_value *v;
    size_t n, capacity;
} rq_settings;

rq_status rq_settings_add(rq_settings *settings, const char *name, const char *value);
/* Of which type the object is, the name tells. */
rq_status rq_settings_add_object(rq_settings *settings, const char *name, const char *value,
                                 const void *object);
/* Texts are copied into the arena; names and objects are borrowed. `out` is empty before. */
rq_status rq_settings_copy(rq_settings *out, const rq_settings *settings, rq_arena *arena);
/* All values of that name. */
void rq_settings_remove(rq_settings *settings, const char *name);
void rq_settings_free(rq_settings *settings);

bool rq_settings_has(const rq_settings *settings, const char *name);
size_t rq_settings_count(const rq_settings *settings, const char *name);
/* Value i of that name; NULL: there are not so many, or it is a switch. */
const char *rq_settings_at(const rq_settings *settings, const char *name, size_t i);
/* The last value. */
const char *rq_settings_get(const rq_settings *settings, const char *name, const char *fallback);

/* That of the last value; NULL: a text. */
const void *rq_settings_object(const rq_settings *settings, const char *name);

/* Strict numbers within [min, max]; RQ_EARG names the setting, found and expected. */
rq_status rq_settings_integer(int64_t *out, const rq_settings *settings, const char *name,
                              int64_t fallback, int64_t min, int64_t max);
rq_status rq_settings_number(double *out, const rq_settings *settings, const char *name,
                             double fallback, double min, double max);
/* One of `keywords`: its index. */
rq_status rq_settings_keyword(int *out, const rq_settings *settings, const char *name,
                              const rq_keyword *keywords, int fallback);

#endif
