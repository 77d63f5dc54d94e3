// What tests do in a guest inside the host VM, where there is no other program for it.
//
//   inner-tools mount TYPE FOLDER [SOURCE]
//   inner-tools await PATTERN             waits until a path is there, prints it
//   inner-tools config ADDRESS            the bytes of a PCI function's config space in hexadecimal
//   inner-tools blocks DEVICE COUNT SIZE write|read|verify SEED
//                                         COUNT blocks of SIZE bytes at random places past all caches, see block-pattern.ts; prints JSON
//   inner-tools queue DEVICE COUNT SIZE DEPTH
//                                         reads COUNT blocks of SIZE bytes one after the other, DEPTH at a time, past all caches
//   inner-tools link-up INTERFACE         waits until the card has a carrier
//   inner-tools arp INTERFACE COUNT       asks COUNT times who has 10.0.2.2, which QEMU's user network answers; prints JSON
//
// Nothing here takes the time: whoever waits outside has the right clock. Exit: 0, or 1 with a line on standard error.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CONFIG_SIZE 4096
#define BUFFER_ALIGNMENT 4096
#define GOLDEN 0x9e3779b9u

static void fail(const char *what)
{
	dprintf(2, "inner-tools: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void mount_folder(const char *type, const char *folder, const char *source)
{
	mkdir(folder, 0755);
	if (mount(source ? source : type, folder, type, 0, NULL))
		fail(folder);
}

static void await(const char *pattern)
{
	glob_t found;

	while (glob(pattern, 0, NULL, &found))
		usleep(20000);
	puts(found.gl_pathv[0]);
}

static void config(const char *address)
{
	uint8_t bytes[CONFIG_SIZE];
	char path[PATH_MAX];
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", address);
	fd = open(path, O_RDONLY);
	length = fd < 0 ? -1 : pread(fd, bytes, sizeof(bytes), 0);
	if (length < 0)
		fail(path);
	for (ssize_t at = 0; at < length; at++)
		printf("%02x", bytes[at]);
	puts("");
}

static uint32_t mix(uint32_t value)
{
	value = (value ^ value >> 16) * 0x85ebca6b;
	value = (value ^ value >> 13) * 0xc2b2ae35;
	return value ^ value >> 16;
}

static void fill(uint32_t *words, size_t count, uint32_t first)
{
	for (size_t i = 0; i < count; i++, first += GOLDEN)
		words[i] = first;
}

static uint32_t sum(const uint32_t *words, size_t count)
{
	uint32_t total = 0;

	for (size_t i = 0; i < count; i++)
		total = total * 33 + words[i];
	return total;
}

static void blocks(const char *device, uint32_t count, size_t size, const char *mode, uint32_t seed)
{
	int is_write = !strcmp(mode, "write"), is_verify = !strcmp(mode, "verify");
	int fd = open(device, O_RDWR | O_DIRECT);
	uint32_t checksum = seed, wrong = 0, *words, *expected;
	uint64_t bytes;

	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &bytes))
		fail(device);
	if (posix_memalign((void **)&words, BUFFER_ALIGNMENT, size) || posix_memalign((void **)&expected, BUFFER_ALIGNMENT, size))
		fail("posix_memalign");
	for (uint32_t i = 0; i < count; i++) {
		uint32_t place = mix(seed ^ mix(i)) % (uint32_t)(bytes / size);
		off_t at = (off_t)place * size;

		if (is_write || is_verify)
			fill(expected, size / 4, mix(seed + place));
		if (is_write ? pwrite(fd, expected, size, at) != (ssize_t)size : pread(fd, words, size, at) != (ssize_t)size)
			fail(is_write ? "pwrite" : "pread");
		if (is_verify && memcmp(words, expected, size))
			wrong++;
		checksum = mix(checksum ^ sum(is_write ? expected : words, size / 4));
	}
	if (is_write && fsync(fd))
		fail("fsync");
	printf("{\"count\": %u, \"checksum\": %u, \"wrong\": %u}\n", count, checksum, wrong);
}

#define DEPTH_MAX 64

