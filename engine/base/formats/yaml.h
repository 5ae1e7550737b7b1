/* YAML configuration as a flat list of key = value: the only door to libyaml.
 * Nested mappings give dotted keys ("preprocess.resize"); a sequence of scalars gives one
 * value with its items joined by ','. Anything deeper is RQ_EFORMAT. */
#ifndef RQ_BASE_YAML_H
#define RQ_BASE_YAML_H

#include "engine/base/status.h"

#include <stddef.h>

typedef struct rq_yaml_entry {
    const char *key, *value; /* live until rq_yaml_close */
    size_t line;             /* 1-based, for messages */
} rq_yaml_entry;

typedef struct rq_yaml {
    rq_yaml_entry *entries;
    size_t n;
    void *storage;
} rq_yaml;

rq_status rq_yaml_open(rq_yaml *out, const char *path); /* refuses files above 1 MB */
void rq_yaml_close(rq_yaml *yaml);
/* NULL: there is none. */
const rq_yaml_entry *rq_yaml_find(const rq_yaml *yaml, const char *key);
const char *rq_yaml_value(const rq_yaml *yaml, const char *key);

#endif
