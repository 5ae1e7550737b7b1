/* Nodes of memory: CPUs that have a part of it near them. Of the process, which uses them once it
 * is asked to. */
#ifndef RQ_BASE_NUMA_H
#define RQ_BASE_NUMA_H

#include "engine/base/status.h"

#define RQ_NUMA_FOLDER "/sys/devices/system/node"

/* From now on the nodes that `folder` tells of are used: node<N>/cpulist there, as Linux writes it,
 * of CPUs that this thread may run on; nodes without any are left out. RQ_EIO for a folder that
 * cannot be read, RQ_EFORMAT for a list that is none. */
rq_status rq_numa_use(const char *folder);
/* At least 1; 1 while none are used. */
unsigned rq_numa_nodes(void);

/* The calling thread runs on the CPUs of a node below rq_numa_nodes(), and what it touches first
 * lies there, until it leaves. Nothing while there is one node. */
void rq_numa_enter(unsigned node);
void rq_numa_leave(void);

#endif
