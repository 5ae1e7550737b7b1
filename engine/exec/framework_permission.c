#include "engine/exec/framework_permission.h"

#include <stdlib.h>
#include <string.h>

rq_status rq_framework_permit(rq_framework_permission *permission, const char *path)
{
    char *copy = path ? strdup(path) : NULL;
    if (path && !copy) return rq_fail_memory(strlen(path), "a path");
    pthread_mutex_lock(&permission->mutex);
    if (copy) {
        free(permission->library);
        permission->library = copy;
    }
    permission->given = true;
    pthread_mutex_unlock(&permission->mutex);
    return RQ_OK;
}
