/* What the programs of this folder share: headers, a config read, whole messages (vfio-user specification 0.9.2). */
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

struct header {
    uint16_t id, command;
    uint32_t size, flags, error;
};

struct access {
    struct header header;
    uint64_t offset;
    uint32_t region, count;
    uint32_t data;
};

struct version {
    struct header header;
    uint16_t major, minor;
    char json[28];
};

enum { VERSION = 1, REGION_READ = 9, REPLY = 1, CONFIG_REGION = 7, READ_SIZE = 32, REPLY_SIZE = 36 };

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void transmit(int fd, const void *bytes, size_t size)
{
    if (send(fd, bytes, size, MSG_NOSIGNAL) != (ssize_t)size)
        fail("send");
}

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    strncpy(address.sun_path, path, sizeof address.sun_path - 1);
    return address;
}
