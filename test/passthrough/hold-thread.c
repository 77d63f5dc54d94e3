// Holds one thread of a process still while a command runs.
//
//   hold-thread THREAD COMMAND [WORDS...]
//
// Exit: that of the command, or 1 with a line on standard error. The thread goes on in any case.
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what)
{
	dprintf(2, "hold-thread: %s: %s\n", what, strerror(errno));
	return 1;
}

int main(int argc, char **argv)
{
	pid_t thread = argc > 2 ? atoi(argv[1]) : 0, command;
	int status;

	if (thread <= 0)
		return dprintf(2, "usage: hold-thread THREAD COMMAND [WORDS...]\n"), 2;
	// Without PTRACE_O_EXITKILL: when this process ends, the thread is let go.
	if (ptrace(PTRACE_SEIZE, thread, 0, 0) || ptrace(PTRACE_INTERRUPT, thread, 0, 0) || waitpid(thread, &status, __WALL) < 0)
		return fail(argv[1]);
	command = fork();
	if (command < 0)
		return fail("fork");
	if (command == 0) {
		execvp(argv[2], argv + 2);
		_exit(127);
	}
	if (waitpid(command, &status, 0) < 0)
		return fail(argv[2]);
	ptrace(PTRACE_DETACH, thread, 0, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
