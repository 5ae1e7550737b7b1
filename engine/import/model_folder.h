/* A folder in place of a model: which model is meant. */
#ifndef RQ_IMPORT_MODEL_FOLDER_H
#define RQ_IMPORT_MODEL_FOLDER_H

#include "engine/base/arena.h"

/* `path` itself, unless it is a folder: then the only model in it, an IR's .xml included. A
 * SavedModel stays what it is. RQ_EARG, naming them, for several models; RQ_EFORMAT for none. *out
 * is in the arena, or `path`. */
rq_status rq_import_find_model(const char **out, const char *path, rq_arena *arena);

/* For who takes IRs only: RQ_EARG, and how to make one, where `path` is a model of another format.
 */
rq_status rq_import_refuse_other(const char *path);

#endif
