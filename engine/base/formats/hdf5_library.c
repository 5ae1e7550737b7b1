#include "engine/base/formats/hdf5_library.h"

#include <pthread.h>

static pthread_mutex_t library = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t settled = PTHREAD_ONCE_INIT;

/* What the library does at exit crashes where memory has run out before. Our files are closed by
 * then: there is nothing left to do. */
static void settle(void)
{
    H5dont_atexit();
}

rq_hdf5_use rq_hdf5_begin(void)
{
    rq_hdf5_use use = {NULL, NULL};
    pthread_once(&settled, settle);
    pthread_mutex_lock(&library);
    H5Eget_auto2(H5E_DEFAULT, &use.print, &use.ctx);
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return use;
}

void rq_hdf5_end(const rq_hdf5_use *use)
{
    H5Eset_auto2(H5E_DEFAULT, use->print, use->ctx);
    pthread_mutex_unlock(&library);
}
