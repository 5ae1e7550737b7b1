#include "engine/base/dnnl_library.h"

#include <pthread.h>
#include <stdlib.h>

/* Integer products on AMX are wrong for some numbers of rows before oneDNN 3. What the user has set
 * stays. */
static void avoid_amx(void)
{
    if (dnnl_version()->major >= 3 || getenv("ONEDNN_MAX_CPU_ISA") || getenv("DNNL_MAX_CPU_ISA"))
        return;
    dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx512_core_bf16);
}

dnnl_cpu_isa_t rq_dnn_isa(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, avoid_amx);
    return dnnl_get_effective_cpu_isa();
}
