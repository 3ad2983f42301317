/* A megabyte from one stack to another over 20 ms of virtual wire, and how the window grows meanwhile.
 *
 *   swift build -c release
 *   cc -I Sources/C/include Examples/c/transfer.c -L .build/release -lstrata -Wl,-rpath,$PWD/.build/release
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "strata.h"

#define DELAY 10000000LL /* one way, in nanoseconds */
#define MOST 4096

static void check(int holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

/* Packets on their way: first in, first out. */
static struct flight {
  int64_t arrival;
  strata *to;
  size_t count;
  unsigned char bytes[1500];
} wire[MOST];
static unsigned first, last;

static void send_all(strata *from, strata *to) {
  int64_t time;
  for (;;) {
    struct flight *flight = &wire[last % MOST];
    ssize_t count = strata_ip_output(from, flight->bytes, sizeof flight->bytes, &time);
    check(count >= 0, "output");
    if (count == 0) return;
    flight->arrival = time + DELAY;
    flight->to = to;
    flight->count = (size_t)count;
    check(++last - first < MOST, "the wire is full");
  }
}

int main(void) {
  static char data[65536];
  strata *a = strata_new(1500, 1), *b = strata_new(1500, 2);
  check(a && b, "new");
  check(strata_address(a, "10.0.0.1/24", NULL) == 0, "address");
  check(strata_address(b, "10.0.0.2/24", NULL) == 0, "address");

  struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(7)};
  inet_pton(AF_INET, "10.0.0.2", &name.sin_addr);
  int listener = strata_socket(b, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  check(strata_bind(b, listener, (struct sockaddr *)&name, sizeof name) == 0, "bind");
  check(strata_listen(b, listener, 8) == 0, "listen");
  int client = strata_socket(a, AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  int code = strata_connect(a, client, (struct sockaddr *)&name, sizeof name);
  check(code == -1 && errno == EINPROGRESS, "connect");

  int server = -1;
  size_t written = 0, received = 0;
  int64_t now = 0, told = 0;
  while (received < 1 << 20) {
    send_all(a, b);
    send_all(b, a);
    int64_t next = strata_advance(a, now), other = strata_advance(b, now);
    if (other < next) next = other;
    if (first != last && wire[first % MOST].arrival < next) next = wire[first % MOST].arrival;
    check(next != INT64_MAX, "nothing happens any more");
    now = next;
    strata_advance(a, now);
    strata_advance(b, now);
    while (first != last && wire[first % MOST].arrival <= now) {
      struct flight *flight = &wire[first++ % MOST];
      check(strata_ip_input(flight->to, flight->bytes, flight->count) == 0, "input");
    }
    if (server < 0) server = strata_accept4(b, listener, NULL, NULL, SOCK_NONBLOCK);
    while (written < 1 << 20) {
      ssize_t count = strata_write(a, client, data, sizeof data);
      if (count < 0) break;
      written += (size_t)count;
    }
    for (ssize_t count; server >= 0 && (count = strata_read(b, server, data, sizeof data)) > 0;)
      received += (size_t)count;
    if (now - told >= 2 * DELAY && server >= 0) {
      struct tcp_info info;
      socklen_t count = sizeof info;
      check(strata_getsockopt(a, client, IPPROTO_TCP, TCP_INFO, &info, &count) == 0, "TCP_INFO");
      printf("%6.1f ms  window %4u segments  rtt %5.1f ms  received %7zu\n", now / 1e6, info.tcpi_snd_cwnd,
             info.tcpi_rtt / 1e3, received);
      told = now;
    }
  }
  printf("%zu bytes in %.1f ms of virtual time\n", received, now / 1e6);
  strata_free(a);
  strata_free(b);
  return 0;
}
