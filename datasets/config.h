/* Finding the configuration files that ship with requant. */
#ifndef RQ_DATASETS_CONFIG_H
#define RQ_DATASETS_CONFIG_H

#include "engine/base/arena.h"

/* Path of a configuration, to be freed with free(). `name` is a path, or a bare name with or
 * without ".yaml" ("efficientnet-lite"), looked for in the folders below: before files where it has
 * neither '/' nor '.', so that what lies in the current folder does not take a name's place.
 * RQ_EARG when there is none: the message suggests the name that is nearest, or lists them. */
rq_status rq_config_find(char **out, const char *name);

/* The same with the folders given, n of them; entries may be NULL or not exist. */
rq_status rq_config_find_in(char **out, const char *name, const char *const *folders, int n);

/* One that ships with requant: its name, and the sentence that its first comment begins with. */
typedef struct rq_config {
    const char *name, *about;
} rq_config;

/* Those that ship with requant, ordered by name, in the arena. None where their folder is not
 * found. */
rq_status rq_config_list(rq_config **out, size_t *n, rq_arena *arena);

/* Relative to the folder of the program, or of librequant.so in a program: in an installation, and
 * below build/, which is laid out like one. */
#define RQ_CONFIG_IN_INSTALLATION "../share/requant/configs"
#define RQ_CONFIG_IN_MULTIARCH "../../share/requant/configs" /* a library in lib/<architecture> */

#endif
