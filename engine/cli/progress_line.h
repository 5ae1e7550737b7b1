/* The line that tells how far a command is: "[3/7] equalize  11/20  4 s left". Work of one part
 * that comes in several runs is added up, so that the number only grows. */
#ifndef RQ_CLI_PROGRESS_LINE_H
#define RQ_CLI_PROGRESS_LINE_H

#include <stdbool.h>
#include <stddef.h>

typedef struct rq_progress_line {
    double period;      /* seconds from a line to the next */
    const char *name;   /* of the part, or of the work where there are no parts; NULL: none yet */
    size_t at, parts;   /* 0: not known */
    size_t before;      /* steps of runs of this part that have ended */
    size_t done, total; /* of all runs of this part so far */
    double started, shown; /* seconds: of the part, of the last line */
} rq_progress_line;

/* `now`: seconds, monotonic. Each says whether a line is due, which is then taken as shown. */
void rq_progress_line_open(rq_progress_line *line, double period, double now);
bool rq_progress_line_part(rq_progress_line *line, const char *name, size_t at, size_t parts,
                           double now);
bool rq_progress_line_step(rq_progress_line *line, const char *title, size_t done, size_t total,
                           double now);

/* At most `size` bytes with the zero. */
void rq_progress_line_text(char *text, size_t size, const rq_progress_line *line, double now);

#endif
