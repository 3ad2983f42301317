#define _GNU_SOURCE
#include "CDevices.h"

#include <net/if.h>  // before Linux's own, which then leaves out what is the same

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/rtnetlink.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

// Newer than the headers of some systems.
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif
#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

_Static_assert(STRATA_LINK_NAME == IFNAMSIZ, "link names");
_Static_assert(STRATA_VIRTIO_NEEDS_CHECKSUM == VIRTIO_NET_HDR_F_NEEDS_CSUM, "virtio flags");
_Static_assert(STRATA_VIRTIO_DATA_VALID == VIRTIO_NET_HDR_F_DATA_VALID, "virtio flags");
_Static_assert(STRATA_VIRTIO_TCPV4 == VIRTIO_NET_HDR_GSO_TCPV4, "virtio types");
_Static_assert(STRATA_VIRTIO_TCPV6 == VIRTIO_NET_HDR_GSO_TCPV6, "virtio types");
_Static_assert(STRATA_VIRTIO_UDP == VIRTIO_NET_HDR_GSO_UDP_L4, "virtio types");
_Static_assert(STRATA_VIRTIO_ECN == VIRTIO_NET_HDR_GSO_ECN, "virtio types");
_Static_assert(STRATA_OFFLOAD_CHECKSUM == TUN_F_CSUM, "offloads");
_Static_assert(STRATA_OFFLOAD_TCP == (TUN_F_TSO4 | TUN_F_TSO6), "offloads");
_Static_assert(STRATA_OFFLOAD_UDP == (TUN_F_USO4 | TUN_F_USO6), "offloads");

static int failed(int fd) {
  int error = errno;
  if (fd >= 0) close(fd);
  return -error;
}

static int named(struct ifreq *request, const char *name) {
  memset(request, 0, sizeof *request);
  if (strlen(name) >= IFNAMSIZ) return -ENAMETOOLONG;
  strcpy(request->ifr_name, name);
  return 0;
}

int strata_tun_open(const char *name, int has_ethernet, int header) {
  struct ifreq request;
  int result = named(&request, name);
  if (result < 0) return result;
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return failed(fd);
  request.ifr_flags = (has_ethernet ? IFF_TAP : IFF_TUN) | IFF_NO_PI | (header ? IFF_VNET_HDR : 0);
  if (ioctl(fd, TUNSETIFF, &request) < 0) return failed(fd);
  if (header && ioctl(fd, TUNSETVNETHDRSZ, &header) < 0) return failed(fd);
  return fd;
}

int strata_tun_offload(int fd, unsigned offloads) {
  return ioctl(fd, TUNSETOFFLOAD, (unsigned long)offloads) < 0 ? -errno : 0;
}

int strata_packet_open(int index) {
  // No protocol yet: nothing arrives before all is set.
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return failed(fd);
  int on = 1;
  if (setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) < 0) return failed(fd);
  // Without this, what the kernel and we ourselves send comes in again.
  if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) < 0) return failed(fd);
  // IPv6 asks for neighbours by groups that the kernel itself is not in.
  struct packet_mreq groups = {.mr_ifindex = index, .mr_type = PACKET_MR_ALLMULTI};
  if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &groups, sizeof groups) < 0) return failed(fd);
  struct sockaddr_ll place = {
      .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL), .sll_ifindex = index};
  if (bind(fd, (struct sockaddr *)&place, sizeof place) < 0) return failed(fd);
  return fd;
}

static int any_socket(void) { return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0); }

int strata_link_find(const char *name, struct strata_link *link) {
  struct ifreq request;
  int result = named(&request, name);
  if (result < 0) return result;
  int fd = any_socket();
  if (fd < 0) return failed(fd);
  if (ioctl(fd, SIOCGIFINDEX, &request) < 0) return failed(fd);
  link->index = request.ifr_ifindex;
  if (ioctl(fd, SIOCGIFMTU, &request) < 0) return failed(fd);
  link->mtu = request.ifr_mtu;
  if (ioctl(fd, SIOCGIFFLAGS, &request) < 0) return failed(fd);
  link->is_up = (request.ifr_flags & IFF_UP) != 0;
  if (ioctl(fd, SIOCGIFHWADDR, &request) < 0) return failed(fd);
  memcpy(link->hardware, request.ifr_hwaddr.sa_data, sizeof link->hardware);
  int kind = request.ifr_hwaddr.sa_family;
  link->has_ethernet = kind == ARPHRD_ETHER || kind == ARPHRD_LOOPBACK;
  close(fd);
  return 0;
}

int strata_link_raise(const char *name) {
  struct ifreq request;
  int result = named(&request, name);
  if (result < 0) return result;
  int fd = any_socket();
  if (fd < 0) return failed(fd);
  if (ioctl(fd, SIOCGIFFLAGS, &request) < 0) return failed(fd);
  request.ifr_flags |= IFF_UP;
  if (ioctl(fd, SIOCSIFFLAGS, &request) < 0) return failed(fd);
  close(fd);
  return 0;
}

int strata_link_add_address(int index, const void *address, int count, int prefix_length) {
  struct {
    struct nlmsghdr head;
    struct ifaddrmsg body;
    char attributes[64];
  } request = {
      .head = {.nlmsg_len = NLMSG_LENGTH(sizeof(struct ifaddrmsg)),
               .nlmsg_type = RTM_NEWADDR,
               .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL},
      .body = {.ifa_family = count == 4 ? AF_INET : AF_INET6,
               .ifa_prefixlen = prefix_length,
               .ifa_flags = IFA_F_NODAD,
               .ifa_index = index},
  };
  const unsigned short kinds[] = {IFA_LOCAL, IFA_ADDRESS};
  for (int i = 0; i < 2; i++) {
    struct rtattr *attribute = (struct rtattr *)((char *)&request + NLMSG_ALIGN(request.head.nlmsg_len));
    attribute->rta_type = kinds[i];
    attribute->rta_len = RTA_LENGTH(count);
    memcpy(RTA_DATA(attribute), address, count);
    request.head.nlmsg_len = NLMSG_ALIGN(request.head.nlmsg_len) + RTA_ALIGN(attribute->rta_len);
  }
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) return failed(fd);
  struct {
    struct nlmsghdr head;
    struct nlmsgerr error;
    char rest[256];
  } answer = {0};
  if (send(fd, &request, request.head.nlmsg_len, 0) < 0 || recv(fd, &answer, sizeof answer, 0) < 0) {
    return failed(fd);
  }
  close(fd);
  return answer.head.nlmsg_type == NLMSG_ERROR ? answer.error.error : -EPROTO;
}

int strata_namespace_enter(void) {
  int result = unshare(CLONE_NEWNET);
  if (result < 0 && errno == EPERM) result = unshare(CLONE_NEWUSER | CLONE_NEWNET);
  if (result < 0) return -errno;
  return strata_link_raise("lo");
}

int strata_use_cubic(int fd) {
  return setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5) < 0 ? -errno : 0;
}
