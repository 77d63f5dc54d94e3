/* client PATH block|poll SECONDS: reads 4 bytes of config space again and again; prints reads a second, p50 and p99 in nanoseconds. */
#include "vfio-user.h"

enum { BUCKETS = 1 << 20, BUCKET_NS = 20 };
static uint32_t histogram[BUCKETS];

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ull + time.tv_nsec;
}

/* Receives `size` bytes; `polls` spins where others wait in the kernel. Returns 0 at the end of the stream. */
static int receive(int fd, void *bytes, size_t size, int polls)
{
    for (size_t at = 0; at < size;) {
        ssize_t got = recv(fd, (char *)bytes + at, size - at, polls ? MSG_DONTWAIT : 0);
        if (got > 0)
            at += got;
        else if (got == 0 || errno == ECONNRESET)
            return 0;
        else if (errno != EAGAIN && errno != EINTR)
            fail("recv");
    }
    return 1;
}

static uint64_t percentile(uint64_t count, double part)
{
    uint64_t left = count * part;
    for (uint64_t i = 0; i < BUCKETS; i++) {
        if (left < histogram[i])
            return i * BUCKET_NS;
        left -= histogram[i];
    }
    return BUCKETS * BUCKET_NS;
}

static void negotiate(int fd)
{
    struct version version = { { 1, VERSION, 16 + 4 + 20, 0, 0 }, 0, 0, "{\"capabilities\":{}}" };
    char rest[65536];
    transmit(fd, &version, version.header.size);
    struct header header;
    if (!receive(fd, &header, sizeof header, 0) || header.error || header.size - sizeof header > sizeof rest)
        fail("VERSION");
    if (!receive(fd, rest, header.size - sizeof header, 0))
        fail("VERSION");
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    int polls = strcmp(argv[2], "poll") == 0;
    struct sockaddr_un address = address_of(argv[1]);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        fail(argv[1]);
    negotiate(fd);
    struct access request = { { 0, REGION_READ, READ_SIZE, 0, 0 }, 0, CONFIG_REGION, 4, 0 };
    struct access reply;
    uint64_t duration = atof(argv[3]) * 1e9, count = 0, start = now(), end = start;
    for (uint64_t before = start; before - start < duration; before = end, count++) {
        request.header.id = count;
        transmit(fd, &request, READ_SIZE);
        if (!receive(fd, &reply, REPLY_SIZE, polls))
            fail("the server has closed the connection");
        if (reply.header.id != request.header.id || reply.header.size != REPLY_SIZE || reply.header.flags != REPLY)
            fail("a wrong reply");
        end = now();
        uint64_t bucket = (end - before) / BUCKET_NS;
        histogram[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
    }
    printf("%.0f %lu %lu\n", count * 1e9 / (end - start), percentile(count, 0.5), percentile(count, 0.99));
    return 0;
}
