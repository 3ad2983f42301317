// Linux's links: TAP, TUN and packet sockets, and what a link is set to. Their ioctls, socket options and
// netlink messages do not reach Swift through its Glibc module.
#ifndef STRATA_CDEVICES_H
#define STRATA_CDEVICES_H

#include <stdint.h>

enum {
  // The most bytes of a link's name, with its end (IFNAMSIZ).
  STRATA_LINK_NAME = 16,
  // linux/virtio_net.h
  STRATA_VIRTIO_NEEDS_CHECKSUM = 1,
  STRATA_VIRTIO_DATA_VALID = 2,
  STRATA_VIRTIO_TCPV4 = 1,
  STRATA_VIRTIO_TCPV6 = 4,
  STRATA_VIRTIO_UDP = 5,
  STRATA_VIRTIO_ECN = 0x80,
  // linux/if_tun.h
  STRATA_OFFLOAD_CHECKSUM = 0x01,
  STRATA_OFFLOAD_TCP = 0x06,
  STRATA_OFFLOAD_UDP = 0x60,
};

// What the kernel says of a link.
struct strata_link {
  int32_t index;
  int32_t mtu;
  uint8_t hardware[6];
  // Whether its frames begin with an Ethernet header.
  uint8_t has_ethernet;
  uint8_t is_up;
};

// All of these give -errno when they fail.

// Opens a TAP (`has_ethernet`) or TUN, non-blocking, with a virtio-net header of `header` bytes in front of
// each frame; 0: none. A link that nobody had made is gone when the descriptor is closed.
int strata_tun_open(const char *name, int has_ethernet, int header);
// Says which frames are taken as they are: STRATA_OFFLOAD_*.
int strata_tun_offload(int fd, unsigned offloads);
// A packet socket for every frame that arrives on a link, non-blocking, with virtio-net headers of ten bytes.
int strata_packet_open(int index);

int strata_link_find(const char *name, struct strata_link *link);
int strata_link_raise(const char *name);
// Gives a link an address of 4 or 16 bytes, with the route to its network. IPv6 ones hold at once: nobody
// else is on a link that was just made, so nobody is asked for them.
int strata_link_add_address(int index, const void *address, int count, int prefix_length);

// Moves this thread, and those it starts, into a network namespace of its own whose only link is lo; without
// root into a user namespace as well, which works only while there is no other thread.
int strata_namespace_enter(void);
// Lets the kernel control congestion by CUBIC, where it has that.
int strata_use_cubic(int fd);

#endif
