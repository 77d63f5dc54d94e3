// Both ends of the wire into a guest inside the host VM, and what the host VM does with that guest's QEMU.
//
//   inner-agent serve PORT              in the guest: runs each script that comes from the virtio port
//   inner-agent ask SOCKET PIDFILE      in the host VM: sends the script of standard input, prints the answer; SIGUSR1, from when its
//                                       process number is in PIDFILE, ends the script
//   inner-agent qmp SOCKET [WORDS...]   in the host VM: executes the QMP command of standard input, prints the answer's line, then waits
//                                       for the event whose line holds all WORDS, and prints it
//
// Request: "LENGTH\n" and LENGTH bytes of sh. A further byte while it runs ends it with its children: whoever waits takes the time.
// Nothing else does: the port hangs up and is there again while nobody says a word.
// Answer: "CODE LATE OUT ERR\n", OUT bytes of standard output, ERR bytes of standard error: all that was written before the end. CODE is
// 128 + signal for one that a signal ended, LATE is 1 for one that a byte ended.
// Exit: 0, or 1 with a line on standard error where the other end is gone.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_SIZE 128
#define STEP 65536
// How often the agent looks whether somebody has connected, and how often a client tries a socket that is not there yet.
#define RETRY_MS 20

struct bytes {
	char *data;
	size_t length;
};

static void fail(const char *what)
{
	dprintf(2, "inner-agent: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void gone(void)
{
	dprintf(2, "inner-agent: the guest's QEMU closed the connection\n");
	exit(1);
}

static void write_all(int fd, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t count = write(fd, data, length);

		if (count < 0)
			fail("write");
		data += count;
		length -= count;
	}
}

// Reads once; 0 at the end of the file, and where a descriptor that does not block has nothing.
static size_t append(int fd, struct bytes *bytes)
{
	ssize_t count;

	bytes->data = realloc(bytes->data, bytes->length + STEP + 1);
	if (!bytes->data)
		fail("realloc");
	count = read(fd, bytes->data + bytes->length, STEP);
	if (count < 0 && errno == EAGAIN)
		count = 0;
	if (count < 0)
		fail("read");
	bytes->length += count;
	bytes->data[bytes->length] = 0;
	return count;
}

static void read_all(int fd, struct bytes *bytes)
{
	while (append(fd, bytes))
		;
}

static pid_t start(const char *script, int pipes[2][2])
{
	pid_t pid;

	if (pipe2(pipes[0], O_CLOEXEC) || pipe2(pipes[1], O_CLOEXEC))
		fail("pipe2");
	pid = fork();
	if (pid < 0)
		fail("fork");
	if (pid == 0) {
		int none = open("/dev/null", O_RDONLY);

		// A process group of its own, so that its children end with it.
		setsid();
		dup2(none, 0);
		dup2(pipes[0][1], 1);
		dup2(pipes[1][1], 2);
		execl("/bin/sh", "sh", "-c", script, NULL);
		_exit(127);
	}
	close(pipes[0][1]);
	close(pipes[1][1]);
	return pid;
}

static void set_blocking(int fd, int is_blocking)
{
	if (fcntl(fd, F_SETFL, is_blocking ? 0 : O_NONBLOCK))
		fail("fcntl");
}

// Whether a byte has come from the port. One that nobody has connected to, as far as this end knows, polls as if it could be read.
static int has_come(int port)
{
	char byte;
	ssize_t count;

	set_blocking(port, 0);
	count = read(port, &byte, 1);
	set_blocking(port, 1);
	if (count < 0 && errno != EAGAIN)
		fail("read the port");
	return count > 0;
}

// Collects until both pipes are closed; 0 where a byte came from the port before.
static int collect(int port, int pipes[2][2], struct bytes outputs[2])
{
	struct pollfd polls[] = {
		{ .fd = pipes[0][0], .events = POLLIN }, { .fd = pipes[1][0], .events = POLLIN }, { .fd = port, .events = POLLIN },
	};

	while (polls[0].fd >= 0 || polls[1].fd >= 0) {
		// Of a port that hangs up nothing is waited for: that it is connected to may be told later than what was sent through it.
		int is_away = polls[2].revents != 0;

		polls[2].fd = is_away ? -1 : port;
		if (poll(polls, 3, is_away ? RETRY_MS : -1) < 0)
			fail("poll");
		if (polls[2].revents && has_come(port))
			return 0;
		for (int i = 0; i < 2; i++)
			if (polls[i].revents && !append(polls[i].fd, &outputs[i]))
				polls[i].fd = -1;
	}
	return 1;
}

static void run(int port, const char *script)
{
	struct bytes outputs[2] = { { 0 } };
	char line[LINE_SIZE];
	int pipes[2][2], status = 0;
	pid_t pid = start(script, pipes);
	int late = !collect(port, pipes, outputs);

	if (late)
		kill(-pid, SIGKILL);
	waitpid(pid, &status, 0);
	for (int i = 0; i < 2; i++) {
		// What was written before the end is there; a child that has left the group may keep the pipe open.
		set_blocking(pipes[i][0], 0);
		read_all(pipes[i][0], &outputs[i]);
		close(pipes[i][0]);
	}
	write_all(port, line,
		  snprintf(line, sizeof(line), "%d %d %zu %zu\n", WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), late,
			   outputs[0].length, outputs[1].length));
	for (int i = 0; i < 2; i++) {
		write_all(port, outputs[i].data, outputs[i].length);
		free(outputs[i].data);
	}
	// As the first process it inherits every orphan.
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

// The port reads as ended while nobody has connected.
static void read_port(int port, char *data, size_t length)
{
	while (length > 0) {
		ssize_t count = read(port, data, length);

		if (count < 0)
			fail("read the port");
		if (count == 0)
			usleep(RETRY_MS * 1000);
		data += count;
		length -= count;
	}
}

static void serve(const char *path)
{
	int port = open(path, O_RDWR | O_CLOEXEC);

	if (port < 0)
		fail(path);
	for (;;) {
		char line[LINE_SIZE] = "", *script;
		size_t length = 0;

		while (length == 0 || line[length - 1] != '\n') {
			if (length == sizeof(line) - 1)
				length = 0;
			read_port(port, line + length++, 1);
		}
		// A byte that was to end a script may come after its end.
		if (sscanf(line, "%zu", &length) != 1)
			continue;
		script = calloc(1, length + 1);
		if (!script)
			fail("calloc");
		read_port(port, script, length);
		run(port, script);
		free(script);
	}
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		fail(path);
	return fd;
}

static volatile sig_atomic_t is_late;

static void be_late(int signal)
{
	is_late = signal;
}

// The file is there with all of its content or not at all.
static void tell_process(const char *path)
{
	char made[PATH_MAX], line[LINE_SIZE];
	int fd;

	snprintf(made, sizeof(made), "%s.new", path);
	fd = open(made, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		fail(made);
	write_all(fd, line, snprintf(line, sizeof(line), "%d\n", getpid()));
	close(fd);
	if (rename(made, path))
		fail(path);
}

static void ask(const char *path, const char *pid_path)
{
	struct bytes request = { 0 }, answer = { 0 };
	int fd, header = 0, is_told = 0;
	sigset_t blocked, none;
	size_t out = 0, err = 0;
	char line[LINE_SIZE];

	// It comes while nothing but ppoll waits.
	sigemptyset(&none);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGUSR1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	signal(SIGUSR1, be_late);
	tell_process(pid_path);
	fd = connect_to(path);
	read_all(0, &request);
	write_all(fd, line, snprintf(line, sizeof(line), "%zu\n", request.length));
	write_all(fd, request.data, request.length);
	while (header == 0 || answer.length < header + out + err) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };

		if (ppoll(&wait, 1, NULL, &none) < 0) {
			if (errno != EINTR)
				fail("ppoll");
			if (is_late && !is_told++)
				write_all(fd, "\n", 1);
			continue;
		}
		if (!append(fd, &answer))
			gone();
		if (header == 0 && memchr(answer.data, '\n', answer.length))
			sscanf(answer.data, "%*d %*d %zu %zu%*1[\n]%n", &out, &err, &header);
	}
	write_all(1, answer.data, answer.length);
}

