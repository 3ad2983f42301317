#define _GNU_SOURCE
#include "CFiles.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

int cfiles_open_beneath(int root, const char *path, int flags) {
#ifdef SYS_openat2
  struct open_how how = {0};
  how.flags = (unsigned)flags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  // EAGAIN: a ".." in a link raced with a rename somewhere on the machine. Four times is not chance.
  for (int tries = 0; tries < 4; tries++) {
    long fd = syscall(SYS_openat2, root, path, &how, sizeof how);
    if (fd >= 0) return (int)fd;
    if (errno != EAGAIN && errno != EINTR) break;
  }
  return -errno;
#else
  return -ENOSYS;
#endif
}

int cfiles_path_flag(void) { return O_PATH; }
