// Loaded before QEMU, it has QEMU loaded and relocated once and its main() called for many command lines, each in a child of its own: under
// TCG that saves a third of each start. Requests come on standard input and answers go to standard output, in the words of agent.c. Whoever
// asks takes the time, and ends this process with its children.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include <fcntl.h>

#define LINE_SIZE 128

typedef int main_function(int argc, char **argv, char **environment);
typedef int start_function(main_function *main, int argc, char **argv, void (*init)(void), void (*fini)(void), void (*rtld_fini)(void), void *end);

static main_function *program_main;

static void fail(const char *what)
{
	fprintf(stderr, "many-lines: %s: %s\n", what, strerror(errno));
	_exit(1);
}

static void *allocate(size_t size)
{
	void *memory = malloc(size + 1);

	if (!memory)
		fail("malloc");
	return memory;
}

static void read_all(FILE *from, char *data, size_t size)
{
	if (fread(data, 1, size, from) != size)
		fail("a request is cut off");
}

static int memory_file(const char *name, const char *data, size_t size)
{
	int file = memfd_create(name, MFD_CLOEXEC);

	if (file < 0 || write(file, data, size) != (ssize_t)size || lseek(file, 0, SEEK_SET))
		fail(name);
	return file;
}

// The descriptors of a child: what it reads, and files that keep what it writes.
struct streams {
	int input, output, error;
};

static int call_main(struct streams streams, char *words, int count, char **environment)
{
	char **arguments = allocate((count + 1) * sizeof(char *));

	for (int i = 0; i < count; i++, words += strlen(words) + 1)
		arguments[i] = words;
	arguments[count] = NULL;
	if (dup2(streams.input, 0) || dup2(streams.output, 1) != 1 || dup2(streams.error, 2) != 2)
		fail("dup2");
	return program_main(count, arguments, environment);
}

static void copy(FILE *to, int from, size_t size)
{
	char *data = allocate(size);

	if (pread(from, data, size, 0) != (ssize_t)size || fwrite(data, 1, size, to) != size)
		fail("copy");
	free(data);
}

static void answer(FILE *to, int id, int status, struct streams streams)
{
	size_t out = lseek(streams.output, 0, SEEK_END), err = lseek(streams.error, 0, SEEK_END);
	int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);

	fprintf(to, "%d %d 0 %zu %zu\n", id, code, out, err);
	copy(to, streams.output, out);
	copy(to, streams.error, err);
	fflush(to);
}

static int many_mains(int argc, char **argv, char **environment)
{
	FILE *requests = fdopen(fcntl(0, F_DUPFD_CLOEXEC, 3), "r"), *answers = fdopen(fcntl(1, F_DUPFD_CLOEXEC, 3), "w");
	char line[LINE_SIZE];

	(void)argc;
	(void)argv;
	if (!requests || !answers)
		fail("fdopen");
	while (fgets(line, sizeof(line), requests)) {
		int id, count, status;
		size_t size, input;
		char *words, *typed;
		struct streams streams;
		pid_t child;

		if (sscanf(line, "%d %d %zu %zu", &id, &count, &size, &input) != 4) {
			errno = EBADMSG;
			fail(line);
		}
		words = allocate(size);
		typed = allocate(input);
		read_all(requests, words, size);
		read_all(requests, typed, input);
		streams = (struct streams){ memory_file("input", typed, input), memory_file("output", "", 0), memory_file("error", "", 0) };
		child = fork();
		if (child < 0)
			fail("fork");
		if (child == 0)
			exit(call_main(streams, words, count, environment));
		if (waitpid(child, &status, 0) != child)
			fail("waitpid");
		answer(answers, id, status, streams);
		close(streams.input);
		close(streams.output);
		close(streams.error);
		free(words);
		free(typed);
	}
	return 0;
}

int __libc_start_main(main_function *main, int argc, char **argv, void (*init)(void), void (*fini)(void), void (*rtld_fini)(void), void *end)
{
	start_function *start = (start_function *)(uintptr_t)dlsym(RTLD_NEXT, "__libc_start_main");

	program_main = main;
	return start(many_mains, argc, argv, init, fini, rtld_fini, end);
}
