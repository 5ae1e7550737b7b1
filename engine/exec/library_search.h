/* Finding libraries that are loaded at run time, a Python wheel's, the system's, and functions in
 * them. */
#ifndef RQ_EXEC_LIBRARY_SEARCH_H
#define RQ_EXEC_LIBRARY_SEARCH_H

#include <stddef.h>

typedef struct rq_library_place {
    const char *file;     /* "libopenvino_c.so": how its name begins, as a version may follow */
    const char *variable; /* of the environment: folders, separated by ':'; NULL: none */
    const char *module;   /* of Python */
    const char *folder;   /* of that module; "": its own */
    const char *first;    /* another file of the same folder, which it needs; NULL: none */
} rq_library_place;

/* The file or folder that `path` names; NULL: the first of the variable's folders, the wheel that
 * python3 finds, and the system's. NULL where there is none; dlerror() may say why. Nothing is
 * taken from the current folder, unless `path` names it. */
void *rq_library_search(const rq_library_place *place, const char *path);

typedef struct rq_library_symbol {
    const char *name;
    void *slot; /* a pointer to a function */
} rq_library_symbol;

/* Fills the slots. The name of the first that the library lacks; NULL: it has all. */
const char *rq_library_find_symbols(void *handle, const rq_library_symbol *symbols, size_t n);

#endif
