#include "CFiles.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

// zlib.h's z_stream, whose layout is part of the library's interface since 1.0 ("1.2.x" is checked).
typedef struct {
  const unsigned char *next_in;
  unsigned avail_in;
  unsigned long total_in;
  unsigned char *next_out;
  unsigned avail_out;
  unsigned long total_out;
  const char *msg;
  void *state, *zalloc, *zfree, *opaque;
  int data_type;
  unsigned long adler, reserved;
} stream;

enum { FULL_FLUSH = 3, DEFLATED = 8, RAW_WINDOW = -15, MEMORY_LEVEL = 8 };

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int (*deflate_init)(stream *, int, int, int, int, int, const char *, int);
static int (*deflate_reset)(stream *);
static int (*deflate_run)(stream *, int);
static int (*deflate_end)(stream *);
static unsigned long (*crc)(unsigned long, const unsigned char *, unsigned);
static void *(*zstd_create)(void);
static size_t (*zstd_free)(void *);
static size_t (*zstd_run)(void *, void *, size_t, const void *, size_t, int);
static unsigned (*zstd_is_error)(size_t);

static void find(void) {
  void *z = dlopen("libz.so.1", RTLD_NOW | RTLD_LOCAL);
  if (z) {
    *(void **)&deflate_init = dlsym(z, "deflateInit2_");
    *(void **)&deflate_reset = dlsym(z, "deflateReset");
    *(void **)&deflate_run = dlsym(z, "deflate");
    *(void **)&deflate_end = dlsym(z, "deflateEnd");
    *(void **)&crc = dlsym(z, "crc32");
    if (!deflate_reset || !deflate_run || !deflate_end || !crc) deflate_init = NULL;
  }
  void *zstd = dlopen("libzstd.so.1", RTLD_NOW | RTLD_LOCAL);
  if (zstd) {
    *(void **)&zstd_create = dlsym(zstd, "ZSTD_createCCtx");
    *(void **)&zstd_free = dlsym(zstd, "ZSTD_freeCCtx");
    *(void **)&zstd_run = dlsym(zstd, "ZSTD_compressCCtx");
    *(void **)&zstd_is_error = dlsym(zstd, "ZSTD_isError");
    if (!zstd_free || !zstd_run || !zstd_is_error) zstd_create = NULL;
  }
}

void *cfiles_deflater(int level) {
  pthread_once(&once, find);
  if (!deflate_init) return NULL;
  stream *z = calloc(1, sizeof *z);
  if (!z) return NULL;
  if (deflate_init(z, level, DEFLATED, RAW_WINDOW, MEMORY_LEVEL, 0, "1.2.11", (int)sizeof *z) != 0) {
    free(z);
    return NULL;
  }
  return z;
}

size_t cfiles_deflate(void *deflater, const void *piece, size_t count, void *target, size_t room) {
  stream *z = deflater;
  if (deflate_reset(z) != 0) return 0;
  z->next_in = piece;
  z->avail_in = (unsigned)count;
  z->next_out = target;
  z->avail_out = (unsigned)room;
  // zlib.h: room that is left over says that all was flushed.
  if (deflate_run(z, FULL_FLUSH) != 0 || z->avail_in != 0 || z->avail_out == 0) return 0;
  return room - z->avail_out;
}

void cfiles_end_deflater(void *deflater) {
  if (!deflater) return;
  deflate_end(deflater);
  free(deflater);
}

uint32_t cfiles_crc32(uint32_t from, const void *bytes, size_t count) {
  return (uint32_t)crc(from, bytes, (unsigned)count);
}

void *cfiles_zstd(void) {
  pthread_once(&once, find);
  return zstd_create ? zstd_create() : NULL;
}

size_t cfiles_zstd_frame(
    void *zstd, int level, const void *piece, size_t count, void *target, size_t room) {
  size_t made = zstd_run(zstd, target, room, piece, count, level);
  return zstd_is_error(made) ? 0 : made;
}

void cfiles_end_zstd(void *zstd) {
  if (zstd) zstd_free(zstd);
}
