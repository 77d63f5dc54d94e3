// Makes every processor leave its guest at once after KVM has put an interrupt into it. Arms that, and goes on in the background.
//
// TCG's VMRUN leaves the vector of an injected interrupt noted as an exception; where the processor is kicked before the guest leaves for
// another reason, that is delivered a second time, whatever the guest's flags say, and the guest stands still on a lock of its own. An
// interrupt of the host that is pending at VMRUN ends the guest's run before it has done anything, which takes the note away. A sample of
// perf is such an interrupt: it is taken where KVM enters a guest, interrupts being off.
//
// Exit: 0 once it is armed, or 1 with a line on standard error.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EVENT "/sys/kernel/debug/tracing/events/kvm/kvm_entry/id"
// Bit 31: an event is injected. Bits 10:8: its type, 0 for an interrupt.
#define FILTER "intr_info & 2147483648"

static _Noreturn void fail(const char *what)
{
	dprintf(2, "exit-after-interrupt: %s: %s\n", what, strerror(errno));
	exit(1);
}

static long event_id(void)
{
	char text[32] = "";
	int fd = open(EVENT, O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 1)
		fail(EVENT);
	close(fd);
	return atol(text);
}

static void arm(long id, int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_TRACEPOINT, .size = sizeof(attr), .config = id, .sample_period = 1, .wakeup_events = 1, .disabled = 1,
	};
	int fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	if (fd < 0)
		fail("perf_event_open");
	// A sample wakes a reader, by an interrupt, only where it has a place; without PROT_WRITE old ones are overwritten.
	if (mmap(NULL, 2 * getpagesize(), PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED)
		fail("mmap");
	if (ioctl(fd, PERF_EVENT_IOC_SET_FILTER, FILTER))
		fail(FILTER);
	if (ioctl(fd, PERF_EVENT_IOC_ENABLE, 0))
		fail("PERF_EVENT_IOC_ENABLE");
}

int main(void)
{
	long id = event_id(), count = sysconf(_SC_NPROCESSORS_ONLN);

	// Mappings are not for a child: it arms, and tells by its own end or by this byte.
	int told[2];
	char byte = 1;

	if (pipe(told))
		fail("pipe");
	switch (fork()) {
	case -1:
		fail("fork");
	case 0:
		for (int cpu = 0; cpu < count; cpu++)
			arm(id, cpu);
		if (write(told[1], &byte, 1) != 1)
			fail("write");
		setsid();
		for (int fd = 0; fd < 3; fd++)
			close(fd);
		close(told[1]);
		for (;;)
			pause();
	default:
		close(told[1]);
		return read(told[0], &byte, 1) != 1;
	}
}
