/* JSON values: jansson's, behind functions that take NULL and wrong types without failing.
 *
 * Building: rq_json_set and rq_json_push take ownership of the child, also on failure. Nothing is
 * to be checked on the way: when memory was short, the thread's next rq_json_dump or rq_json_save
 * fails. Key order is insertion order. Malformed UTF-8 is replaced by U+FFFD. Numbers are written
 * with 17 significant digits at most, in the shortest form that round-trips; NaN and infinities
 * become null. */
#ifndef RQ_BASE_JSON_H
#define RQ_BASE_JSON_H

#include "engine/base/status.h"
#include "engine/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct json_t rq_json;

rq_json *rq_json_object(void);
rq_json *rq_json_array(void);
rq_json *rq_json_string(const char *text); /* NULL gives null */
rq_json *rq_json_text(const rq_buf *text); /* a text without memory is broken */
rq_json *rq_json_number(double x);
rq_json *rq_json_float(float x); /* the shortest decimal that reads back as this float */
rq_json *rq_json_integer(int64_t x);
rq_json *rq_json_bool(bool x);
rq_json *rq_json_null(void);
void rq_json_free(rq_json **json);

void rq_json_set(rq_json *object, const char *key, rq_json *child);
void rq_json_push(rq_json *array, rq_json *child);
/* Whether memory was short while this thread built values, since it last asked. */
bool rq_json_was_broken(void);

/* Reading: borrowed children, NULL when absent or of another type. */
rq_json *rq_json_get(const rq_json *object, const char *key);
rq_json *rq_json_at(const rq_json *array, size_t i);
size_t rq_json_length(const rq_json *array_or_object); /* 0 for anything else */
/* The key after one that this gave, the first after NULL; NULL at the end. */
const char *rq_json_next_key(const rq_json *object, const char *key);
const char *rq_json_as_string(const rq_json *json, const char *fallback);
double rq_json_as_number(const rq_json *json, double fallback); /* null gives fallback */
int64_t rq_json_as_integer(const rq_json *json, int64_t fallback);
bool rq_json_as_bool(const rq_json *json, bool fallback);
bool rq_json_is_object(const rq_json *json);
bool rq_json_is_array(const rq_json *json);
bool rq_json_is_string(const rq_json *json);
bool rq_json_is_number(const rq_json *json);  /* whole or not */
bool rq_json_is_integer(const rq_json *json); /* written without point and exponent */
bool rq_json_is_bool(const rq_json *json);
bool rq_json_is_null(const rq_json *json); /* of NULL false */

/* RQ_EFORMAT, with line and column, of what is not JSON, has a key twice or is nested more than
 * 2048 deep; files of more than 1 GB are refused. `name` is for messages. */
rq_status rq_json_load(rq_json **out, const char *path);
/* The same for at most 16 MB, with comments as in C and commas before a closing bracket. */
rq_status rq_json_load_relaxed(rq_json **out, const char *path);
rq_status rq_json_parse(rq_json **out, const char *text, size_t size, const char *name);
rq_status rq_json_save(const rq_json *json, const char *path); /* atomic, indented by 2 */
rq_status rq_json_dump(const rq_json *json, rq_buf *out, bool indent);

#endif
