// SPDX-License-Identifier: GPL-2.0
/*
 * kv - store keys in memcached, look them up, and check each value.
 *
 * Stands for memcached-store and memcached-lookup of FlashVM's paper (Saxena and
 * Swift, USENIX ATC 2010): one million keys were stored in bulk, or looked up.
 * It starts memcached itself, as a child on a Unix socket, so that both
 * are one command: there is no network, and nothing stays behind. All memory
 * is the server's; this program keeps no table.
 *
 * A request is answered before the next one is sent; --batch sends some at
 * once. --phase lookup has to store first: 64 at once, untimed. A key is 16
 * digits that follow from its number, and the value follows from the key and
 * its generation, which is how often it was stored (--passes). Orders are
 * some of walk's: in "shuffle" each key comes once, in "random" any, in "zipf"
 * few often, in "sequential" they come as they were stored.
 *
 * The server gets one worker and none of the threads that look after its
 * memory by the clock: nothing is evicted here, and runs repeat. Its hash table
 * has its final size from the begin.
 *
 *	scale		options				memory
 *	default		--keys 40000 --value 1000	48 MB
 *	the paper's	--keys 1000000 --value 1000	1.1 GB
 *
 * Status 1: a value is missing or wrong, or the server has failed.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "pages.h"
#include "patterns.h"
#include "walk-latency.h"
#include "walk-number.h"

#define KEY_BYTES	16
#define REQUEST_BYTES	64	/* at most, without the value */
#define VALUE_MOST	(64 << 10)
#define BATCH_MOST	64	/* memcached answers 20, then it reads again */
#define START_NS	30000000000ull

enum phase {
	STORE = 1,
	LOOKUP = 2,
	BOTH = STORE | LOOKUP
};

struct options {
	const char *server;
	const char *order;
	enum phase phase;
	uint64_t keys;
	uint64_t value;
	uint64_t passes;
	uint64_t lookups;
	uint64_t batch;
	uint64_t seed;
};

/* Also what is to be cleaned up at the end, whatever it was. */
static struct {
	pid_t pid;
	char directory[64];
	struct sockaddr_un address;
	int socket;
} server = { .socket = -1 };

/* What has arrived and was not read yet. */
static struct {
	char bytes[64 << 10];
	size_t begin, end;
} input;

static void stop_server(void)
{
	int status;

	if (server.pid > 0) {
		kill(server.pid, SIGKILL);
		waitpid(server.pid, &status, 0);
	}
	if (server.directory[0]) {
		unlink(server.address.sun_path);
		rmdir(server.directory);
	}
}

static void interrupted(int signal)
{
	stop_server();
	_exit(128 + signal);
}

static void __attribute__((noreturn)) fail(const char *what)
{
	fprintf(stderr, "kv: %s\n", what);
	exit(1);
}

/* The server */

static void __attribute__((noreturn)) become_server(const struct options *options)
{
	uint64_t bytes = options->keys * (options->value + 128);
	char memory[24], extended[80];
	unsigned int power = 12;

	/* Memory is a limit only, and slabs of a size waste some. */
	snprintf(memory, sizeof(memory), "%" PRIu64, 64 + (bytes >> 19));
	while (power < 31 && 1UL << power < options->keys)
		power++;
	snprintf(extended, sizeof(extended),
		 "hashpower=%u,no_lru_crawler,no_lru_maintainer,no_slab_reassign",
		 power);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execl(options->server, options->server, "-U", "0", "-s",
	      server.address.sun_path, "-m", memory, "-M", "-u", "root",
	      "-t", "1", "-o", extended, NULL);
	fprintf(stderr, "kv: %s: %s\n", options->server, strerror(errno));
	_exit(127);
}

static bool server_is_gone(void)
{
	int status;

	if (waitpid(server.pid, &status, WNOHANG) != server.pid)
		return false;
	server.pid = 0;
	return true;
}

