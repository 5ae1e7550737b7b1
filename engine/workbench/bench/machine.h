/* The machine that numbers were measured on. */
#ifndef RQ_WORKBENCH_BENCH_MACHINE_H
#define RQ_WORKBENCH_BENCH_MACHINE_H

#include "engine/base/arena.h"

/* "AMD EPYC 7763 64-Core Processor", in `arena`; NULL where the system does not tell. */
const char *rq_machine_cpu(rq_arena *arena);
/* The widest instructions that matter to inference: "avx512_vnni", "avx512", "avx2", "sse". */
const char *rq_machine_isa(void);
/* The most this process has held at once, in bytes. */
double rq_peak_memory(void);

#endif
