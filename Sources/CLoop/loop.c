#define _GNU_SOURCE
#include "CLoop.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/errqueue.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
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

int strata_tell_hops(int fd, int family) {
  int on = 1;
  if (family == AF_INET) return setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof on);
  // A socket of IPv6 hears IPv4 too.
  setsockopt(fd, IPPROTO_IP, IP_RECVTTL, &on, sizeof on);
  return setsockopt(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof on);
}

int strata_keep_errors(int fd, int family, int on) {
  if (family == AF_INET) return setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
  setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
  return setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
}

// Reads what came beside a message: the hops, or an error and who told of it.
static void read_control(struct msghdr *header, struct strata_message *message, void *reporter) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
    int is_v4 = c->cmsg_level == IPPROTO_IP, is_v6 = c->cmsg_level == IPPROTO_IPV6;
    if ((is_v4 && c->cmsg_type == IP_TTL) || (is_v6 && c->cmsg_type == IPV6_HOPLIMIT)) {
      int hops;
      memcpy(&hops, CMSG_DATA(c), sizeof hops);
      message->hops = hops;
    } else if ((is_v4 && c->cmsg_type == IP_RECVERR) || (is_v6 && c->cmsg_type == IPV6_RECVERR)) {
      struct sock_extended_err error;
      memcpy(&error, CMSG_DATA(c), sizeof error);
      message->error = error.ee_errno;
      message->mtu = error.ee_info;
      message->is_icmpv4 = error.ee_origin == SO_EE_ORIGIN_ICMP;
      message->type = error.ee_type;
      message->code = error.ee_code;
      size_t count = c->cmsg_len - CMSG_LEN(sizeof error);
      if (reporter && count <= sizeof(struct sockaddr_in6)) {
        memcpy(reporter, CMSG_DATA(c) + sizeof error, count);
      }
    }
  }
}

static int receive(int fd, void *bytes, uint64_t count, void *address, uint32_t *room, void *reporter,
                   struct strata_message *message, int flags) {
  struct iovec piece = {.iov_base = bytes, .iov_len = count};
  union {
    char bytes[512];
    struct cmsghdr align;
  } control;
  struct msghdr header = {.msg_name = address, .msg_namelen = *room, .msg_iov = &piece, .msg_iovlen = 1,
                          .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  ssize_t n = recvmsg(fd, &header, flags);
  if (n < 0) return -1;
  *message = (struct strata_message){.count = n, .hops = -1};
  *room = header.msg_namelen;
  read_control(&header, message, reporter);
  return 0;
}

int strata_receive(int fd, void *bytes, uint64_t count, void *address, uint32_t *room,
                   struct strata_message *message) {
  return receive(fd, bytes, count, address, room, NULL, message, 0);
}

int strata_receive_error(int fd, void *bytes, uint64_t count, void *address, uint32_t *room,
                         void *reporter, struct strata_message *message) {
  memset(reporter, 0, sizeof(struct sockaddr_in6));
  return receive(fd, bytes, count, address, room, reporter, message, MSG_ERRQUEUE | MSG_DONTWAIT);
}

int strata_raw_echo(int family) {
  int is_v4 = family == AF_INET;
  int fd = socket(family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, is_v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
  if (fd < 0) return -1;
  if (is_v4) {
    // ICMP_FILTER of <linux/icmp.h>: a bit for each type that is not heard.
    uint32_t filter = ~(UINT32_C(1) << 0);
    setsockopt(fd, SOL_RAW, 1, &filter, sizeof filter);
  } else {
    struct icmp6_filter filter;
    ICMP6_FILTER_SETBLOCKALL(&filter);
    ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
    setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter);
  }
  return fd;
}

uint32_t strata_interface_of(int family, const void *address) {
  struct ifaddrs *all;
  uint32_t number = 0;
  if (getifaddrs(&all) < 0) return 0;
  for (struct ifaddrs *one = all; one && !number; one = one->ifa_next) {
    if (!one->ifa_addr || one->ifa_addr->sa_family != family) continue;
    int is_v4 = family == AF_INET;
    const void *own = is_v4 ? (void *)&((struct sockaddr_in *)one->ifa_addr)->sin_addr
                            : (void *)&((struct sockaddr_in6 *)one->ifa_addr)->sin6_addr;
    if (memcmp(own, address, is_v4 ? 4 : 16) == 0) number = if_nametoindex(one->ifa_name);
  }
  freeifaddrs(all);
  return number;
}
