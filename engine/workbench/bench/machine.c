#include "engine/workbench/bench/machine.h"

#include "engine/base/cpu.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

const char *rq_machine_cpu(rq_arena *arena)
{
    char line[256];
    const char *name = NULL;
    FILE *file = fopen("/proc/cpuinfo", "r");
    while (file && !name && fgets(line, sizeof line, file)) {
        char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon) continue;
        line[strcspn(line, "\n")] = '\0';
        name = rq_arena_strdup(arena, colon + 2);
    }
    if (file) fclose(file);
    return name;
}

const char *rq_machine_isa(void)
{
    if (rq_cpu_has(RQ_ISA_VNNI)) return "avx512_vnni";
    if (rq_cpu_has(RQ_ISA_AVX512)) return "avx512";
    if (rq_cpu_has(RQ_ISA_AVX2)) return "avx2";
    return "sse";
}

/* The number after `key` in a file of lines "key: number ..."; -1 if there is none. */
static double find_number(const char *path, const char *key)
{
    char line[256];
    double number = -1;
    FILE *file = fopen(path, "r");
    while (file && number < 0 && fgets(line, sizeof line, file))
        if (!strncmp(line, key, strlen(key))) sscanf(line + strlen(key), ": %lf", &number);
    if (file) fclose(file);
    return number;
}

/* getrusage's maximum begins with that of the process that started this one. */
double rq_peak_memory(void)
{
    struct rusage usage;
    double kilobytes = find_number("/proc/self/status", "VmHWM");
    if (kilobytes >= 0) return kilobytes * 1024.0;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (double)usage.ru_maxrss * 1024.0 : 0.0;
}
