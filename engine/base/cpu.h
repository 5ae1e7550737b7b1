/* Which instructions of this CPU are used: the only place that asks it. */
#ifndef RQ_BASE_CPU_H
#define RQ_BASE_CPU_H

#include "engine/base/keyword.h"
#include "engine/base/status.h"

#include <stdbool.h>

/* Each includes those before it. */
typedef enum rq_isa {
    RQ_ISA_SSE41,
    RQ_ISA_AVX2,   /* and FMA */
    RQ_ISA_AVX512, /* F, BW, DQ, VL */
    RQ_ISA_VNNI,   /* AVX512_VNNI */
    RQ_ISA_NATIVE  /* all that the CPU has */
} rq_isa;

extern const rq_keyword rq_isas[]; /* by rq_isa */

/* Before a function: compiled for these instructions, and to be called only where rq_cpu_has says
 * so. On other CPUs than x86 it is as without. */
#if defined(__x86_64__)
#define RQ_FOR_AVX2 __attribute__((target("avx2")))
#if defined(__clang__) /* knows no such target, and chooses by itself */
#define RQ_WIDE_VECTORS ""
#else
#define RQ_WIDE_VECTORS ",prefer-vector-width=512"
#endif
#define RQ_AVX512 "avx512f,avx512bw,avx512dq,avx512vl"
#define RQ_FOR_AVX512 __attribute__((target(RQ_AVX512 RQ_WIDE_VECTORS)))
#define RQ_FOR_AVX512_VNNI __attribute__((target(RQ_AVX512 ",avx512vnni" RQ_WIDE_VECTORS)))
#else
#define RQ_FOR_AVX2
#define RQ_FOR_AVX512
#define RQ_FOR_AVX512_VNNI
#endif

/* Before a loop whose rounds do not read what others write, so that several are done at once; where
 * one array is another, each element is read before it is written. */
#if !defined(__clang__)
#define RQ_INDEPENDENT _Pragma("GCC ivdep")
#elif __has_feature(address_sanitizer) /* whose checks keep loops as they are: clang warned */
#define RQ_INDEPENDENT
#else
#define RQ_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#endif

/* Whether kernels may use it: the CPU has it, and the limit lets it be used. */
bool rq_cpu_has(rq_isa isa);

/* Lets kernels of this process, requant's own and oneDNN's, use no more than `isa`: what they
 * compute then is the same on every CPU that has it. RQ_EARG: this CPU has not got it, or kernels
 * were chosen under another limit already (rq_cpu_settle). */
rq_status rq_cpu_limit(rq_isa isa);

/* The limit, which no longer changes. */
rq_isa rq_cpu_settle(void);

#endif
