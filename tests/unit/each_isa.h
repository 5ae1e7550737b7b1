/* oneDNN is told once per process which instructions it may use: a test program runs itself again
 * with fewer. */
#ifndef RQ_TESTS_EACH_ISA_H
#define RQ_TESTS_EACH_ISA_H

#include "engine/base/cpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static inline int run_limited(char *program, const char *isa)
{
    pid_t child = fork();
    int status = 1;
    if (child == 0) {
        char *args[] = {program, "limited", NULL};
        setenv("ONEDNN_MAX_CPU_ISA", isa, 1);
        execvp(program, args);
        _exit(1);
    }
    if (child < 0 || waitpid(child, &status, 0) != child) return 1;
    if (status) fprintf(stderr, "with ONEDNN_MAX_CPU_ISA=%s: failed\n", isa);
    return status != 0;
}

/* The program's result: `failed` of this run, or of one with the instructions of an older CPU. */
static inline int run_each_isa(int failed, int argc, char **argv)
{
    static const char *const isas[] = {"SSE41", "AVX2", "AVX512_CORE"};
    bool more[] = {true, rq_cpu_has(RQ_ISA_AVX512), rq_cpu_has(RQ_ISA_VNNI)};
    for (size_t i = 0; argc == 1 && i < 3; i++)
        if (more[i]) failed |= run_limited(argv[0], isas[i]);
    return failed;
}

#endif
