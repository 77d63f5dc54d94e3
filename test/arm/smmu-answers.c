// Loaded before QEMU's libraries: changes what the kernel answers about SMMUv3s (IOMMU_GET_HW_INFO), so that QEMU can be asked what it does
// on hosts that this bed is not. All else is the kernel's.
//
//   AIRLOCK_SMMU_ANSWERS="DEVICE REGISTER CLEAR SET, ..."
//
// DEVICE counts from 0, in the order in which they are first asked about. REGISTER is idr0 to idr5, or caps, the capabilities of the answer.
// CLEAR and SET are bits in hexadecimal.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/iommufd.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#define MOST_DEVICES 16

static unsigned int known[MOST_DEVICES];
static int count;

static int order_of(unsigned int device)
{
	for (int i = 0; i < count; i++)
		if (known[i] == device)
			return i;
	if (count < MOST_DEVICES)
		known[count++] = device;
	return count - 1;
}

static void change(struct iommu_hw_info *info, const char *name, uint32_t clear, uint32_t set)
{
	struct iommu_hw_info_arm_smmuv3 *smmu = (void *)(uintptr_t)info->data_uptr;

	if (!strcmp(name, "caps")) {
		info->out_capabilities = (info->out_capabilities & ~(uint64_t)clear) | set;
		return;
	}
	if (info->out_data_type != IOMMU_HW_INFO_TYPE_ARM_SMMUV3 || info->data_len < sizeof(*smmu))
		return;
	uint32_t *idr = &smmu->idr[name[3] - '0'];

	*idr = (*idr & ~clear) | set;
}

int ioctl(int fd, unsigned long request, ...)
{
	static int (*next)(int, unsigned long, void *);
	const char *answers = getenv("AIRLOCK_SMMU_ANSWERS");
	char name[8];
	va_list words;
	int device, length, result;
	uint32_t clear, set;

	va_start(words, request);
	void *argument = va_arg(words, void *);
	va_end(words);
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "ioctl");
	result = next(fd, request, argument);
	if (request != IOMMU_GET_HW_INFO || result)
		return result;

	int order = order_of(((struct iommu_hw_info *)argument)->dev_id);

	while (answers && sscanf(answers, "%d %7[a-z0-9] %x %x%n", &device, name, &clear, &set, &length) == 4) {
		if (device == order)
			change(argument, name, clear, set);
		answers += length + (answers[length] == ',');
	}
	return result;
}
