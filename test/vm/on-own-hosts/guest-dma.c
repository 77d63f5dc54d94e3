// Drives the device of examples/dma-device.ts through vfio-pci as a driver in user space does; prints the outcome of each round as JSON.
//
//   guest-dma ADDRESS BOUNDARY
//
// ADDRESS is the function, bound to vfio-pci. BOUNDARY is a physical address: each round takes its pages from below ("low") or from above
// it ("high"). Source and destination are PAGES pages each, mapped one by one, so that no access lies in one range. The last round
// names a source that is not mapped.
// Exit: 0, or 1 with {"error": {"call", "errno", "name"}}.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/iommufd.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096ul
#define PAGES 4
#define VECTORS 2
#define UNMAPPED 0x7000000ul

// BAR 0 of the device.
struct registers {
	uint64_t src, dst;
	uint32_t length, go, status, padding;
};

enum { LOW, HIGH, PLACES };
static const char *const place_names[] = { "low", "high" };

static int device = -1, iommufd = -1;
static uint32_t ioas;
static uint64_t bar;
static int events[VECTORS];
// Two buffers in each place, as virtual pages that need not be neighbours.
static uint8_t *pages[PLACES][2 * PAGES];
static uint64_t iova[PLACES];

static void fail(const char *call)
{
	dprintf(1, "{\"error\": {\"call\": \"%s\", \"errno\": %d, \"name\": \"%s\"}}\n", call, errno, strerrorname_np(errno));
	_exit(1);
}

static void open_device(const char *address)
{
	char path[PATH_MAX + 300];
	struct dirent *entry;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/vfio-dev", address);
	dir = opendir(path);
	if (!dir)
		fail(path);
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			snprintf(path, sizeof(path), "/dev/vfio/devices/%s", entry->d_name);
	closedir(dir);
	device = open(path, O_RDWR | O_CLOEXEC);
	if (device < 0)
		fail(path);
	iommufd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	if (iommufd < 0)
		fail("/dev/iommu");
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind), .iommufd = iommufd };
	if (ioctl(device, VFIO_DEVICE_BIND_IOMMUFD, &bind))
		fail("VFIO_DEVICE_BIND_IOMMUFD");
	struct iommu_ioas_alloc alloc = { .size = sizeof(alloc) };
	if (ioctl(iommufd, IOMMU_IOAS_ALLOC, &alloc))
		fail("IOMMU_IOAS_ALLOC");
	ioas = alloc.out_ioas_id;
	struct vfio_device_attach_iommufd_pt attach = { .argsz = sizeof(attach), .pt_id = ioas };
	if (ioctl(device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach))
		fail("VFIO_DEVICE_ATTACH_IOMMUFD_PT");
}

static uint64_t region_offset(uint32_t index)
{
	struct vfio_region_info info = { .argsz = sizeof(info), .index = index };

	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, &info))
		fail("VFIO_DEVICE_GET_REGION_INFO");
	return info.offset;
}

