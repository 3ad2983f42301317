#pragma once
// openat2 is not in the C library, and `syscall` is variadic, which Swift cannot call.

/// Opens `path` below the folder `root`: no way out by "..", an absolute name or a symbolic link.
/// The descriptor, or a negative error number (-ENOSYS where the kernel lacks the call).
int cfiles_open_beneath(int root, const char *path, int flags);

/// O_PATH, which the C library shows to GNU programs only.
int cfiles_path_flag(void);
