/* Exceptions of C++ libraries that come through their C interfaces: oneDNN 2.6 throws
 * std::bad_alloc where memory runs out in spite of what was asked before (dnnl_library.h). */
#ifndef RQ_CLI_LIBRARY_EXCEPTIONS_H
#define RQ_CLI_LIBRARY_EXCEPTIONS_H

/* From now on one ends the program with a message and exit status 1 instead of SIGABRT. Of the
 * whole process: for a program, not for a library. */
void rq_library_exceptions_end(void);

#endif