static void queue(const char *device, uint32_t count, size_t size, uint32_t depth)
{
	int fd = open(device, O_RDONLY | O_DIRECT);
	struct iocb blocks[DEPTH_MAX] = { 0 };
	struct io_event events[DEPTH_MAX];
	aio_context_t context = 0;
	uint32_t submitted = 0, done = 0;
	uint64_t bytes;

	if (fd < 0 || ioctl(fd, BLKGETSIZE64, &bytes))
		fail(device);
	if (depth > DEPTH_MAX || syscall(SYS_io_setup, depth, &context))
		fail("io_setup");
	for (uint32_t i = 0; i < depth; i++) {
		void *buffer;

		if (posix_memalign(&buffer, BUFFER_ALIGNMENT, size))
			fail("posix_memalign");
		blocks[i] = (struct iocb){ .aio_lio_opcode = IOCB_CMD_PREAD, .aio_fildes = fd, .aio_buf = (uintptr_t)buffer, .aio_nbytes = size };
		events[i].obj = (uintptr_t)&blocks[i];
	}
	// What is done is submitted again with the next place, all of it in one call.
	for (long ready = depth; done < count;) {
		struct iocb *next[DEPTH_MAX];
		long left = 0;

		for (long i = 0; i < ready && submitted < count; i++) {
			next[left] = (struct iocb *)(uintptr_t)events[i].obj;
			next[left++]->aio_offset = (uint64_t)submitted++ % (bytes / size) * size;
		}
		for (long i = 0, taken; i < left; i += taken) {
			taken = syscall(SYS_io_submit, context, left - i, next + i);
			if (taken <= 0)
				fail("io_submit");
		}
		ready = syscall(SYS_io_getevents, context, 1, DEPTH_MAX, events, NULL);
		if (ready < 1)
			fail("io_getevents");
		for (long i = 0; i < ready; i++, done++)
			if (events[i].res != (int64_t)size) {
				errno = EIO;
				fail(device);
			}
	}
	printf("{\"count\": %u}\n", done);
}

static void link_up(const char *name)
{
	struct ifreq request = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, SIOCGIFFLAGS, &request))
		fail(name);
	request.ifr_flags |= IFF_UP;
	if (ioctl(fd, SIOCSIFFLAGS, &request))
		fail(name);
	while (!(request.ifr_flags & IFF_RUNNING)) {
		usleep(20000);
		if (ioctl(fd, SIOCGIFFLAGS, &request))
			fail(name);
	}
}

// RFC 826, Ethernet and IPv4.
struct arp_frame {
	struct ethhdr ethernet;
	struct arphdr arp;
	uint8_t sender_hardware[ETH_ALEN], sender[4], target_hardware[ETH_ALEN], target[4];
	uint8_t padding[ETH_ZLEN - 42];
} __attribute__((packed));

static void arp(const char *name, uint32_t count)
{
	int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ARP));
	struct sockaddr_ll link = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ARP), .sll_ifindex = if_nametoindex(name) };
	struct ifreq request = { 0 };
	uint32_t answered = 0;
	struct arp_frame frame = {
		.ethernet = { .h_dest = { 255, 255, 255, 255, 255, 255 }, .h_proto = htons(ETH_P_ARP) },
		.arp = { htons(ARPHRD_ETHER), htons(ETH_P_IP), ETH_ALEN, 4, htons(ARPOP_REQUEST) },
		.sender = { 10, 0, 2, 15 }, .target = { 10, 0, 2, 2 },
	};

	strncpy(request.ifr_name, name, IFNAMSIZ - 1);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request) || bind(fd, (struct sockaddr *)&link, sizeof(link)))
		fail(name);
	memcpy(frame.ethernet.h_source, request.ifr_hwaddr.sa_data, ETH_ALEN);
	memcpy(frame.sender_hardware, request.ifr_hwaddr.sa_data, ETH_ALEN);
	for (uint32_t i = 0; i < count; i++) {
		struct arp_frame answer;

		if (send(fd, &frame, sizeof(frame), 0) != sizeof(frame))
			fail("send");
		while (recv(fd, &answer, sizeof(answer), 0) > 0)
			if (answer.arp.ar_op == htons(ARPOP_REPLY) && !memcmp(answer.sender, frame.target, 4)) {
				answered++;
				break;
			}
	}
	printf("{\"sent\": %u, \"answered\": %u}\n", count, answered);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (argc >= 4 && !strcmp(name, "mount"))
		mount_folder(argv[2], argv[3], argv[4]);
	else if (argc == 3 && !strcmp(name, "await"))
		await(argv[2]);
	else if (argc == 3 && !strcmp(name, "config"))
		config(argv[2]);
	else if (argc == 7 && !strcmp(name, "blocks"))
		blocks(argv[2], atoi(argv[3]), atoi(argv[4]), argv[5], strtoul(argv[6], NULL, 0));
	else if (argc == 6 && !strcmp(name, "queue"))
		queue(argv[2], atoi(argv[3]), atoi(argv[4]), atoi(argv[5]));
	else if (argc == 3 && !strcmp(name, "link-up"))
		link_up(argv[2]);
	else if (argc == 4 && !strcmp(name, "arp"))
		arp(argv[2], atoi(argv[3]));
	else
		return dprintf(2, "usage: see the head of inner-tools.c\n"), 2;
	return 0;
}
