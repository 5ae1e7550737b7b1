/* Code of others that the user lets run: --extensions, custom operators, of every command that
 * reads a model; --tensorflow and --onnxruntime, for parts that stay with their framework. */
#ifndef RQ_API_OPTIONS_EXTENSION_OPTIONS_H
#define RQ_API_OPTIONS_EXTENSION_OPTIONS_H

#include "engine/base/option.h"
#include "engine/base/settings.h"

#define RQ_EXTENSIONS_OPTION                                                                       \
    RQ_OPTION("extensions", "LIB.so,...",                                                          \
              "shared libraries of custom operators (requant_extension.h)", .repeats = true)
#define RQ_FRAMEWORKS_OPTIONS                                                                      \
    RQ_OPTION("tensorflow", "PATH|found",                                                          \
              "let TensorFlow compute what was offloaded to it: its library, or its folder"),      \
        RQ_OPTION("onnxruntime", "PATH|found", "the same of ONNX Runtime")

/* Loads and permits what they name, for the life of the process. Errors are rq_extension_load's. */
rq_status rq_extensions_read(const rq_settings *settings);

#endif
