#include "engine/base/tempfiles.h"

#include <limits.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define SLOTS 32

typedef enum slot_state { FREE, FILLING, IN_USE } slot_state;

/* Global, because a signal handler gets no argument; static, because it cannot wait for a lock
 * and must not meet freed memory. */
static struct {
    atomic_int state;
    char path[PATH_MAX];
} slots[SLOTS];

int rq_temp_register(const char *path)
{
    size_t length = strlen(path);
    if (length >= PATH_MAX) return -1;
    for (int i = 0; i < SLOTS; i++) {
        int expected = FREE;
        if (!atomic_compare_exchange_strong(&slots[i].state, &expected, FILLING)) continue;
        memcpy(slots[i].path, path, length + 1);
        atomic_store(&slots[i].state, IN_USE);
        return i;
    }
    return -1;
}

void rq_temp_forget(int handle)
{
    if (handle >= 0) atomic_store(&slots[handle].state, FREE);
}

void rq_temp_unlink_all(void)
{
    for (int i = 0; i < SLOTS; i++)
        if (atomic_load(&slots[i].state) == IN_USE) unlink(slots[i].path);
}
