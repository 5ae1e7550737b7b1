/* The temporary files that exist now, so that a dying process can remove them.
 * Private to engine/base, but for rq_temp_unlink_all, which a program's signal handler calls. */
#ifndef RQ_BASE_TEMPFILES_H
#define RQ_BASE_TEMPFILES_H

/* A handle for rq_temp_forget; -1 when the table is full (the file is then not removed by a
 * signal, all else works). The text is copied. */
int rq_temp_register(const char *path);
void rq_temp_forget(int handle);
/* Async-signal-safe. */
void rq_temp_unlink_all(void);

#endif
