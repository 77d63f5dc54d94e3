/* echo PATH block|poll: answers every config read with four zero bytes, one client after another: the least that a server can do. */
#include "vfio-user.h"

static void serve(int fd, int polls)
{
    static char bytes[65536];
    struct access *access = (struct access *)bytes;
    size_t got = 0;
    for (;;) {
        ssize_t more = recv(fd, bytes + got, sizeof bytes - got, polls ? MSG_DONTWAIT : 0);
        if (more < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (more <= 0)
            break;
        got += more;
        /* The client waits for each reply, so there is never more than one message. */
        if (got < sizeof(struct header) || got < access->header.size)
            continue;
        access->header.flags = REPLY;
        if (access->header.command == REGION_READ) {
            access->header.size = REPLY_SIZE;
            access->data = 0;
        }
        transmit(fd, bytes, access->header.size);
        got = 0;
    }
    close(fd);
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    struct sockaddr_un address = address_of(argv[1]);
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, sizeof address) < 0 || listen(listener, 8) < 0)
        fail(argv[1]);
    puts("ready");
    fflush(stdout);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            fail("accept");
        serve(fd, strcmp(argv[2], "poll") == 0);
    }
}
