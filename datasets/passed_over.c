#include "datasets/passed_over.h"

#include "engine/base/callbacks.h"
#include "engine/base/text.h"

#include <string.h>
#include <strings.h>

static const char *const kinds[] = {".gif", ".heic", ".heif", ".avif", ".jp2", ".j2k",
                                    ".jxl", ".ppm",  ".pgm",  ".pbm",  ".pnm", ".svg",
                                    ".psd", ".ico",  ".tga",  ".exr",  ".hdr", ".dng",
                                    ".cr2", ".nef",  ".arw",  ".mp4",  ".avi", ".mov"};
_Static_assert(sizeof kinds / sizeof *kinds == RQ_FOREIGN_KINDS, "a counter for each kind");

void rq_passed_over_count(rq_passed_over *passed, const char *name)
{
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot && i < RQ_FOREIGN_KINDS; i++) passed->n[i] += !strcasecmp(dot, kinds[i]);
}

void rq_passed_over_log(const rq_passed_over *passed, const char *folder)
{
    rq_buf text = {0};
    size_t total = 0;
    for (size_t i = 0; i < RQ_FOREIGN_KINDS; i++) {
        if (!passed->n[i]) continue;
        rq_buf_printf(&text, "%s%zu %s", total ? ", " : "", passed->n[i], kinds[i]);
        total += passed->n[i];
    }
    if (total && !text.failed)
        rq_log("%s: %zu file%s passed over, of kinds that are not read: %s; convert them to PNG to "
               "use them",
               folder, total, total == 1 ? " was" : "s were", text.data);
    rq_buf_free(&text);
}
