#pragma once
// openat2 is not in the C library, and `syscall` is variadic, which Swift cannot call.

#include <stddef.h>
#include <stdint.h>

/// Opens `path` below the folder `root`: no way out by "..", an absolute name or a symbolic link.
/// The descriptor, or a negative error number (-ENOSYS where the kernel lacks the call).
int cfiles_open_beneath(int root, const char *path, int flags);

/// O_PATH, which the C library shows to GNU programs only.
int cfiles_path_flag(void);

// The system's libz.so.1 and libzstd.so.1, looked for when first asked: a machine without them serves
// files uncompressed. Their headers are not needed to build.

/// A raw deflate compressor (RFC 1951) for pieces that stand by themselves; NULL without the library.
void *cfiles_deflater(int level);
/// Compresses one piece, so that it ends at a whole byte and the next one may follow. Not the last: that
/// is two more bytes, 3 and 0. The count of bytes made, or 0 if they do not fit in `room`.
size_t cfiles_deflate(void *deflater, const void *piece, size_t count, void *target, size_t room);
void cfiles_end_deflater(void *deflater);
/// CRC-32 (RFC 1952 §8), going on from `crc`.
uint32_t cfiles_crc32(uint32_t crc, const void *bytes, size_t count);

/// A zstd compressor (RFC 8878); NULL without the library.
void *cfiles_zstd(void);
/// Compresses one piece into one frame. The count of bytes made, or 0 if they do not fit in `room`.
size_t cfiles_zstd_frame(
    void *zstd, int level, const void *piece, size_t count, void *target, size_t room);
void cfiles_end_zstd(void *zstd);
