/* What a run leaves to the next one: variables of the IR. Private to tflite_*.c. */
#ifndef RQ_IMPORT_TFLITE_TFLITE_STATE_H
#define RQ_IMPORT_TFLITE_TFLITE_STATE_H

#include "engine/import/op_mapping.h"

/* The variable's value as the run before left it; `initial`, of its type and shape, where none did.
 */
rq_id rq_tflite_read_state(rq_ir_builder *b, const char *variable, rq_id initial);
/* What it is for the run to come. Gives the value. */
rq_id rq_tflite_leave_state(rq_ir_builder *b, const char *variable, rq_id value);

#endif