static void start_device(void)
{
	uint64_t config = region_offset(VFIO_PCI_CONFIG_REGION_INDEX);
	uint16_t command = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
	struct {
		struct vfio_irq_set set;
		int fds[VECTORS];
	} irqs = {
		.set = { .argsz = sizeof(irqs), .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
			 .index = VFIO_PCI_MSIX_IRQ_INDEX, .count = VECTORS },
	};

	if (pwrite(device, &command, sizeof(command), config + PCI_COMMAND) != sizeof(command))
		fail("write Command");
	for (int i = 0; i < VECTORS; i++)
		irqs.fds[i] = events[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (ioctl(device, VFIO_DEVICE_SET_IRQS, &irqs))
		fail("VFIO_DEVICE_SET_IRQS");
	bar = region_offset(VFIO_PCI_BAR0_REGION_INDEX);
}

// Allocates until there are enough pages on both sides of the boundary; what is of no use stays allocated, so that the next are others.
static void find_pages(uint64_t boundary)
{
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	int found[PLACES] = { 0 };

	if (pagemap < 0)
		fail("/proc/self/pagemap");
	while (found[LOW] < 2 * PAGES || found[HIGH] < 2 * PAGES) {
		size_t size = 8ul << 20;
		uint8_t *block = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

		if (block == MAP_FAILED)
			fail("mmap");
		for (uint8_t *page = block; page < block + size; page += PAGE) {
			uint64_t entry;

			if (pread(pagemap, &entry, sizeof(entry), (uintptr_t)page / PAGE * sizeof(entry)) != sizeof(entry))
				fail("read /proc/self/pagemap");
			// Bits 54:0 are the page frame's number.
			int place = (entry & ((1ul << 55) - 1)) * PAGE < boundary ? LOW : HIGH;
			if (found[place] < 2 * PAGES)
				pages[place][found[place]++] = page;
		}
	}
	close(pagemap);
}

static void map_pages(int place)
{
	iova[place] = 0x1000000ul * (place + 1);
	for (int i = 0; i < 2 * PAGES; i++) {
		struct iommu_ioas_map map = {
			.size = sizeof(map), .flags = IOMMU_IOAS_MAP_FIXED_IOVA | IOMMU_IOAS_MAP_READABLE | IOMMU_IOAS_MAP_WRITEABLE,
			.ioas_id = ioas, .user_va = (uintptr_t)pages[place][i], .length = PAGE, .iova = iova[place] + i * PAGE,
		};
		if (ioctl(iommufd, IOMMU_IOAS_MAP, &map))
			fail("IOMMU_IOAS_MAP");
	}
}

static void write_register(size_t at, const void *value, size_t length)
{
	if (pwrite(device, value, length, bar + at) != (ssize_t)length)
		fail("write BAR 0");
}

static uint64_t take_signals(int vector)
{
	uint64_t count = 0;

	return read(events[vector], &count, sizeof(count)) == sizeof(count) ? count : 0;
}

static void run_round(int number, int from, int to, int is_mapped)
{
	struct registers registers = {
		// Neither end lies at the start of a page.
		.src = is_mapped ? iova[from] + 16 : UNMAPPED, .dst = iova[to] + PAGES * PAGE + 32, .length = PAGES * PAGE - 100,
	};
	uint32_t vector = number % VECTORS, wrong = 0;
	uint8_t seed = 17 * (number + 1);

	for (int i = 0; i < PAGES; i++) {
		for (size_t at = 0; at < PAGE; at++)
			pages[from][i][at] = seed + 31 * i + 7 * at;
		memset(pages[to][PAGES + i], 0, PAGE);
	}
	write_register(offsetof(struct registers, src), &registers.src, 8);
	write_register(offsetof(struct registers, dst), &registers.dst, 8);
	write_register(offsetof(struct registers, length), &registers.length, 4);
	write_register(offsetof(struct registers, go), &vector, 4);

	struct pollfd wait = { .fd = events[vector], .events = POLLIN };
	// Whoever runs this takes the time: the VM's own clock is another one.
	int came = poll(&wait, 1, -1);
	uint64_t signals = take_signals(vector), others = take_signals(1 - vector);

	if (pread(device, &registers.status, 4, bar + offsetof(struct registers, status)) != 4)
		fail("read BAR 0");
	for (size_t at = 0; at < PAGES * PAGE; at++) {
		int is_inside = is_mapped && at >= 32 && at < 32 + registers.length;
		size_t source = at - 16;
		uint8_t expected = is_inside ? (uint8_t)~pages[from][source / PAGE][source % PAGE] : 0;

		wrong += pages[to][PAGES + at / PAGE][at % PAGE] != expected;
	}
	printf("%s{\"from\": \"%s\", \"to\": \"%s\", \"vector\": %u, \"came\": %d, \"signals\": %lu, \"others\": %lu, \"status\": %u, \"wrong\": %u}",
	       number ? ",\n " : "[", is_mapped ? place_names[from] : "nowhere", place_names[to], vector, came, signals, others,
	       registers.status, wrong);
}

int main(int argc, char **argv)
{
	static const int rounds[][2] = { { LOW, LOW }, { HIGH, HIGH }, { LOW, HIGH }, { HIGH, LOW } };
	int number = 0;

	if (argc != 3) {
		dprintf(2, "usage: guest-dma ADDRESS BOUNDARY\n");
		return 2;
	}
	find_pages(strtoull(argv[2], NULL, 0));
	open_device(argv[1]);
	for (int place = LOW; place < PLACES; place++)
		map_pages(place);
	start_device();
	for (; number < 4; number++)
		run_round(number, rounds[number][0], rounds[number][1], 1);
	run_round(number, LOW, LOW, 0);
	printf("]\n");
	return 0;
}
