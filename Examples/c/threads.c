/* A server and a client that block, in a thread each, as on any system; the main thread is the wire between
 * their two stacks, and lets time pass where nobody has anything to do.
 *
 *   cc -pthread -I Sources/C/include Examples/c/threads.c -L .build/release -lstrata \
 *     -Wl,-rpath,$PWD/.build/release
 */
#include <arpa/inet.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "strata.h"

static strata *near, *far;
static struct sockaddr_in server_name = {.sin_family = AF_INET};
static atomic_int listening, ended;

static void check(int holds, const char *what) {
  if (holds) return;
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

static void *serve(void *unused) {
  char bytes[1000];
  int listener = strata_socket(far, AF_INET, SOCK_STREAM, 0);
  check(strata_bind(far, listener, (struct sockaddr *)&server_name, sizeof server_name) == 0, "bind");
  check(strata_listen(far, listener, 8) == 0, "listen");
  listening = 1;
  struct sockaddr_in peer;
  socklen_t count = sizeof peer;
  int fd = strata_accept4(far, listener, (struct sockaddr *)&peer, &count, 0);
  check(fd >= 0, "accept");
  char text[INET_ADDRSTRLEN];
  printf("accepted %s\n", inet_ntop(AF_INET, &peer.sin_addr, text, sizeof text));
  for (ssize_t got; (got = strata_read(far, fd, bytes, sizeof bytes)) > 0;)
    for (ssize_t at = 0; at < got;) {
      ssize_t sent = strata_write(far, fd, bytes + at, (size_t)(got - at));
      check(sent > 0, "write back");
      at += sent;
    }
  check(strata_close(far, fd) == 0, "close");
  /* Nobody else comes: this waits until the stack goes. */
  int none = strata_accept4(far, listener, NULL, NULL, 0);
  check(none == -1 && errno == EBADF, "accept ends with the stack");
  ended++;
  return unused;
}

static void *ask(void *unused) {
  static char sent[200000], got[200000];
  for (size_t at = 0; at < sizeof sent; at++) sent[at] = (char)(at * 7 + at / 251);
  while (!listening) usleep(100);
  int fd = strata_socket(near, AF_INET, SOCK_STREAM, 0);
  check(strata_connect(near, fd, (struct sockaddr *)&server_name, sizeof server_name) == 0, "connect");
  for (size_t at = 0, back = 0; back < sizeof got;) {
    if (at < sizeof sent) {
      size_t piece = sizeof sent - at < 10000 ? sizeof sent - at : 10000;
      check(strata_write(near, fd, sent + at, piece) == (ssize_t)piece, "a write takes all");
      at += piece;
    }
    size_t want = at - back;
    check(strata_recvfrom(near, fd, got + back, want, MSG_WAITALL, NULL, NULL) == (ssize_t)want, "read all");
    back += want;
  }
  check(memcmp(sent, got, sizeof sent) == 0, "the same bytes");

  struct timeval limit = {.tv_usec = 50000};
  check(strata_setsockopt(near, fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0, "SO_RCVTIMEO");
  char byte;
  check(strata_read(near, fd, &byte, 1) == -1 && errno == EAGAIN, "a read that nobody answers");
  struct pollfd asked = {.fd = fd, .events = POLLIN};
  check(strata_poll(near, &asked, 1, 30) == 0, "poll");
  check(strata_shutdown(near, fd, SHUT_WR) == 0, "shutdown");
  check(strata_read(near, fd, &byte, 1) == 0, "the end");
  check(strata_close(near, fd) == 0, "close");
  ended++;
  return unused;
}

/* Carries what waits; 0: nothing did. */
static int carry(strata *from, strata *to) {
  static unsigned char packet[1500];
  int64_t time;
  ssize_t count = strata_ip_output(from, packet, sizeof packet, &time);
  if (count > 0) check(strata_ip_input(to, packet, (size_t)count) == 0, "input");
  return count > 0;
}

int main(void) {
  near = strata_new(1500, 1);
  far = strata_new(1500, 2);
  check(strata_address(near, "10.0.0.1/24", NULL) == 0, "address");
  check(strata_address(far, "10.0.0.2/24", NULL) == 0, "address");
  server_name.sin_port = htons(7);
  inet_pton(AF_INET, "10.0.0.2", &server_name.sin_addr);
  pthread_t server, client;
  pthread_create(&server, NULL, serve, NULL);
  pthread_create(&client, NULL, ask, NULL);
  for (int64_t now = 0; !ended;) {
    if (carry(near, far) | carry(far, near)) continue;
    usleep(50);
    now += 1000000;
    strata_advance(near, now);
    strata_advance(far, now);
  }
  pthread_join(client, NULL);
  strata_free(near);
  strata_free(far);
  pthread_join(server, NULL);
  printf("200000 bytes there and back\n");
  return 0;
}