static void start_server(const struct options *options)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	const char *tmp = getenv("TMPDIR");
	uint64_t begin = now_ns();

	if (access(options->server, X_OK))
		bad("--server", options->server, strerror(errno));
	snprintf(server.directory, sizeof(server.directory), "%s/kv-XXXXXX",
		 tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	if (!mkdtemp(server.directory)) {
		perror("kv: a directory for the socket");
		exit(2);
	}
	server.address.sun_family = AF_UNIX;
	snprintf(server.address.sun_path, sizeof(server.address.sun_path),
		 "%s/socket", server.directory);
	atexit(stop_server);
	signal(SIGINT, interrupted);
	signal(SIGTERM, interrupted);

	server.pid = fork();
	if (server.pid < 0) {
		perror("kv: fork");
		exit(2);
	}
	if (!server.pid)
		become_server(options);
	server.socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	while (connect(server.socket, (struct sockaddr *)&server.address,
		       sizeof(server.address))) {
		if (server_is_gone())
			fail("the server has not started");
		if (now_ns() - begin > START_NS)
			fail("the server does not answer");
		nanosleep(&pause, NULL);
	}
}

/* What is said to it, and what it says */

static void send_all(const char *bytes, size_t count)
{
	while (count) {
		ssize_t sent = send(server.socket, bytes, count, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			fail("the server is gone");
		bytes += sent;
		count -= sent;
	}
}

static void receive(void)
{
	ssize_t count;

	do {
		count = recv(server.socket, input.bytes, sizeof(input.bytes),
			     0);
	} while (count < 0 && errno == EINTR);
	if (count <= 0)
		fail("the server is gone");
	input.begin = 0;
	input.end = count;
}

static void receive_bytes(char *bytes, size_t count)
{
	while (count) {
		size_t some = input.end - input.begin;

		if (!some) {
			receive();
			continue;
		}
		if (some > count)
			some = count;
		memcpy(bytes, input.bytes + input.begin, some);
		input.begin += some;
		bytes += some;
		count -= some;
	}
}

/* A line without its end. */
static void receive_line(char *line, size_t size)
{
	const char *end = NULL;
	size_t length = 0;

	while (!end) {
		const char *begin = input.bytes + input.begin;
		size_t some = input.end - input.begin;

		if (!some) {
			receive();
			continue;
		}
		end = memchr(begin, '\n', some);
		if (end)
			some = end - begin + 1;
		if (length + some >= size)
			fail("the server says more than it should");
		receive_bytes(line + length, some);
		length += some;
	}
	line[strcspn(line, "\r\n")] = '\0';
}

static void expect(const char *expected, const char *what, uint64_t number)
{
	char line[512];

	receive_line(line, sizeof(line));
	if (!strcmp(line, expected))
		return;
	fprintf(stderr, "kv: %s of key %" PRIu64 ": '%s', expected '%s'\n",
		what, number, line, expected);
	exit(1);
}

/* Keys and values */

static void make_key(char key[KEY_BYTES + 1], uint64_t number, uint64_t seed)
{
	snprintf(key, KEY_BYTES + 1, "%016" PRIx64, mix64(number ^ seed << 40));
}

static void make_value(char *value, size_t size, uint64_t number,
		       uint64_t generation)
{
	uint64_t word = mix64(generation << 40 ^ number);

	for (size_t i = 0; i < size; i += sizeof(word)) {
		size_t left = size - i;

		memcpy(value + i, &word,
		       left < sizeof(word) ? left : sizeof(word));
		word += 0xd1342543de82ef95;
	}
}

/* The phases */

static size_t add_set(char *request, const struct options *options,
		      uint64_t number, uint64_t generation)
{
	char key[KEY_BYTES + 1];
	size_t length;

	make_key(key, number, options->seed);
	length = sprintf(request, "set %s 0 0 %" PRIu64 "\r\n", key,
			 options->value);
	make_value(request + length, options->value, number, generation);
	memcpy(request + length + options->value, "\r\n", 2);
	return length + options->value + 2;
}

/* Nobody takes the time of a store that only prepares for lookups. */
static uint64_t store_batch(const struct options *options)
{
	return options->phase & STORE ? options->batch : BATCH_MOST;
}

static void store(const struct options *options, char *request,
		  uint64_t generation)
{
	uint64_t batch = store_batch(options);

	for (uint64_t first = 0; first < options->keys; first += batch) {
		uint64_t left = options->keys - first;
		uint64_t count = left < batch ? left : batch;
		size_t length = 0;

		for (uint64_t i = 0; i < count; i++)
			length += add_set(request + length, options, first + i,
					  generation);
		send_all(request, length);
		for (uint64_t i = 0; i < count; i++)
			expect("STORED", "store", first + i);
	}
}

/* The keys are asked for in the order in which they are answered. */
static void receive_value(const struct options *options, uint64_t number)
{
	static char found[VALUE_MOST + 2], right[VALUE_MOST];
	char line[80], key[KEY_BYTES + 1];

	make_key(key, number, options->seed);
	snprintf(line, sizeof(line), "VALUE %s 0 %" PRIu64, key,
		 options->value);
	expect(line, "lookup", number);
	receive_bytes(found, options->value + 2);
	make_value(right, options->value, number, options->passes);
	if (!memcmp(found, right, options->value))
		return;
	fprintf(stderr, "kv: lookup of key %" PRIu64 ": the value is wrong\n",
		number);
	exit(1);
}

static void lookup(const struct options *options, struct walker *walker,
		   char *request)
{
	uint64_t numbers[BATCH_MOST];

	for (uint64_t left = options->lookups; left;) {
		uint64_t count = left < options->batch ? left : options->batch;
		size_t length = sprintf(request, "get");

		for (uint64_t i = 0; i < count; i++) {
			numbers[i] = walker_next(walker);
			request[length++] = ' ';
			make_key(request + length, numbers[i], options->seed);
			length += KEY_BYTES;
		}
		memcpy(request + length, "\r\n", 2);
		send_all(request, length + 2);
		for (uint64_t i = 0; i < count; i++)
			receive_value(options, numbers[i]);
		expect("END", "lookup", numbers[count - 1]);
		left -= count;
	}
}

static void read_statistic(const char *line, const char *what, uint64_t *value)
{
	size_t length = strlen(what);

	if (!strncmp(line, what, length))
		*value = strtoull(line + length, NULL, 10);
}

/* All keys are there, and none made place for another. */
static void check_statistics(const struct options *options)
{
	uint64_t items = 0, evictions = UINT64_MAX;
	char line[512];

	send_all("stats\r\n", 7);
	do {
		receive_line(line, sizeof(line));
		read_statistic(line, "STAT curr_items ", &items);
		read_statistic(line, "STAT evictions ", &evictions);
	} while (!strncmp(line, "STAT ", 5));
	if (items == options->keys && !evictions)
		return;
	fprintf(stderr, "kv: %" PRIu64 " keys of %" PRIu64
		" are there, %" PRIu64 " were evicted\n", items, options->keys,
		evictions);
	exit(1);
}

/* The program */

static void usage(FILE *to)
{
	fputs("Usage: kv [OPTION...]\n"
	      "Store keys in memcached, look them up, and check each value.\n\n"
	      "  -k, --keys N        how many (40000)\n"
	      "  -v, --value BYTES   size of a value (1000)\n"
	      "  -n, --passes N      how often each key is stored (1)\n"
	      "  -l, --lookups N     how many (as many as keys)\n"
	      "  -o, --order NAME    of the lookups: random, zipf, sequential, shuffle\n"
	      "                      (random)\n"
	      "  -p, --phase NAME    store, lookup or both (both)\n"
	      "  -b, --batch N       requests that are sent at once, up to 64 (1)\n"
	      "  -r, --seed N        of keys and order (1)\n"
	      "  -s, --server FILE   memcached (/usr/bin/memcached)\n"
	      "  -h, --help          this text\n", to);
}

static enum phase parse_phase(const char *name)
{
	static const char *const names[] = {
		[STORE] = "store", [LOOKUP] = "lookup", [BOTH] = "both"
	};

	for (int phase = STORE; phase <= BOTH; phase++)
		if (!strcmp(name, names[phase]))
			return phase;
	bad("--phase", name, "not store, lookup or both");
}

static const char *parse_order(const char *name)
{
	static const char *const names[] = {
		"random", "zipf", "sequential", "shuffle"
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i]))
			return name;
	bad("--order", name, "not random, zipf, sequential or shuffle");
}

