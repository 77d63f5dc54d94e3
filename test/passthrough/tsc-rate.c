// Tells how many thousand ticks a second this machine's time stamp counter makes: that of a VM under TCG is the same one.
//
// Exit: 0 and a line with the number.
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define TRIES 50

struct moment {
	uint64_t ticks, ns;
};

// The clock is read between two ticks that are near to each other: whoever runs in between makes them far.
static struct moment now(void)
{
	struct moment best = { 0, 0 };
	uint64_t nearest = UINT64_MAX;

	for (int i = 0; i < TRIES; i++) {
		struct timespec ts;
		uint64_t before = __rdtsc();

		clock_gettime(CLOCK_MONOTONIC_RAW, &ts);
		uint64_t after = __rdtsc();

		if (after - before < nearest) {
			nearest = after - before;
			best = (struct moment){ before + nearest / 2, (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec };
		}
	}
	return best;
}

int main(void)
{
	struct moment first = now();

	usleep(100000);
	struct moment second = now();

	printf("%.0f\n", (double)(second.ticks - first.ticks) * 1e6 / (double)(second.ns - first.ns));
	return 0;
}
