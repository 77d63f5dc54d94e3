// Runs in the host VM: takes commands from the virtio console, runs them beside each other, and sends back what each wrote and its exit
// code. In C, since Node takes seconds to start under TCG. protocol.ts has the other end.
//
// Request: "ID COUNT SIZE INPUT\n", COUNT arguments of SIZE bytes in all, each ending in a zero byte, and INPUT bytes of standard input. With
// a COUNT of 0 it kills the command of that ID with its children: whoever waits takes the time, the VM's own clock is another one.
// Answer: "ID CODE LATE OUT ERR\n", OUT bytes of standard output, ERR bytes of standard error. CODE is 128 + signal for a command that a
// signal ended, 127 for one that cannot be started. LATE is 1 for one that was killed by a request. The first answer has ID 0 and is
// not asked for: its output is the kernel's release.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#define PORTS "/sys/class/virtio-ports"
#define PORT_NAME "airlock.agent\n"
#define LINE_SIZE 128
#define STEP 65536
#define MOST_COMMANDS 64
// Descriptors of a command, in `pipes` and in poll()'s list: its standard input, output and error.
#define STREAMS 3

struct bytes {
	char *data;
	size_t length;
};

struct command {
	int id; // 0: the place is free
	pid_t pid;
	int exited, status, late;
	int pipes[STREAMS]; // -1: closed
	struct bytes input, outputs[STREAMS];
	size_t written;
};

static struct command commands[MOST_COMMANDS];
static int port;

static void fail(const char *what)
{
	fprintf(stderr, "airlock-agent: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void open_port(void)
{
	char path[512], name[64];
	DIR *ports = opendir(PORTS);
	struct dirent *entry;

	while (ports && (entry = readdir(ports))) {
		FILE *file;

		// Without udev the ports have no names below /dev.
		snprintf(path, sizeof(path), PORTS "/%s/name", entry->d_name);
		file = fopen(path, "re");
		if (!file)
			continue;
		if (!fgets(name, sizeof(name), file))
			name[0] = 0;
		fclose(file);
		if (strcmp(name, PORT_NAME))
			continue;
		snprintf(path, sizeof(path), "/dev/%s", entry->d_name);
		port = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		if (port < 0)
			fail(path);
		closedir(ports);
		return;
	}
	errno = ENODEV;
	fail("no virtio port has the agent's name");
}

static void send_all(const char *data, size_t length)
{
	while (length > 0) {
		ssize_t count = write(port, data, length < STEP ? length : STEP);
		struct pollfd poll_port = { .fd = port, .events = POLLOUT };

		if (count < 0 && errno != EAGAIN && errno != EINTR)
			fail("write to the port");
		if (count < 0) {
			poll(&poll_port, 1, -1);
			continue;
		}
		data += count;
		length -= count;
	}
}

static void answer(int id, int code, int late, const struct bytes *out, const struct bytes *err)
{
	char line[LINE_SIZE];

	send_all(line, snprintf(line, sizeof(line), "%d %d %d %zu %zu\n", id, code, late, out->length, err->length));
	send_all(out->data, out->length);
	send_all(err->data, err->length);
}

static char *grow(struct bytes *bytes, size_t more)
{
	bytes->data = realloc(bytes->data, bytes->length + more);
	if (!bytes->data)
		fail("realloc");
	return bytes->data + bytes->length;
}

static void close_stream(struct command *command, int stream)
{
	if (command->pipes[stream] >= 0)
		close(command->pipes[stream]);
	command->pipes[stream] = -1;
}

// In the child: standard streams, a session of its own so that a timeout ends its children too, and the signals' defaults.
static void execute(int inner[STREAMS], char **arguments)
{
	sigset_t none;

	setsid();
	for (int stream = 0; stream < STREAMS; stream++)
		dup2(inner[stream], stream);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execvp(arguments[0], arguments);
	dprintf(2, "%s: %s\n", arguments[0], strerror(errno));
	_exit(127);
}

static void start(struct command *command, char *words, int count)
{
	int inner[STREAMS], pair[2];
	char **arguments = calloc(count + 1, sizeof(char *));

	for (int i = 0; arguments && i < count; i++, words += strlen(words) + 1)
		arguments[i] = words;
	for (int stream = 0; stream < STREAMS; stream++) {
		if (pipe2(pair, O_CLOEXEC))
			fail("pipe2");
		inner[stream] = pair[stream == 0 ? 0 : 1];
		command->pipes[stream] = pair[stream == 0 ? 1 : 0];
		fcntl(command->pipes[stream], F_SETFL, O_NONBLOCK);
	}
	command->pid = fork();
	if (!arguments || command->pid < 0)
		fail("fork");
	if (command->pid == 0)
		execute(inner, arguments);
	for (int stream = 0; stream < STREAMS; stream++)
		close(inner[stream]);
	free(arguments);
}

// One that has ended has been answered for; the request to end it came too late.
static void end_command(int id)
{
	for (struct command *command = commands; command < commands + MOST_COMMANDS; command++)
		if (command->id == id && !command->late) {
			command->late = 1;
			kill(-command->pid, SIGKILL);
			// A child that left the session may hold the pipes open.
			for (int stream = 0; stream < STREAMS; stream++)
				close_stream(command, stream);
		}
}

static void add(int id, char *arguments, int count, const char *input, size_t size)
{
	struct command *command = commands;

	while (command->id && command < commands + MOST_COMMANDS)
		command++;
	if (command == commands + MOST_COMMANDS) {
		errno = EBUSY;
		fail("too many commands at once");
	}
	memset(command, 0, sizeof(*command));
	command->id = id;
	memcpy(grow(&command->input, size + 1), input, size);
	command->input.length = size;
	start(command, arguments, count);
}

// Takes the first request from what has come; 0 where it is not whole.
static int take_request(struct bytes *incoming)
{
	int id, count;
	size_t size, input, head;
	char *line = memchr(incoming->data, '\n', incoming->length);

	if (!line)
		return 0;
	head = line + 1 - incoming->data;
	*line = 0;
	if (sscanf(incoming->data, "%d %d %zu %zu", &id, &count, &size, &input) != 4) {
		errno = EBADMSG;
		fail(incoming->data);
	}
	*line = '\n';
	if (incoming->length < head + size + input)
		return 0;
	if (count == 0)
		end_command(id);
	else
		add(id, incoming->data + head, count, incoming->data + head + size, input);
	incoming->length -= head + size + input;
	memmove(incoming->data, incoming->data + head + size + input, incoming->length);
	return 1;
}

static void read_port(struct bytes *incoming)
{
	ssize_t count = read(port, grow(incoming, STEP), STEP);

	if (count == 0)
		exit(0);
	if (count < 0 && errno != EAGAIN)
		fail("read from the port");
	if (count > 0)
		incoming->length += count;
	while (take_request(incoming))
		;
}

static void write_input(struct command *command)
{
	ssize_t count = 0;

	if (command->written < command->input.length)
		count = write(command->pipes[0], command->input.data + command->written, command->input.length - command->written);
	if (count > 0)
		command->written += count;
	// A command that never reads its input is no error.
	if ((count < 0 && errno != EAGAIN) || command->written == command->input.length)
		close_stream(command, 0);
}

static void read_output(struct command *command, int stream)
{
	struct bytes *output = &command->outputs[stream];
	ssize_t count = read(command->pipes[stream], grow(output, STEP), STEP);

	if (count > 0)
		output->length += count;
	else if (count == 0 || errno != EAGAIN)
		close_stream(command, stream);
}

static void note_exits(int signals)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(signals, &info, sizeof(info)) > 0)
		;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (struct command *command = commands; command < commands + MOST_COMMANDS; command++)
			if (command->id && command->pid == pid) {
				command->exited = 1;
				command->status = status;
			}
}