static int holds_all(const char *line, char **words)
{
	while (*words)
		if (!strstr(line, *words++))
			return 0;
	return 1;
}

static void qmp(const char *path, char **words)
{
	static const char hello[] = "{\"execute\": \"qmp_capabilities\"}\n";
	FILE *stream = fdopen(connect_to(path), "r+");
	int answers = 0, is_waiting = *words != NULL;
	struct bytes command = { 0 };
	char *line = NULL;
	size_t size = 0;

	read_all(0, &command);
	if (!stream)
		fail(path);
	write_all(fileno(stream), hello, strlen(hello));
	// The answer to qmp_capabilities comes first. An event may come before the answer of what caused it.
	while (answers < 2 || is_waiting) {
		if (getline(&line, &size, stream) < 0)
			gone();
		int is_answer = strstr(line, "{\"return\"") == line || strstr(line, "{\"error\"") == line;

		if (is_answer && answers++ == 0)
			write_all(fileno(stream), command.data, command.length);
		else if (is_answer || (is_waiting && holds_all(line, words)))
			write_all(1, line, strlen(line));
		// A command that is refused causes no event.
		if (is_answer && strstr(line, "{\"error\"") == line)
			break;
		if (!is_answer && holds_all(line, words))
			is_waiting = 0;
	}
}

int main(int argc, char **argv)
{
	const char *name = argc > 2 ? argv[1] : "";

	if (!strcmp(name, "serve"))
		serve(argv[2]);
	else if (!strcmp(name, "ask") && argc == 4)
		ask(argv[2], argv[3]);
	else if (!strcmp(name, "qmp"))
		qmp(argv[2], argv + 3);
	else
		return dprintf(2, "usage: inner-agent serve PORT | ask SOCKET PIDFILE | qmp SOCKET [WORDS...]\n"), 2;
	return 0;
}
