/* Names of a model's classes, by their number. */
#ifndef RQ_DATASETS_CLASS_NAMES_H
#define RQ_DATASETS_CLASS_NAMES_H

#include "engine/base/arena.h"
#include "engine/base/map.h"
#include "engine/base/formats/yaml.h"

#include <stddef.h>
#include <stdint.h>

/* {0}: none are known. Borrowed. */
typedef struct rq_class_names {
    const char *const *v;
    size_t n;
} rq_class_names;

/* A file with a name a line, which may begin with its number ("0 tench", "0: tench"); or a YAML
 * file with `names`. RQ_EFORMAT for one that has none. In the arena. */
rq_status rq_class_names_read(rq_class_names *out, rq_arena *arena, const char *path);
/* `names` of a YAML file, a list or a mapping of numbers, as Ultralytics writes it; {0} where there
 * are none. RQ_EFORMAT, naming `path`, for numbers that are not 0, 1, 2..., and for another number
 * of names than `nc`. */
rq_status rq_class_names_of_yaml(rq_class_names *out, rq_arena *arena, const rq_yaml *yaml,
                                 const char *path);
/* `nc`; 0 where there is none. */
rq_status rq_class_count_of_yaml(size_t *out, const rq_yaml *yaml, const char *path);
/* "a b c" with '_' for blanks inside names, as OpenVINO's model_info has labels. */
rq_status rq_class_names_split(rq_class_names *out, rq_arena *arena, const char *labels);

/* *first is the first class whose name a later one, *second, has, too; both -1: there is none. Data
 * sets have such (ImageNet's two cranes); only labels by name cannot tell them apart. */
rq_status rq_class_names_twice(int32_t *first, int32_t *second, const rq_class_names *names);
/* The next class that is called like `class_id`; -1: there is none. */
int32_t rq_class_names_next(const rq_class_names *names, int32_t class_id);
/* NULL where it has none. */
const char *rq_class_name(const rq_class_names *names, int64_t class_id);
/* The classes by name: the first of those that are called the same. Borrows the names; the caller
 * destroys it. For many look-ups; of one, rq_class_names_find. */
rq_status rq_class_names_index(rq_map **out, const rq_class_names *names);
/* -1: no class is called so. */
int32_t rq_class_names_find(const rq_class_names *names, const char *name);

#endif
