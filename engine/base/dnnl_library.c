#include "engine/base/dnnl_library.h"

#include "engine/base/cpu.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

/* A kernel's code and tables with all that describes it: some hundred KB each. */
#define NEEDED ((size_t)16 << 20)

/* Integer products on AMX are wrong for some numbers of rows before oneDNN 3. What the user has set
 * stays. */
static void avoid_amx(void)
{
    if (dnnl_version()->major >= 3 || getenv("ONEDNN_MAX_CPU_ISA") || getenv("DNNL_MAX_CPU_ISA"))
        return;
    dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx512_core_bf16);
}

/* What the user has limited wins over oneDNN's environment. */
static void settle(void)
{
    static const dnnl_cpu_isa_t isas[] = {[RQ_ISA_SSE41] = dnnl_cpu_isa_sse41,
                                          [RQ_ISA_AVX2] = dnnl_cpu_isa_avx2,
                                          [RQ_ISA_AVX512] = dnnl_cpu_isa_avx512_core,
                                          [RQ_ISA_VNNI] = dnnl_cpu_isa_avx512_core_vnni};
    rq_isa limit = rq_cpu_settle();
    if (limit == RQ_ISA_NATIVE)
        avoid_amx();
    else
        dnnl_set_max_cpu_isa(isas[limit]);
}

dnnl_cpu_isa_t rq_dnn_isa(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, settle);
    return dnnl_get_effective_cpu_isa();
}

rq_status rq_dnn_check_memory(void)
{
    void *pages = mmap(NULL, NEEDED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) return rq_fail_memory(NEEDED, "oneDNN");
    munmap(pages, NEEDED);
    return RQ_OK;
}
