// What of Linux's interface does not reach Swift through its Glibc module.
#ifndef STRATA_CLOOP_H
#define STRATA_CLOOP_H

#include <stdint.h>

// One ready descriptor of an epoll set: EPOLL* bits and the token it was added with.
struct strata_ready {
  uint64_t token;
  uint32_t events;
};

enum {
  STRATA_IN = 0x001,
  STRATA_OUT = 0x004,
  STRATA_ERR = 0x008,
  STRATA_HUP = 0x010,
  STRATA_RDHUP = 0x2000,
};

// All of these give -1 and set errno when they fail.
int strata_epoll_create(void);
// Edge-triggered.
int strata_epoll_add(int set, int fd, uint32_t events, uint64_t token);
int strata_epoll_remove(int set, int fd);
// Waits at most `nanoseconds`; negative: without end. An interruption by a signal gives 0.
int strata_epoll_wait(int set, struct strata_ready *ready, int capacity, int64_t nanoseconds);

int strata_eventfd(void);
// Safe in a signal handler.
void strata_eventfd_ring(int fd);
void strata_eventfd_clear(int fd);

// Rings `eventfd` whenever `signal` comes, until it is released; one eventfd a signal.
int strata_signal_catch(int signal, int eventfd);
int strata_signal_release(int signal);

int strata_accept(int fd, void *address, uint32_t *count);
int strata_duplicate_over(int from, int to);
// Bytes in the send queue that the peer has not acknowledged.
int strata_unsent(int fd);

#endif
