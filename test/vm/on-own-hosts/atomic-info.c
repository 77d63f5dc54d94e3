/*
 * Preloaded into QEMU in the host VM: VFIO_DEVICE_GET_INFO also reports completion of AtomicOps, as the kernel does for a device
 * whose path to the root completes them, which no emulated root port does. AIRLOCK_ATOMIC_COMP holds the flags.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/vfio.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

typedef int (*ioctl_function)(int, unsigned long, ...);

int ioctl(int fd, unsigned long request, ...)
{
    static ioctl_function next;
    if (next == NULL) next = (ioctl_function)dlsym(RTLD_NEXT, "ioctl");
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    const char *flags = getenv("AIRLOCK_ATOMIC_COMP");
    struct vfio_device_info *info = argument;
    const unsigned int room = request == VFIO_DEVICE_GET_INFO ? info->argsz : 0;
    const int result = next(fd, request, argument);
    if (request != VFIO_DEVICE_GET_INFO || result != 0 || flags == NULL) return result;
    struct vfio_device_info_cap_pci_atomic_comp capability = {
        .header = { .id = VFIO_DEVICE_INFO_CAP_PCI_ATOMIC_COMP, .version = 1 },
        .flags = (unsigned int)strtoul(flags, NULL, 0),
    };
    info->flags |= VFIO_DEVICE_FLAGS_CAPS;
    if (room < sizeof(*info) + sizeof(capability)) {
        info->argsz = sizeof(*info) + sizeof(capability);
        return result;
    }
    memcpy((char *)info + sizeof(*info), &capability, sizeof(capability));
    info->cap_offset = sizeof(*info);
    return result;
}
