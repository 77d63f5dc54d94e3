// Prints as JSON what the kernel says about one PCI function bound to vfio-pci, by <linux/vfio.h> and <linux/iommufd.h> alone.
//
//   probe [--bound | --legacy | --sysfs] ADDRESS [--msi COUNT] [--write AT LEN VALUE]... [--sweep AT END]
//
// Through iommufd (bind, one IOAS, attach, IOMMU_GET_HW_INFO), with --bound without IOAS and attach, with --legacy through group and type1 container; with --sysfs without
// VFIO, so that the same writes show what the hardware itself takes.
// --msi sets up COUNT MSI vectors with VFIO_DEVICE_SET_IRQS before what comes after it.
// --write puts LEN (1, 2, 4) bytes into the config region, reads back and restores. --sweep does so with ones and with zeros for
// every dword from AT to END. Each prints the region's answer beside the bytes of sysfs, which are the hardware's.
// Exit: 0, or 1 with {"error": {"call", "errno", "name"}}.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/iommufd.h>
#include <linux/vfio.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int device = -1;
static int sysfs_config = -1;
static uint64_t config_at;
static uint64_t config_size;

static char output[8 << 20];

// What was printed so far is dropped, so that the output is whole JSON or one error.
static void fail(const char *call)
{
	dprintf(1, "{\"error\": {\"call\": \"%s\", \"errno\": %d, \"name\": \"%s\"}}\n", call, errno, strerrorname_np(errno));
	_exit(1);
}

static int open_or_fail(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		fail(path);
	return fd;
}

static void print_hex(const char *name, const void *bytes, size_t length)
{
	printf("\"%s\": \"", name);
	for (size_t i = 0; i < length; i++)
		printf("%02x", ((const uint8_t *)bytes)[i]);
	printf("\"");
}

static void attach_ioas(int iommufd)
{
	struct iommu_ioas_alloc ioas = { .size = sizeof(ioas) };

	if (ioctl(iommufd, IOMMU_IOAS_ALLOC, &ioas))
		fail("IOMMU_IOAS_ALLOC");
	struct vfio_device_attach_iommufd_pt attach = { .argsz = sizeof(attach), .pt_id = ioas.out_ioas_id };
	if (ioctl(device, VFIO_DEVICE_ATTACH_IOMMUFD_PT, &attach))
		fail("VFIO_DEVICE_ATTACH_IOMMUFD_PT");
	printf("\"ioas\": %u, \"hwpt\": %u, ", ioas.out_ioas_id, attach.pt_id);
}

static void open_iommufd(const char *sysfs, int attached)
{
	char path[PATH_MAX + 300];
	struct dirent *entry;
	DIR *dir;
	int iommufd;

	snprintf(path, sizeof(path), "%s/vfio-dev", sysfs);
	dir = opendir(path);
	if (!dir)
		fail(path);
	path[0] = 0;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			snprintf(path, sizeof(path), "/dev/vfio/devices/%s", entry->d_name);
	closedir(dir);
	device = open_or_fail(path);
	printf("\"cdev\": \"%s\", ", path);

	iommufd = open_or_fail("/dev/iommu");
	struct vfio_device_bind_iommufd bind = { .argsz = sizeof(bind), .iommufd = iommufd };
	if (ioctl(device, VFIO_DEVICE_BIND_IOMMUFD, &bind))
		fail("VFIO_DEVICE_BIND_IOMMUFD");
	printf("\"devid\": %u, ", bind.out_devid);
	if (attached)
		attach_ioas(iommufd);

	uint8_t data[256] = { 0 };
	struct iommu_hw_info info = {
		.size = sizeof(info), .dev_id = bind.out_devid, .data_len = sizeof(data), .data_uptr = (uintptr_t)data,
	};
	if (ioctl(iommufd, IOMMU_GET_HW_INFO, &info))
		fail("IOMMU_GET_HW_INFO");
	printf("\"hwInfo\": {\"size\": %u, \"flags\": %u, \"dataLen\": %u, \"dataType\": %u, \"maxPasidLog2\": %u, \"capabilities\": \"0x%llx\", ",
	       info.size, info.flags, info.data_len, info.out_data_type, info.out_max_pasid_log2,
	       (unsigned long long)info.out_capabilities);
	print_hex("data", data, info.data_len < sizeof(data) ? info.data_len : sizeof(data));
	printf("}, ");
}

