/* The user block that a statistics file begins with: a line of text with the digest of the rest,
 * which tells damage, and files that are none. Anybody can make one: it is no proof of who wrote
 * the file. Private to calib/. */
#ifndef RQ_CALIB_H5_SEAL_H
#define RQ_CALIB_H5_SEAL_H

#include "engine/base/status.h"

#include <stddef.h>
#include <stdint.h>

#define RQ_H5_USER_BLOCK 512

/* For what comes behind it. */
rq_status rq_h5_seal(char block[RQ_H5_USER_BLOCK], const uint8_t *image, size_t size);

/* RQ_EFORMAT where a file is not sealed, or not as it was then; *size gets its bytes. */
rq_status rq_h5_check_seal(size_t *size, const char *path);

/* RQ_EARG where writing would replace a file that never was a statistics file. */
rq_status rq_h5_may_replace(const char *path);

#endif
