/* Locks that end with the process that holds them, however it ends. Private to engine/base. */
#ifndef RQ_BASE_FILE_LOCK_H
#define RQ_BASE_FILE_LOCK_H

typedef enum rq_lock {
    RQ_LOCK_TAKEN,
    RQ_LOCK_BUSY, /* by another open file, of any process or of this one */
    RQ_LOCK_GONE, /* the file has no name any more: whoever held it removed it */
    RQ_LOCK_NONE  /* this file system has no locks: nothing can be told */
} rq_lock;

/* Locks the open file until `fd` is closed; does not wait. */
rq_lock rq_lock_try(int fd);

#endif
