/* Starting requant-hdf5. Private to engine/base/formats/hdf5_file.c. */
#ifndef RQ_BASE_HDF5_HELPER_H
#define RQ_BASE_HDF5_HELPER_H

#include "engine/base/status.h"

#include <stddef.h>
#include <sys/types.h>

#define RQ_HDF5_SECONDS 60 /* of computing that a file may take, beside what its size explains */

/* RQ_EIO where it is not found. */
rq_status rq_hdf5_helper_check(void);

/* Reads the open file `fd` ("root" or "all" of it, or items to "make" one of), whose content may be
 * max_bytes, and writes it to *out, which the caller closes. RQ_EIO where it is not found, or
 * cannot be started. */
rq_status rq_hdf5_helper_start(pid_t *pid, int *out, int fd, const char *task, size_t max_bytes);
/* Ends it, if it is still there. The status as waitpid gives it; -1: not known. */
int rq_hdf5_helper_end(pid_t pid);

#endif
