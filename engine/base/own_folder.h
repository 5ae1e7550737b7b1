/* Where the program lies that this is part of: its files are looked for relative to it. */
#ifndef RQ_BASE_OWN_FOLDER_H
#define RQ_BASE_OWN_FOLDER_H

/* Of the shared library, where this is part of one: programs that use it lie anywhere. Absolute,
 * freed with free(); NULL: not known, or memory is short. */
char *rq_own_folder(void);

#endif