static void open_legacy(const char *sysfs, const char *address)
{
	char path[PATH_MAX], link[PATH_MAX];
	struct vfio_group_status status = { .argsz = sizeof(status) };
	ssize_t length;
	int container, group;

	snprintf(path, sizeof(path), "%s/iommu_group", sysfs);
	length = readlink(path, link, sizeof(link) - 1);
	if (length < 0)
		fail(path);
	link[length] = 0;
	snprintf(path, sizeof(path), "/dev/vfio/%.20s", strrchr(link, '/') + 1);
	container = open_or_fail("/dev/vfio/vfio");
	group = open_or_fail(path);
	printf("\"group\": \"%s\", ", path);
	if (ioctl(group, VFIO_GROUP_GET_STATUS, &status))
		fail("VFIO_GROUP_GET_STATUS");
	printf("\"groupFlags\": %u, ", status.flags);
	if (ioctl(group, VFIO_GROUP_SET_CONTAINER, &container))
		fail("VFIO_GROUP_SET_CONTAINER");
	if (ioctl(container, VFIO_SET_IOMMU, VFIO_TYPE1v2_IOMMU))
		fail("VFIO_SET_IOMMU");
	device = ioctl(group, VFIO_GROUP_GET_DEVICE_FD, address);
	if (device < 0)
		fail("VFIO_GROUP_GET_DEVICE_FD");
}

static void print_device_info(struct vfio_device_info *info)
{
	uint8_t raw[4096] = { 0 };

	info->argsz = sizeof(*info);
	if (ioctl(device, VFIO_DEVICE_GET_INFO, info))
		fail("VFIO_DEVICE_GET_INFO");
	uint32_t need = info->argsz < sizeof(raw) ? info->argsz : sizeof(raw);
	((struct vfio_device_info *)raw)->argsz = need;
	if (ioctl(device, VFIO_DEVICE_GET_INFO, raw))
		fail("VFIO_DEVICE_GET_INFO");
	printf("\"deviceInfo\": {\"flags\": %u, \"numRegions\": %u, \"numIrqs\": %u, ", info->flags, info->num_regions, info->num_irqs);
	print_hex("raw", raw, need);
	printf("}, ");
}

static void print_region(uint32_t index)
{
	uint8_t raw[4096] = { 0 };
	struct vfio_region_info *info = (struct vfio_region_info *)raw;

	info->argsz = sizeof(*info);
	info->index = index;
	if (ioctl(device, VFIO_DEVICE_GET_REGION_INFO, info)) {
		printf("{\"index\": %u, \"error\": \"%s\"}", index, strerrorname_np(errno));
		return;
	}
	if (info->argsz > sizeof(*info) && info->argsz <= sizeof(raw) && ioctl(device, VFIO_DEVICE_GET_REGION_INFO, info))
		fail("VFIO_DEVICE_GET_REGION_INFO");
	printf("{\"index\": %u, \"flags\": %u, \"size\": \"0x%llx\", \"offset\": \"0x%llx\", ", index, info->flags,
	       (unsigned long long)info->size, (unsigned long long)info->offset);
	print_hex("raw", raw, info->argsz <= sizeof(raw) ? info->argsz : sizeof(*info));
	printf("}");
	if (index == VFIO_PCI_CONFIG_REGION_INDEX) {
		config_at = info->offset;
		config_size = info->size;
	}
}

static void print_irq(uint32_t index)
{
	struct vfio_irq_info info = { .argsz = sizeof(info), .index = index };

	if (ioctl(device, VFIO_DEVICE_GET_IRQ_INFO, &info))
		printf("{\"index\": %u, \"error\": \"%s\"}", index, strerrorname_np(errno));
	else
		printf("{\"index\": %u, \"flags\": %u, \"count\": %u}", index, info.flags, info.count);
}

static void print_vfio(void)
{
	struct vfio_device_info info = { 0 };

	print_device_info(&info);
	printf("\"regions\": [");
	for (uint32_t i = 0; i < info.num_regions; i++) {
		printf(i ? ", " : "");
		print_region(i);
	}
	printf("], \"irqs\": [");
	for (uint32_t i = 0; i < info.num_irqs; i++) {
		printf(i ? ", " : "");
		print_irq(i);
	}
	printf("], ");
}

static void print_config(void)
{
	uint8_t bytes[4096];
	ssize_t got = pread(device, bytes, config_size < sizeof(bytes) ? config_size : sizeof(bytes), config_at);

	if (got < 0)
		fail("pread config region");
	print_hex("config", bytes, got);
	got = pread(sysfs_config, bytes, sizeof(bytes), 0);
	printf(", ");
	print_hex("hardware", bytes, got < 0 ? 0 : got);
}

static uint32_t get(int fd, uint64_t at, size_t length)
{
	uint32_t value = 0;

	if (pread(fd, &value, length, at) != (ssize_t)length)
		fail("pread");
	return value;
}

