/* Operation descriptors, which only oneDNN 2 has. */
#ifndef RQ_EXEC_ONEDNN_V2_OPERATION_H
#define RQ_EXEC_ONEDNN_V2_OPERATION_H

#include "engine/exec/onednn/dnnl_private.h"

#if DNNL_VERSION_MAJOR < 3
/* Fills d->pd from an operation descriptor, if that was `initialised`. */
dnnl_status_t rq_dnn_describe_operation(rq_dnn_description *d, dnnl_status_t initialised,
                                        const_dnnl_op_desc_t operation);
#endif

#endif
