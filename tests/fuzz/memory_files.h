/* Files that are in memory only, for readers that take a file whole (rq_read_file, rq_map_file):
 * most of the time of a small input would go into the file system. Their place is taken at link
 * time (--wrap); other paths go on to them. What is read lies in memory of just its size, so that
 * the sanitizers see a read behind it. */
#ifndef RQ_TESTS_FUZZ_MEMORY_FILES_H
#define RQ_TESTS_FUZZ_MEMORY_FILES_H

#include <stddef.h>

/* The path that now has these bytes, which stay the caller's, until the input has been run. The
 * path is valid as long; at most 4 names. */
const char *fuzz_give(const char *name, const void *data, size_t size);

void fuzz_forget_files(void);

#endif
