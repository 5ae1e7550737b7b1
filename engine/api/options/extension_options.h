/* --extensions: custom operators, of every command that reads a model. */
#ifndef RQ_API_OPTIONS_EXTENSION_OPTIONS_H
#define RQ_API_OPTIONS_EXTENSION_OPTIONS_H

#include "engine/base/option.h"
#include "engine/base/settings.h"

#define RQ_EXTENSIONS_OPTION                                                                       \
    RQ_OPTION("extensions", "LIB.so,...",                                                          \
              "shared libraries of custom operators (requant_extension.h)", .repeats = true)

/* Loads them, for the life of the process. Errors are rq_extension_load's. */
rq_status rq_extensions_read(const rq_settings *settings);

#endif
