/* The groups, attributes and arrays of an HDF5 file, as items. */
#ifndef RQ_HDF5_WALK_H
#define RQ_HDF5_WALK_H

#include "engine/hdf5/library.h"

#include <stdbool.h>

/* The arrays of the root group; with `all` attributes and groups, too. Names in their order. Types
 * are as in the file, rows in its order; links elsewhere are passed over. */
void rq_walk_file(hid_t file, bool all);

#endif
