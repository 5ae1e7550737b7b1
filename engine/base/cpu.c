#include "engine/base/cpu.h"

#include <stdatomic.h>

const rq_keyword rq_isas[] = {[RQ_ISA_SSE41] = {"sse41", "SSE4.1", NULL},
                              [RQ_ISA_AVX2] = {"avx2", "AVX2 and FMA", NULL},
                              [RQ_ISA_AVX512] = {"avx512", "AVX-512 (F, BW, DQ, VL)", NULL},
                              [RQ_ISA_VNNI] = {"vnni", "AVX-512 with VNNI", NULL},
                              [RQ_ISA_NATIVE] = {"native", "all that this CPU has", NULL},
                              {NULL, NULL, NULL}};

static _Atomic rq_isa limit = RQ_ISA_NATIVE;
static atomic_bool is_settled;

#if defined(__x86_64__)

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static bool has_avx512(void)
{
    return has_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}

static bool is_there(rq_isa isa)
{
    switch (isa) {
    case RQ_ISA_SSE41:
        return __builtin_cpu_supports("sse4.1");
    case RQ_ISA_AVX2:
        return has_avx2();
    case RQ_ISA_AVX512:
        return has_avx512();
    case RQ_ISA_VNNI:
        return has_avx512() && __builtin_cpu_supports("avx512vnni");
    default:
        return true;
    }
}

#else

static bool is_there(rq_isa isa)
{
    return isa == RQ_ISA_NATIVE;
}

#endif

bool rq_cpu_has(rq_isa isa)
{
    return isa <= atomic_load_explicit(&limit, memory_order_relaxed) && is_there(isa);
}

rq_status rq_cpu_limit(rq_isa isa)
{
    if (!is_there(isa)) return rq_fail(RQ_EARG, "this CPU has no %s", rq_isas[isa].help);
    if (atomic_load(&is_settled) && isa != atomic_load(&limit))
        return rq_fail(RQ_EARG, "kernels of this process were chosen for %s already",
                       rq_isas[atomic_load(&limit)].help);
    atomic_store(&limit, isa);
    return RQ_OK;
}

rq_isa rq_cpu_settle(void)
{
    atomic_store(&is_settled, true);
    return atomic_load(&limit);
}
