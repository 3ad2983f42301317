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

// What a datagram socket heard: from the network, or of a datagram of its own.
struct strata_message {
  // Bytes that were stored.
  int64_t count;
  // Time to live or hop limit; -1: not known.
  int32_t hops;
  // Of an error: its number (errno), and type, code and MTU as <linux/errqueue.h> has them.
  uint32_t error;
  uint32_t mtu;
  uint8_t is_icmpv4;
  uint8_t type;
  uint8_t code;
};

// Lets recvmsg tell the hops that were left, on a socket of family `family`.
int strata_tell_hops(int fd, int family);
// Keeps errors for strata_receive_error (IP_RECVERR, IPV6_RECVERR), or no more.
int strata_keep_errors(int fd, int family, int on);
// Both give -1 and set errno where nothing waits. `address`: who sent it, or whom it was sent to.
int strata_receive(int fd, void *bytes, uint64_t count, void *address, uint32_t *room,
                   struct strata_message *message);
// `reporter` has room for a sockaddr_in6; its family is 0 where nobody else told of it.
int strata_receive_error(int fd, void *bytes, uint64_t count, void *address, uint32_t *room,
                         void *reporter, struct strata_message *message);
// A raw socket for ICMP or ICMPv6 that hears echo replies alone. It needs the right to it.
int strata_raw_echo(int family);
// The number of the interface that has an address, 4 or 16 bytes of `family`; 0: none has it.
uint32_t strata_interface_of(int family, const void *address);

int strata_accept(int fd, void *address, uint32_t *count);
int strata_duplicate_over(int from, int to);
// Bytes in the send queue that the peer has not acknowledged.
int strata_unsent(int fd);

#endif
