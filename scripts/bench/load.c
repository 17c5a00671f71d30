// Load for echo.coro: load PORT N sends N lines of 64 bytes over 50 connections, each connection's
// next when the last has come back, and prints how many came back whole.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define CONNECTIONS 50
#define LINE 64

static int connect_to(int port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  struct sockaddr_in address = {.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
    perror("load: connect");
    exit(1);
  }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  long total = atol(argv[2]), sent = 0, received = 0;
  char line[LINE], got[CONNECTIONS][LINE];
  size_t filled[CONNECTIONS] = {0};
  int fds[CONNECTIONS], poll = epoll_create1(0);
  memset(line, 'x', LINE - 1);
  line[LINE - 1] = '\n';
  for (int i = 0; i < CONNECTIONS; i++) {
    fds[i] = connect_to(atoi(argv[1]));
    struct epoll_event wanted = {.events = EPOLLIN, .data.u32 = (uint32_t)i};
    epoll_ctl(poll, EPOLL_CTL_ADD, fds[i], &wanted);
    if (sent++ < total && write(fds[i], line, LINE) != LINE) return 1;
  }
  while (received < total) {
    struct epoll_event ready[CONNECTIONS];
    int count = epoll_wait(poll, ready, CONNECTIONS, 10000);
    if (count <= 0) return 1;
    for (int k = 0; k < count; k++) {
      uint32_t i = ready[k].data.u32;
      ssize_t size = read(fds[i], got[i] + filled[i], LINE - filled[i]);
      if (size <= 0) return 1;
      filled[i] += (size_t)size;
      if (filled[i] < LINE) continue;
      if (memcmp(got[i], line, LINE) != 0) return 1;
      filled[i] = 0;
      received++;
      if (sent++ < total && write(fds[i], line, LINE) != LINE) return 1;
    }
  }
  printf("%ld\n", received);
  return 0;
}