static void parse(struct options *options, int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "keys", required_argument, NULL, 'k' },
		{ "value", required_argument, NULL, 'v' },
		{ "passes", required_argument, NULL, 'n' },
		{ "lookups", required_argument, NULL, 'l' },
		{ "order", required_argument, NULL, 'o' },
		{ "phase", required_argument, NULL, 'p' },
		{ "batch", required_argument, NULL, 'b' },
		{ "seed", required_argument, NULL, 'r' },
		{ "server", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	int c;

	while ((c = getopt_long(argc, argv, "k:v:n:l:o:p:b:r:s:h", longopts,
				NULL)) != -1) {
		switch (c) {
		case 'k':
			options->keys = number("--keys", optarg, 1, 1 << 30);
			break;
		case 'v':
			options->value = number("--value", optarg,
						1, VALUE_MOST);
			break;
		case 'n':
			options->passes = number("--passes", optarg,
						 1, 1 << 20);
			break;
		case 'l':
			options->lookups = number("--lookups", optarg,
						  1, UINT32_MAX);
			break;
		case 'o':
			options->order = parse_order(optarg);
			break;
		case 'p':
			options->phase = parse_phase(optarg);
			break;
		case 'b':
			options->batch = number("--batch", optarg,
						1, BATCH_MOST);
			break;
		case 'r':
			options->seed = number("--seed", optarg, 0, 1 << 20);
			break;
		case 's':
			options->server = optarg;
			break;
		case 'h':
			usage(stdout);
			exit(0);
		default:
			usage(stderr);
			exit(2);
		}
	}
	if (optind < argc)
		bad("argument", argv[optind], "not an option");
	if (!options->lookups)
		options->lookups = options->keys;
}

