#pragma once
#include <stdint.h>

/// The Internet checksum's partial sum (RFC 1071) of `count` bytes, as native-endian words.
/// Uses the widest vectors of the machine, chosen when the program is loaded.
uint64_t strata_sum(const void *source, long count);

/// The same, while copying the bytes to `target`. The two must not overlap.
uint64_t strata_copy_sum(void *restrict target, const void *restrict source, long count);
