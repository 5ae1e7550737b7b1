/* report.css and report.js, put into the program by the assembler; paths are relative to the
 * repository's top, where make runs. */
#include "reports/html/html.h"

#define EMBED(symbol, path)                                                                        \
    __asm__(".pushsection .rodata\n"                                                               \
            ".globl " #symbol "\n"                                                                 \
            ".hidden " #symbol "\n" #symbol ":\n"                                                  \
            ".incbin \"" path "\"\n"                                                               \
            ".byte 0\n"                                                                            \
            ".popsection\n")

EMBED(rq_html_css, "reports/html/report.css");
EMBED(rq_html_js, "reports/html/report.js");
