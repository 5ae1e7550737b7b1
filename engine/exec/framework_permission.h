/* Whether a framework may compute parts of models, and which library it is: said once for the whole
 * process. */
#ifndef RQ_EXEC_FRAMEWORK_PERMISSION_H
#define RQ_EXEC_FRAMEWORK_PERMISSION_H

#include "engine/base/status.h"

#include <pthread.h>
#include <stdbool.h>

typedef struct rq_framework_permission {
    pthread_mutex_t mutex; /* of the rest; the framework's models may be under it, too */
    bool given;
    char *library; /* file or folder; NULL: looked for */
} rq_framework_permission;

#define RQ_FRAMEWORK_PERMISSION_INIT                                                               \
    {                                                                                              \
        .mutex = PTHREAD_MUTEX_INITIALIZER                                                         \
    }

/* Gives it; a path (NULL: none) replaces the one before. Thread-safe. */
rq_status rq_framework_permit(rq_framework_permission *permission, const char *path);

#endif
