// Drives examples/dma-device.ts from a guest's user space, without a driver: the device reads one page of ours and writes it
// inverted to another, at the addresses that the guest's memory has. Polls; the interrupt is a driver's.
//
//   guest-copy ADDRESS
//
// Prints {"status": 2, "wrong": 0}: what the device says in the end, and how many bytes are not what was wanted. Exit: 0, or 1
// with a line on standard error.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096
#define COMMAND 4
#define MEMORY_AND_MASTER 6
#define FRAME_BITS ((1ull << 55) - 1)
#define BUSY 1

// BAR 0 of the device.
struct registers {
	uint64_t src, dst;
	uint32_t length, go, status;
};

static void fail(const char *what)
{
	dprintf(2, "guest-copy: %s: %s\n", what, strerror(errno));
	exit(1);
}

// Where a page that is here to stay lies in the guest's memory (Linux: admin-guide/mm/pagemap.rst).
static uint64_t physical(const void *page)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry = 0;

	if (fd < 0 || pread(fd, &entry, sizeof(entry), (uintptr_t)page / PAGE * sizeof(entry)) != sizeof(entry))
		fail("pagemap");
	close(fd);
	return (entry & FRAME_BITS) * PAGE;
}

int main(int argc, char **argv)
{
	char path[128];
	uint16_t command;
	uint32_t wrong = 0;

	if (argc != 2)
		return dprintf(2, "usage: guest-copy ADDRESS\n"), 2;
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/config", argv[1]);
	int config = open(path, O_RDWR);
	if (config < 0 || pread(config, &command, 2, COMMAND) != 2)
		fail(path);
	command |= MEMORY_AND_MASTER;
	if (pwrite(config, &command, 2, COMMAND) != 2)
		fail(path);
	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/resource0", argv[1]);
	int bar = open(path, O_RDWR);
	volatile struct registers *device = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, bar, 0);
	if (device == MAP_FAILED)
		fail(path);
	uint8_t *pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (pages == MAP_FAILED || mlock(pages, 2 * PAGE))
		fail("memory");
	for (int i = 0; i < PAGE; i++)
		pages[i] = i * 7 + (i >> 8);
	device->src = physical(pages);
	device->dst = physical(pages + PAGE);
	device->length = PAGE;
	device->go = 0;
	// Whoever waits for this has the clock.
	while (device->status <= BUSY)
		usleep(1000);
	for (int i = 0; i < PAGE; i++)
		wrong += (pages[PAGE + i] ^ pages[i]) != 0xff;
	printf("{\"status\": %u, \"wrong\": %u}\n", device->status, wrong);
	return 0;
}
