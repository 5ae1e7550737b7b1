#include "engine/base/numa.h"

#include "engine/base/file.h"
#include "engine/base/mem.h"
#include "engine/base/text.h"

#include <errno.h>
#include <dirent.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_NODES 256
#define MAX_LIST 65536 /* bytes of a cpulist */

/* Set before there are workers. */
static cpu_set_t nodes[MAX_NODES], every;
static unsigned n_nodes;

/* "0-3,8,10-11" and a line's end. */
static bool parse_list(cpu_set_t *out, const char *text)
{
    CPU_ZERO(out);
    while (*text && *text != '\n') {
        char *end;
        if (*text < '0' || *text > '9') return false;
        unsigned long first = strtoul(text, &end, 10), last = first;
        if (*end == '-') {
            if (end[1] < '0' || end[1] > '9') return false;
            last = strtoul(end + 1, &end, 10);
        }
        if (last < first || last >= CPU_SETSIZE) return false;
        for (unsigned long cpu = first; cpu <= last; cpu++) CPU_SET(cpu, out);
        if (*end == ',')
            end++;
        else if (*end && *end != '\n')
            return false;
        text = end;
    }
    return true;
}

static rq_status read_node(cpu_set_t *out, const char *folder, unsigned long number)
{
    char name[64], *path, *text;
    snprintf(name, sizeof name, "node%lu/cpulist", number);
    path = rq_path_join(folder, name);
    if (!path) return rq_fail_memory(strlen(folder), "a path");
    FILE *file = fopen(path, "r"); /* sysfs tells no sizes */
    rq_status status = file ? RQ_OK : rq_fail(RQ_EIO, "%s: %s", path, strerror(errno));
    if (status == RQ_OK) status = rq_calloc(&text, MAX_LIST, 1, "a list of CPUs");
    if (status == RQ_OK) {
        size_t n = fread(text, 1, MAX_LIST - 1, file);
        text[n] = '\0';
        if (!parse_list(out, text))
            status = rq_fail(RQ_EFORMAT, "%s: '%.40s': expected CPUs such as 0-3,8", path, text);
        free(text);
    }
    if (file) fclose(file);
    free(path);
    return status;
}

/* "node3": 3. */
static bool is_node(unsigned long *number, const char *name)
{
    char *end;
    if (strncmp(name, "node", 4) != 0 || name[4] < '0' || name[4] > '9') return false;
    *number = strtoul(name + 4, &end, 10);
    return *end == '\0' && *number < MAX_NODES;
}

static rq_status list_nodes(bool found[MAX_NODES], const char *folder)
{
    unsigned long number;
    DIR *dir = opendir(folder);
    if (!dir) return rq_fail(RQ_EIO, "%s: %s", folder, strerror(errno));
    for (const struct dirent *entry; (entry = readdir(dir));)
        if (is_node(&number, entry->d_name)) found[number] = true;
    closedir(dir);
    return RQ_OK;
}

rq_status rq_numa_use(const char *folder)
{
    bool found[MAX_NODES] = {false};
    unsigned n = 0;
    n_nodes = 0;
    if (sched_getaffinity(0, sizeof every, &every) != 0)
        return rq_fail(RQ_EIO, "CPUs of this process: %s", strerror(errno));
    RQ_TRY(list_nodes(found, folder));
    for (unsigned long i = 0; i < MAX_NODES; i++) {
        cpu_set_t cpus;
        if (!found[i]) continue;
        RQ_TRY(read_node(&cpus, folder, i));
        CPU_AND(&nodes[n], &cpus, &every);
        n += CPU_COUNT(&nodes[n]) > 0;
    }
    if (!n) return rq_fail(RQ_EFORMAT, "%s: no node has CPUs of this process", folder);
    n_nodes = n;
    return RQ_OK;
}

unsigned rq_numa_nodes(void)
{
    return n_nodes ? n_nodes : 1;
}

/* Where the system refuses, the thread runs anywhere: slower, and as right. */
void rq_numa_enter(unsigned node)
{
    if (n_nodes > 1) sched_setaffinity(0, sizeof nodes[node], &nodes[node]);
}

void rq_numa_leave(void)
{
    if (n_nodes > 1) sched_setaffinity(0, sizeof every, &every);
}
