/* Paths are relative to the repository's top, where make runs. */
#include "engine/cli/starter/starter.h"

#include <stddef.h>

#define EMBED(symbol, path)                                                                        \
    extern const char symbol[];                                                                    \
    __asm__(".pushsection .rodata\n"                                                               \
            ".hidden " #symbol "\n"                                                                \
            ".globl " #symbol "\n" #symbol ":\n"                                                   \
            ".incbin \"" path "\"\n"                                                               \
            ".byte 0\n"                                                                            \
            ".popsection\n")

EMBED(rq_starter_source, "engine/cli/starter/starter.c.in");
EMBED(rq_starter_makefile, "engine/cli/starter/starter.mk.in");
EMBED(rq_starter_header, "engine/ops/requant_extension.h");
EMBED(rq_starter_openvino, "engine/cli/starter/requant_openvino.cpp");

const rq_starter_file rq_starter_files[] = {
    {"@NAME@.c", rq_starter_source},
    {"Makefile", rq_starter_makefile},
    {"requant_extension.h", rq_starter_header},
    {"requant_openvino.cpp", rq_starter_openvino},
    {NULL, NULL},
};
