#define _GNU_SOURCE
#include "CLoop.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

_Static_assert(STRATA_IN == EPOLLIN && STRATA_OUT == EPOLLOUT && STRATA_ERR == EPOLLERR, "epoll bits");
_Static_assert(STRATA_HUP == EPOLLHUP && STRATA_RDHUP == EPOLLRDHUP, "epoll bits");

enum { BATCH = 256, SIGNALS = 65 };

int strata_epoll_create(void) { return epoll_create1(EPOLL_CLOEXEC); }

int strata_epoll_add(int set, int fd, uint32_t events, uint64_t token) {
  struct epoll_event event = {.events = events | EPOLLET, .data.u64 = token};
  return epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
}

int strata_epoll_remove(int set, int fd) {
  struct epoll_event event = {0};
  return epoll_ctl(set, EPOLL_CTL_DEL, fd, &event);
}

// epoll_wait counts in milliseconds; epoll_pwait2 (Linux 5.11) in nanoseconds.
static int wait_exactly(int set, struct epoll_event *events, int capacity, int64_t nanoseconds) {
#ifdef SYS_epoll_pwait2
  static int missing = 0;
  if (!missing && nanoseconds > 0) {
    struct timespec limit = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    int n = (int)syscall(SYS_epoll_pwait2, set, events, capacity, &limit, NULL, 0);
    if (n >= 0 || errno != ENOSYS) return n;
    missing = 1;
  }
#endif
  // Rounded up: a wait that ends early would be asked for again and again.
  int64_t milliseconds = nanoseconds < 0 ? -1 : nanoseconds / 1000000 + (nanoseconds % 1000000 > 0);
  if (milliseconds > 1 << 30) milliseconds = 1 << 30;
  return epoll_wait(set, events, capacity, (int)milliseconds);
}

int strata_epoll_wait(int set, struct strata_ready *ready, int capacity, int64_t nanoseconds) {
  struct epoll_event events[BATCH];
  int n = wait_exactly(set, events, capacity < BATCH ? capacity : BATCH, nanoseconds);
  if (n < 0) return errno == EINTR ? 0 : -1;
  for (int i = 0; i < n; i++) {
    ready[i].token = events[i].data.u64;
    ready[i].events = events[i].events;
  }
  return n;
}

int strata_eventfd(void) { return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

void strata_eventfd_ring(int fd) {
  uint64_t one = 1;
  int kept = errno;
  // It fails only when the count is at its end, and then it is readable already.
  ssize_t n = write(fd, &one, sizeof one);
  (void)n;
  errno = kept;
}

void strata_eventfd_clear(int fd) {
  uint64_t count;
  ssize_t n = read(fd, &count, sizeof count);
  (void)n;
}

static volatile sig_atomic_t bells[SIGNALS];  // eventfd + 1
static struct sigaction before[SIGNALS];

static void ring(int signal) {
  int bell = bells[signal];
  if (bell > 0) strata_eventfd_ring(bell - 1);
}

int strata_signal_catch(int signal, int eventfd) {
  if (signal <= 0 || signal >= SIGNALS || eventfd < 0) {
    errno = EINVAL;
    return -1;
  }
  if (bells[signal] > 0) {
    errno = EBUSY;
    return -1;
  }
  struct sigaction action = {.sa_handler = ring, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  bells[signal] = eventfd + 1;
  int result = sigaction(signal, &action, &before[signal]);
  if (result < 0) bells[signal] = 0;
  return result;
}

int strata_signal_release(int signal) {
  if (signal <= 0 || signal >= SIGNALS || bells[signal] == 0) {
    errno = EINVAL;
    return -1;
  }
  int result = sigaction(signal, &before[signal], NULL);
  bells[signal] = 0;
  return result;
}

int strata_accept(int fd, void *address, uint32_t *count) {
  socklen_t room = *count;
  int result = accept4(fd, address, &room, SOCK_NONBLOCK | SOCK_CLOEXEC);
  *count = room;
  return result;
}

int strata_duplicate_over(int from, int to) { return dup3(from, to, O_CLOEXEC); }

int strata_unsent(int fd) {
  int count = 0;
  return ioctl(fd, TIOCOUTQ, &count) < 0 ? -1 : count;
}
