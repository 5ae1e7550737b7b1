#include "datasets/arrays/arrays.h"

#include <stdlib.h>

void rq_arrays_free(rq_arrays *arrays)
{
    for (size_t i = 0; i < arrays->n; i++) {
        free(arrays->names[i]);
        free(arrays->arrays[i].data);
    }
    arrays->n = 0;
}