// Answers for a command that has ended and whose streams are closed.
static void settle(struct command *command)
{
	int status = command->status;

	if (!command->exited || command->pipes[1] >= 0 || command->pipes[2] >= 0)
		return;
	close_stream(command, 0);
	answer(command->id, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status), command->late, &command->outputs[1],
	       &command->outputs[2]);
	free(command->input.data);
	free(command->outputs[1].data);
	free(command->outputs[2].data);
	command->id = 0;
}

static void serve(int signals)
{
	struct pollfd polls[2 + MOST_COMMANDS * STREAMS];
	struct bytes incoming = { 0 };

	for (;;) {
		polls[0] = (struct pollfd){ .fd = port, .events = POLLIN };
		polls[1] = (struct pollfd){ .fd = signals, .events = POLLIN };
		for (int i = 0; i < MOST_COMMANDS * STREAMS; i++) {
			struct command *command = &commands[i / STREAMS];

			polls[2 + i] = (struct pollfd){ .fd = command->id ? command->pipes[i % STREAMS] : -1, .events = i % STREAMS ? POLLIN : POLLOUT };
		}
		if (poll(polls, 2 + MOST_COMMANDS * STREAMS, -1) < 0 && errno != EINTR)
			fail("poll");
		if (polls[1].revents)
			note_exits(signals);
		for (int i = 0; i < MOST_COMMANDS * STREAMS; i++)
			if (polls[2 + i].fd >= 0 && polls[2 + i].revents) {
				if (i % STREAMS)
					read_output(&commands[i / STREAMS], i % STREAMS);
				else
					write_input(&commands[i / STREAMS]);
			}
		// Before the next poll: a command that is ended here may have nothing more to say.
		if (polls[0].revents)
			read_port(&incoming);
		for (struct command *command = commands; command < commands + MOST_COMMANDS; command++)
			if (command->id)
				settle(command);
	}
}

int main(void)
{
	struct bytes release, nothing = { 0 };
	struct utsname names;
	sigset_t child;
	int signals;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	signals = signalfd(-1, &child, SFD_NONBLOCK | SFD_CLOEXEC);
	if (signals < 0)
		fail("signalfd");
	open_port();
	uname(&names);
	release = (struct bytes){ names.release, strlen(names.release) };
	answer(0, 0, 0, &release, &nothing);
	serve(signals);
}
