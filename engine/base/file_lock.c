#include "engine/base/file_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

/* Of the open file, not of the process: closing another descriptor of it does not end the lock. */
rq_lock rq_lock_try(int fd)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat info;
    if (fcntl(fd, F_OFD_SETLK, &whole) != 0)
        return errno == EAGAIN || errno == EACCES ? RQ_LOCK_BUSY : RQ_LOCK_NONE;
    return fstat(fd, &info) == 0 && info.st_nlink == 0 ? RQ_LOCK_GONE : RQ_LOCK_TAKEN;
}
