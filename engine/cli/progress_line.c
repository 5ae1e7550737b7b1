#include "engine/cli/progress_line.h"

#include <stdio.h>

void rq_progress_line_open(rq_progress_line *line, double period, double now)
{
    *line = (rq_progress_line){.period = period, .shown = now};
}

static bool is_due(rq_progress_line *line, double now)
{
    if (now - line->shown < line->period) return false;
    line->shown = now;
    return true;
}

static void begin(rq_progress_line *line, const char *name, double now)
{
    line->name = name;
    line->before = line->done = line->total = 0;
    line->started = now;
}

bool rq_progress_line_part(rq_progress_line *line, const char *name, size_t at, size_t parts,
                           double now)
{
    begin(line, name, now);
    line->at = at;
    line->parts = parts;
    return is_due(line, now);
}

bool rq_progress_line_step(rq_progress_line *line, const char *title, size_t done, size_t total,
                           double now)
{
    if (!line->at && (done == 0 || !line->name)) begin(line, title, now);
    if (done == 0 && line->at && !line->total)
        line->started = now; /* what it opened before, once */
    if (done == 0 && line->at) line->before = line->total;
    line->done = line->before + done;
    line->total = line->before + total;
    return done > 0 && done < total && is_due(line, now);
}

void rq_progress_line_text(char *text, size_t size, const rq_progress_line *line, double now)
{
    char part[48] = "", count[64] = "", left[32] = "";
    double seconds = now - line->started;
    if (line->parts)
        snprintf(part, sizeof part, "[%zu/%zu] ", line->at, line->parts);
    else if (line->at)
        snprintf(part, sizeof part, "[%zu] ", line->at);
    if (line->total) snprintf(count, sizeof count, "  %zu/%zu", line->done, line->total);
    if (line->done && seconds > 0)
        snprintf(left, sizeof left, "  %.0f s left",
                 seconds * (double)(line->total - line->done) / (double)line->done);
    snprintf(text, size, "%s%s%s%s", part, line->name ? line->name : "", count, left);
}