static void report(const struct options *options, uint64_t store_ns,
		   uint64_t lookup_ns)
{
	uint64_t stores = options->keys * options->passes;

	printf("keys=%" PRIu64 " value=%" PRIu64 " batch=%" PRIu64
	       " seed=%" PRIu64, options->keys, options->value, options->batch,
	       options->seed);
	if (options->phase & STORE)
		printf(" stores=%" PRIu64 " store_ns=%" PRIu64
		       " stores_per_second=%.0f", stores, store_ns,
		       stores * 1e9 / store_ns);
	if (options->phase & LOOKUP)
		printf(" order=%s lookups=%" PRIu64 " lookup_ns=%" PRIu64
		       " lookups_per_second=%.0f", options->order,
		       options->lookups, lookup_ns,
		       options->lookups * 1e9 / lookup_ns);
	putchar('\n');
}

int main(int argc, char **argv)
{
	struct options options = {
		.server = "/usr/bin/memcached",
		.order = "random",
		.phase = BOTH,
		.keys = 40000,
		.value = 1000,
		.passes = 1,
		.batch = 1,
		.seed = 1,
	};
	uint64_t begin, stored, end;
	struct walker walker;
	const char *wrong;
	char *request;

	parse(&options, argc, argv);
	wrong = walker_init(&walker, options.order, options.keys, options.seed);
	if (wrong)
		bad("--order", options.order, wrong);
	request = malloc(BATCH_MOST * (options.value + REQUEST_BYTES));
	if (!request) {
		perror("kv");
		return 2;
	}

	start_server(&options);
	begin = now_ns();
	for (uint64_t pass = 1; pass <= options.passes; pass++)
		store(&options, request, pass);
	stored = now_ns();
	if (options.phase & LOOKUP)
		lookup(&options, &walker, request);
	end = now_ns();
	check_statistics(&options);

	report(&options, stored - begin, end - stored);
	free(request);
	return 0;
}