static void print_both(const char *name, uint32_t at, size_t length)
{
	uint32_t vfio = get(device, config_at + at, length);
	uint32_t hardware = get(sysfs_config, at, length);

	printf("\"%s\": [\"%0*x\", \"%0*x\"]", name, (int)length * 2, vfio, (int)length * 2, hardware);
}

static void put(const char *name, uint32_t at, size_t length, uint32_t value)
{
	if (pwrite(device, &value, length, config_at + at) != (ssize_t)length)
		printf("\"%sError\": \"%s\", ", name, strerrorname_np(errno));
	print_both(name, at, length);
}

static void write_and_restore(uint32_t at, size_t length, uint32_t value)
{
	uint32_t before = get(device, config_at + at, length);

	printf("{\"at\": %u, \"length\": %zu, \"value\": %u, ", at, length, value);
	print_both("before", at, length);
	printf(", ");
	put("after", at, length, value);
	printf(", ");
	put("restored", at, length, before);
	printf("}");
}

static void sweep(uint32_t at)
{
	uint32_t before = get(device, config_at + at, 4);

	printf("{\"at\": %u, ", at);
	print_both("before", at, 4);
	printf(", ");
	put("ones", at, 4, 0xffffffff);
	printf(", ");
	put("zeros", at, 4, 0);
	printf(", ");
	put("restored", at, 4, before);
	printf("}");
}

static void set_up_msi(uint32_t count)
{
	int32_t buffer[sizeof(struct vfio_irq_set) / 4 + 32];
	struct vfio_irq_set *set = (struct vfio_irq_set *)buffer;
	int32_t *events = buffer + sizeof(*set) / 4;

	if (count > 32) {
		errno = EINVAL;
		fail("--msi");
	}
	*set = (struct vfio_irq_set){
		.argsz = sizeof(*set) + 4 * count, .flags = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
		.index = VFIO_PCI_MSI_IRQ_INDEX, .count = count,
	};
	for (uint32_t i = 0; i < count; i++)
		events[i] = eventfd(0, EFD_CLOEXEC);
	if (ioctl(device, VFIO_DEVICE_SET_IRQS, set))
		fail("VFIO_DEVICE_SET_IRQS");
	printf("{\"msi\": %u}", count);
}

static void print_writes(char **words)
{
	const char *comma = "";

	printf(", \"writes\": [");
	for (; *words; comma = ", ") {
		if (!strcmp(*words, "--write") && words[1] && words[2] && words[3]) {
			printf("%s", comma);
			write_and_restore(strtoul(words[1], 0, 0), strtoul(words[2], 0, 0), strtoul(words[3], 0, 0));
			words += 4;
		} else if (!strcmp(*words, "--msi") && words[1]) {
			printf("%s", comma);
			set_up_msi(strtoul(words[1], 0, 0));
			words += 2;
		} else if (!strcmp(*words, "--sweep") && words[1] && words[2]) {
			for (uint32_t at = strtoul(words[1], 0, 0); at < strtoul(words[2], 0, 0) && at < config_size; at += 4) {
				printf("%s", comma);
				sweep(at);
				comma = ", ";
			}
			words += 3;
		} else {
			errno = EINVAL;
			fail(*words);
		}
	}
	printf("]");
}

int main(int argc, char **argv)
{
	char sysfs[PATH_MAX - 64], path[PATH_MAX];
	int legacy = argc > 1 && !strcmp(argv[1], "--legacy");
	int bare = argc > 1 && !strcmp(argv[1], "--sysfs");
	int bound = argc > 1 && !strcmp(argv[1], "--bound");
	char **words = argv + 1 + (legacy || bare || bound);

	if (argc < 2 + (legacy || bare || bound)) {
		fprintf(stderr, "usage: probe [--bound | --legacy | --sysfs] ADDRESS [--msi COUNT] [--write AT LEN VALUE]... [--sweep AT END]\n");
		return 2;
	}
	setvbuf(stdout, output, _IOFBF, sizeof(output));
	snprintf(sysfs, sizeof(sysfs), "/sys/bus/pci/devices/%s", *words);
	snprintf(path, sizeof(path), "%s/config", sysfs);
	sysfs_config = open_or_fail(path);
	printf("{\"address\": \"%s\", ", *words);
	if (bare) {
		device = sysfs_config;
		config_size = lseek(sysfs_config, 0, SEEK_END);
	} else {
		if (legacy)
			open_legacy(sysfs, *words);
		else
			open_iommufd(sysfs, !bound);
		print_vfio();
	}
	print_config();
	print_writes(words + 1);
	printf("}\n");
	return 0;
}
