/* What attributes and datasets of HDF5 hold. */
#ifndef RQ_HDF5_CONTENT_H
#define RQ_HDF5_CONTENT_H

#include "engine/hdf5/library.h"

/* Texts of a fixed length and rows of numbers; others are passed over. */
void rq_content_attribute(hid_t attribute);
/* Integers and floats that lie in the file itself. */
void rq_content_array(hid_t set, const char *name);

#endif
