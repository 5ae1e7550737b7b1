/* Reading flexbuffers, in which custom operators keep their options: maps of names to numbers. */
#ifndef RQ_IMPORT_TFLITE_FLEXBUFFER_H
#define RQ_IMPORT_TFLITE_FLEXBUFFER_H

#include <stddef.h>
#include <stdint.h>

/* The number of that name in a map, data[size]; `fallback` where there is none, or damage. */
double rq_flex_number(const uint8_t *data, size_t size, const char *key, double fallback);

#endif
