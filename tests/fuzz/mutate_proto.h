/* Changes a protocol buffer so that it stays one: a field goes, comes twice, or has another value,
 * and the lengths around it are right again. */
#ifndef RQ_TESTS_FUZZ_MUTATE_PROTO_H
#define RQ_TESTS_FUZZ_MUTATE_PROTO_H

#include <stddef.h>
#include <stdint.h>

/* data[size] becomes data[result], result <= room: for LLVMFuzzerCustomMutator. */
size_t fuzz_mutate_proto(uint8_t *data, size_t size, size_t room, unsigned seed);

/* libFuzzer's; not there where inputs are only run. */
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned seed);

#endif
