/* JSON values: the only door to the jansson library.
 *
 * Building: rq_json_set_* and rq_json_push take ownership of the child, also on failure.
 * Failures while building are sticky in nothing: allocation failure aborts the build by
 * making rq_json_save report RQ_ENOMEM (a NULL child marks its parent as broken).
 * Key order is insertion order; numbers are written with 17 significant digits at most and
 * shortest form that round-trips; NaN and infinities are written as null. */
#ifndef RQ_BASE_JSON_H
#define RQ_BASE_JSON_H

#include "engine/base/status.h"
#include "engine/base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct rq_json rq_json;

rq_json *rq_json_object(void);
rq_json *rq_json_array(void);
rq_json *
rq_json_string(const char *text); /* NULL gives null; invalid UTF-8 is replaced by U+FFFD */
rq_json *rq_json_number(double x);
rq_json *rq_json_float(float x); /* the shortest decimal that reads back as this float */
rq_json *rq_json_integer(int64_t x);
rq_json *rq_json_bool(bool x);
rq_json *rq_json_null(void);
void rq_json_free(rq_json **json);

void rq_json_set(rq_json *object, const char *key, rq_json *child);
void rq_json_push(rq_json *array, rq_json *child);

/* Reading: borrowed children, NULL when absent or of another type. */
rq_json *rq_json_get(const rq_json *object, const char *key);
rq_json *rq_json_at(const rq_json *array, size_t i);
size_t rq_json_length(const rq_json *array_or_object); /* 0 for anything else */
const char *rq_json_key_at(const rq_json *object, size_t i);
const char *rq_json_as_string(const rq_json *json, const char *fallback);
double rq_json_as_number(const rq_json *json, double fallback); /* null gives fallback */
int64_t rq_json_as_integer(const rq_json *json, int64_t fallback);
bool rq_json_as_bool(const rq_json *json, bool fallback);
bool rq_json_is_object(const rq_json *json);
bool rq_json_is_array(const rq_json *json);
bool rq_json_is_string(const rq_json *json);
bool rq_json_is_number(const rq_json *json);

rq_status rq_json_load(rq_json **out, const char *path); /* the message names line and column */
rq_status rq_json_parse(rq_json **out, const char *text, const char *name);
rq_status rq_json_save(const rq_json *json, const char *path); /* atomic, indented by 2 */
rq_status rq_json_dump(const rq_json *json, rq_buf *out, bool indent);

#endif
