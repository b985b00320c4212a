// SPDX-License-Identifier: GPL-2.0
/*
 * warehouse - the transactions of wholesale warehouses, on a collected heap.
 *
 * Stands for the SpecJBB of FlashVM's paper (Saxena and Swift, USENIX ATC 2010).
 * SPEC's program is in Java and is not free; this one has its kind of data, its
 * kind of work and a heap like Java's, and runs a given number of transactions
 * instead of a given time.
 *
 * The data. Each warehouse has a tree of stock and ten districts; a district
 * has a tree of customers and a queue of orders, an order has 5 to 15 lines
 * that point to stock, a customer has its last payments. All of it is small
 * objects that point to one another.
 *
 * The work. 24 transactions are, in random order, 10 new orders, 10 payments,
 * and one each of: order status (the lines of somebody's last order), delivery
 * (the oldest open order of each district), stock level (what is short among
 * the lines of the last 20 orders), customer report (the payments and the last
 * order of a customer). They are those of SPECjbb2000, in about its mix.
 *
 * The heap. Nothing is freed: old orders and payments are let go of, and each
 * warehouse's part of the heap is collected when it is full (heap.c). Three
 * fifths of it are in use then.
 *
 * Threads are left out, for repeatable runs: warehouses take turns, each does
 * --slice transactions, which is what a scheduler makes of threads on one
 * processor. Random numbers belong to a warehouse, so that the results
 * do not depend on --slice.
 *
 *	scale		options				memory
 *	default		--size 48M			48 MB
 *	the paper's	--size 1G --slice 50000		1 GB
 *			--transactions 3000000
 *
 * What is checked, beside each object: what customers paid is what districts
 * and warehouse got; what they bought is what was delivered; stock that was
 * sold is missing; an order costs what its lines cost, and none is lost.
 * Status 1 says that memory was damaged.
 *
 * Copyright (C) 2026 The FlashVM authors
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "heap.h"
#include "pages.h"
#include "walk-latency.h"
#include "walk-number.h"

#define DISTRICTS	10
#define PAYMENTS	8	/* remembered of a customer */
#define LINES_LEAST	5	/* of an order */
#define LINES_MOST	15
#define RECENT		20	/* orders that stock level looks at */
#define STOCK		100	/* least of an item after a sale */
#define SHORT		(STOCK + 15)

enum kind {
	ITEM = 1,
	CUSTOMER,
	PAYMENT,
	ORDER,
	LINE
};

/* What is found by its number: items and customers. */
struct tree {
	struct object object;
	struct tree *left, *right;
	uint64_t number;
};

struct item {
	struct tree tree;
	uint64_t price;		/* cents, as all money */
	uint64_t stock, sold, restocked;
	char name[64];
};

struct payment {
	struct object object;
	struct payment *next;	/* the one before it */
	uint64_t amount;
	uint64_t date;		/* the transaction's number */
};

struct customer {
	struct tree tree;
	struct order *last;	/* or NULL: it is not kept any more */
	struct payment *payments;
	uint64_t paid, bought;	/* in all; bought: delivered */
	char name[96];
};

struct line {
	struct object object;
	struct line *next;
	struct item *item;
	uint64_t number, amount;
	char note[24];
};

struct order {
	struct object object;
	struct order *next;	/* the one after it */
	struct customer *customer;
	struct line *lines;
	uint64_t number, total, delivered;
};

static const size_t sizes[HEAP_KINDS] = {
	[ITEM] = sizeof(struct item),
	[CUSTOMER] = sizeof(struct customer),
	[PAYMENT] = sizeof(struct payment),
	[ORDER] = sizeof(struct order),
	[LINE] = sizeof(struct line),
};

/* Below this all is outside of the heap: roots, and figures to check it by. */

struct district {
	struct tree *customers;
	struct order *oldest, *open, *newest;	/* open: oldest undelivered */
	uint64_t orders, next_number;
	uint64_t paid;
};

struct warehouse {
	struct heap heap;		/* first: mark() finds us by it */
	uint64_t random;
	uint64_t dealt;
	uint8_t deck[24];
	struct tree *items;
	struct district districts[DISTRICTS];
	uint64_t date;
	uint64_t paid, ordered, delivered, sold;
};

/* How large everything is: the same for all warehouses. */
static struct {
	uint64_t warehouses;
	uint64_t transactions;
	uint64_t size;
	uint64_t slice;
	uint64_t seed;
	uint64_t items;			/* of a warehouse */
	uint64_t customers;		/* of a district */
	uint64_t orders;		/* that a district keeps */
} options = {
	.warehouses = 16,
	.transactions = 80000,
	.size = 48 << 20,
	.slice = 2500,
	.seed = 1,
};

/* Collection: all that a warehouse has */

static void mark_order(struct heap *heap, struct order *order)
{
	heap_mark(heap, order, ORDER);
	for (struct line *line = order->lines; line; line = line->next)
		heap_mark(heap, line, LINE);
}

/* Numbers were added in random order: no tree is deep. */
static void mark_tree(struct heap *heap, struct tree *tree, enum kind kind)
{
	for (; tree; tree = tree->right) {
		const struct customer *customer = (struct customer *)tree;
		struct payment *payment;

		heap_mark(heap, tree, kind);
		mark_tree(heap, tree->left, kind);
		if (kind != CUSTOMER)
			continue;
		for (payment = customer->payments; payment;
		     payment = payment->next)
			heap_mark(heap, payment, PAYMENT);
	}
}

static void mark(struct heap *heap)
{
	struct warehouse *warehouse = (struct warehouse *)heap;

	mark_tree(heap, warehouse->items, ITEM);
	for (int i = 0; i < DISTRICTS; i++) {
		const struct district *district = &warehouse->districts[i];
		struct order *order;

		mark_tree(heap, district->customers, CUSTOMER);
		for (order = district->oldest; order; order = order->next)
			mark_order(heap, order);
	}
}

/* Random numbers, and things found by them */

static uint64_t random_below(struct warehouse *warehouse, uint64_t limit)
{
	return mix64(warehouse->random++) % limit;
}

/* TPC-C's way to have some numbers more often than others. */
static uint64_t random_skewed(struct warehouse *warehouse, uint64_t limit)
{
	uint64_t some = random_below(warehouse, limit / 8 + 1);

	return (some | random_below(warehouse, limit)) % limit;
}

static void *find(struct tree *tree, uint64_t number, enum kind kind)
{
	while (tree && tree->number != number) {
		object_glance(tree, kind);
		tree = number < tree->number ? tree->left : tree->right;
	}
	if (!tree)
		damaged("something is missing", NULL);
	object_check(tree, kind);
	return tree;
}

static struct district *any_district(struct warehouse *warehouse)
{
	return &warehouse->districts[random_below(warehouse, DISTRICTS)];
}

static struct item *any_item(struct warehouse *warehouse)
{
	return find(warehouse->items, random_skewed(warehouse, options.items),
		    ITEM);
}

static struct customer *any_customer(struct warehouse *warehouse,
				     const struct district *district)
{
	return find(district->customers,
		    random_skewed(warehouse, options.customers), CUSTOMER);
}

/* Transactions */

/* An item that is low on stock gets more in the same moment. */
static uint64_t sell(struct warehouse *warehouse, struct item *item,
		     uint64_t number)
{
	item->stock -= number;
	item->sold += number;
	if (item->stock < STOCK) {
		item->stock += STOCK;
		item->restocked += STOCK;
	}
	object_seal(item);
	warehouse->sold += number;
	return number * item->price;
}

static void add_line(struct warehouse *warehouse, struct order *order)
{
	struct line *line = heap_alloc(&warehouse->heap, LINE);
	struct item *item = any_item(warehouse);

	line->item = item;
	line->number = 1 + random_below(warehouse, 10);
	line->amount = sell(warehouse, item, line->number);
	memcpy(line->note, item->name, sizeof(line->note));
	line->next = order->lines;
	object_seal(line);
	order->lines = line;
	order->total += line->amount;
	object_seal(order);
}

static void deliver_one(struct warehouse *warehouse, struct district *district)
{
	struct order *order = district->open;

	if (!order)
		return;
	object_check(order, ORDER);
	object_check(order->customer, CUSTOMER);
	order->delivered = 1;
	object_seal(order);
	order->customer->bought += order->total;
	object_seal(order->customer);
	warehouse->delivered += order->total;
	district->open = order->next;
}

/* If the customer still had it, the order would never be free. */
static void forget_oldest(struct warehouse *warehouse,
			  struct district *district)
{
	struct order *order = district->oldest;

	object_check(order, ORDER);
	if (order == district->open)
		deliver_one(warehouse, district);
	district->oldest = order->next;
	district->orders--;
	object_check(order->customer, CUSTOMER);
	if (order->customer->last == order) {
		order->customer->last = NULL;
		object_seal(order->customer);
	}
}

static void append(struct district *district, struct order *order)
{
	if (district->newest) {
		object_check(district->newest, ORDER);
		district->newest->next = order;
		object_seal(district->newest);
	} else {
		district->oldest = order;
	}
	district->newest = order;
	district->orders++;
	if (!district->open)
		district->open = order;
}

static void new_order(struct warehouse *warehouse)
{
	struct district *district = any_district(warehouse);
	struct order *order = heap_alloc(&warehouse->heap, ORDER);
	struct customer *customer = any_customer(warehouse, district);
	uint64_t lines = LINES_LEAST +
		random_below(warehouse, LINES_MOST - LINES_LEAST + 1);

	order->customer = customer;
	order->number = district->next_number++;
	object_seal(order);
	append(district, order);
	customer->last = order;
	object_seal(customer);
	while (lines--)
		add_line(warehouse, order);
	warehouse->ordered += order->total;
	if (district->orders > options.orders)
		forget_oldest(warehouse, district);
}

static void forget_payments(struct customer *customer)
{
	struct payment *payment = customer->payments;

	for (int i = 1; payment; payment = payment->next, i++) {
		object_check(payment, PAYMENT);
		if (i < PAYMENTS || !payment->next)
			continue;
		payment->next = NULL;
		object_seal(payment);
	}
}

static void pay(struct warehouse *warehouse, struct district *district,
		struct customer *customer)
{
	struct payment *payment = heap_alloc(&warehouse->heap, PAYMENT);

	payment->amount = 100 + random_below(warehouse, 499901);
	payment->date = warehouse->date;
	payment->next = customer->payments;
	object_seal(payment);
	customer->payments = payment;
	customer->paid += payment->amount;
	object_seal(customer);
	forget_payments(customer);
	district->paid += payment->amount;
	warehouse->paid += payment->amount;
}

static void payment(struct warehouse *warehouse)
{
	struct district *district = any_district(warehouse);

	pay(warehouse, district, any_customer(warehouse, district));
}

static void check_lines(const struct order *order)
{
	const struct line *line;
	uint64_t total = 0;

	object_check(order, ORDER);
	for (line = order->lines; line; line = line->next) {
		object_check(line, LINE);
		total += line->amount;
	}
	if (total != order->total)
		damaged("an order whose lines cost something else", order);
}

static void order_status(struct warehouse *warehouse)
{
	struct district *district = any_district(warehouse);
	const struct customer *customer = any_customer(warehouse, district);

	if (customer->last)
		check_lines(customer->last);
}

static void delivery(struct warehouse *warehouse)
{
	for (int i = 0; i < DISTRICTS; i++)
		deliver_one(warehouse, &warehouse->districts[i]);
}

/* Numbers of orders follow each other: the last 20 are at the queue's end. */
static void stock_level(struct warehouse *warehouse)
{
	struct district *district = any_district(warehouse);
	const struct order *order;
	const struct line *line;
	uint64_t low = 0;

	for (order = district->oldest; order; order = order->next) {
		object_check(order, ORDER);
		if (order->number + RECENT < district->next_number)
			continue;
		for (line = order->lines; line; line = line->next) {
			object_check(line, LINE);
			object_check(line->item, ITEM);
			low += line->item->stock < SHORT;
		}
	}
	if (low > RECENT * LINES_MOST)
		damaged("more lines than orders can have", district);
}

static void customer_report(struct warehouse *warehouse)
{
	struct district *district = any_district(warehouse);
	const struct customer *customer = any_customer(warehouse, district);
	const struct payment *payment;
	uint64_t paid = 0;

	for (payment = customer->payments; payment; payment = payment->next) {
		object_check(payment, PAYMENT);
		paid += payment->amount;
	}
	if (paid > customer->paid)
		damaged("a customer who paid more than it did", customer);
	if (customer->last)
		check_lines(customer->last);
}

static const struct {
	void (*run)(struct warehouse *warehouse);
	unsigned int cards;
} transactions[] = {
	{ new_order, 10 },
	{ payment, 10 },
	{ order_status, 1 },
	{ delivery, 1 },
	{ stock_level, 1 },
	{ customer_report, 1 },
};

static void shuffle(struct warehouse *warehouse)
{
	size_t cards = 0;

	for (size_t i = 0; i < sizeof(transactions) / sizeof(*transactions);
	     i++)
		for (unsigned int card = 0; card < transactions[i].cards;
		     card++)
			warehouse->deck[cards++] = i;
	for (; cards > 1; cards--) {
		uint64_t other = random_below(warehouse, cards);
		uint8_t card = warehouse->deck[other];

		warehouse->deck[other] = warehouse->deck[cards - 1];
		warehouse->deck[cards - 1] = card;
	}
}

static void transact(struct warehouse *warehouse)
{
	size_t card = warehouse->dealt++ % sizeof(warehouse->deck);

	if (!card)
		shuffle(warehouse);
	warehouse->date++;
	transactions[warehouse->deck[card]].run(warehouse);
}

/* What there is at first */

static void name(char *text, size_t size, const char *what, uint64_t number)
{
	int length = snprintf(text, size, "%s %016" PRIx64, what, mix64(number));

	memset(text + length, '.', size - length);
}

static void plant(struct tree **root, struct tree *tree, enum kind kind)
{
	struct tree *parent = NULL;
	struct tree **place = root;

	while (*place) {
		parent = *place;
		object_glance(parent, kind);
		place = tree->number < parent->number ? &parent->left :
							&parent->right;
	}
	*place = tree;
	if (parent)
		object_seal(parent);
}

/* The numbers from 0 to @count - 1, in random order. */
static uint32_t *shuffled(struct warehouse *warehouse, uint64_t count)
{
	uint32_t *numbers = malloc(count * sizeof(*numbers));

	if (!numbers) {
		perror("warehouse");
		exit(2);
	}
	for (uint64_t i = 0; i < count; i++) {
		uint64_t other = random_below(warehouse, i + 1);

		numbers[i] = numbers[other];
		numbers[other] = i;
	}
	return numbers;
}

static void stock_up(struct warehouse *warehouse)
{
	uint32_t *numbers = shuffled(warehouse, options.items);

	for (uint64_t i = 0; i < options.items; i++) {
		struct item *item = heap_alloc(&warehouse->heap, ITEM);

		item->tree.number = numbers[i];
		item->price = 100 + random_below(warehouse, 9901);
		item->stock = STOCK + random_below(warehouse, STOCK);
		item->restocked = item->stock;
		name(item->name, sizeof(item->name), "item", numbers[i]);
		object_seal(item);
		plant(&warehouse->items, &item->tree, ITEM);
	}
	free(numbers);
}

static void sign_up(struct warehouse *warehouse, struct district *district)
{
	uint32_t *numbers = shuffled(warehouse, options.customers);

	for (uint64_t i = 0; i < options.customers; i++) {
		struct customer *customer = heap_alloc(&warehouse->heap, CUSTOMER);

		customer->tree.number = numbers[i];
		name(customer->name, sizeof(customer->name), "customer",
		     numbers[i]);
		object_seal(customer);
		plant(&district->customers, &customer->tree, CUSTOMER);
		for (int k = 0; k < PAYMENTS; k++)
			pay(warehouse, district, customer);
	}
	free(numbers);
}

/* The heap at its usual size: all that is kept is there. */
static void open_warehouse(struct warehouse *warehouse, uint64_t number,
			   char *memory)
{
	heap_init(&warehouse->heap, memory, options.size / options.warehouses,
		  sizes, mark);
	warehouse->random = mix64(options.seed * 65536 + number);
	stock_up(warehouse);
	for (int i = 0; i < DISTRICTS; i++)
		sign_up(warehouse, &warehouse->districts[i]);
	for (uint64_t i = 0; i < DISTRICTS * options.orders; i++)
		new_order(warehouse);
	for (uint64_t i = 0; i < options.orders * 3 / 4; i++)
		delivery(warehouse);
}

/* What there is at the end */

struct totals {
	uint64_t found;
	uint64_t stock, sold, restocked;
	uint64_t paid, bought;
};

static void add_up(struct tree *tree, enum kind kind, struct totals *totals)
{
	for (; tree; tree = tree->right) {
		const struct item *item = (struct item *)tree;
		const struct customer *customer = (struct customer *)tree;

		object_check(tree, kind);
		add_up(tree->left, kind, totals);
		totals->found++;
		if (kind == ITEM) {
			totals->stock += item->stock;
			totals->sold += item->sold;
			totals->restocked += item->restocked;
		} else {
			totals->paid += customer->paid;
			totals->bought += customer->bought;
		}
	}
}

/* The price of the orders that were not delivered yet. */
static uint64_t check_orders(const struct district *district)
{
	const struct order *order;
	uint64_t open = 0, orders = 0;

	for (order = district->oldest; order; order = order->next) {
		check_lines(order);
		if (order->number != district->next_number -
				     district->orders + orders++)
			damaged("an order with a wrong number", order);
		if (!order->delivered)
			open += order->total;
	}
	if (orders != district->orders)
		damaged("a queue of a wrong length", district);
	return open;
}

static void check_warehouse(const struct warehouse *warehouse)
{
	struct totals totals = { };
	uint64_t open = 0;

	add_up(warehouse->items, ITEM, &totals);
	if (totals.found != options.items)
		damaged("a wrong number of items", warehouse);
	if (totals.sold != warehouse->sold ||
	    totals.stock + totals.sold != totals.restocked)
		damaged("stock that is lost", warehouse);

	for (int i = 0; i < DISTRICTS; i++) {
		const struct district *district = &warehouse->districts[i];
		uint64_t before = totals.paid;

		totals.found = 0;
		add_up(district->customers, CUSTOMER, &totals);
		if (totals.found != options.customers)
			damaged("a wrong number of customers", district);
		if (totals.paid - before != district->paid)
			damaged("money that is lost in a district", district);
		open += check_orders(district);
	}
	if (totals.paid != warehouse->paid)
		damaged("money that is lost", warehouse);
	if (totals.bought != warehouse->delivered ||
	    totals.bought + open != warehouse->ordered)
		damaged("an order that is lost", warehouse);
}

/* The program */

static void usage(FILE *to)
{
	fputs("Usage: warehouse [OPTION...]\n"
	      "The transactions of wholesale warehouses, on a collected heap.\n\n"
	      "  -w, --warehouses N    each with its part of the heap (16)\n"
	      "  -t, --transactions N  of all warehouses together (80000)\n"
	      "  -s, --size BYTES      of the heap, with K, M or G (48M)\n"
	      "  -l, --slice N         transactions in a warehouse's turn (2500)\n"
	      "  -r, --seed N          of the random numbers (1)\n"
	      "  -h, --help            this text\n", to);
}

static void parse(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "warehouses", required_argument, NULL, 'w' },
		{ "transactions", required_argument, NULL, 't' },
		{ "size", required_argument, NULL, 's' },
		{ "memory", required_argument, NULL, 's' },
		{ "slice", required_argument, NULL, 'l' },
		{ "seed", required_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ }
	};
	const char *size = "48M";
	int c;

	while ((c = getopt_long(argc, argv, "w:t:s:l:r:h", longopts,
				NULL)) != -1) {
		switch (c) {
		case 'w':
			options.warehouses = number("--warehouses", optarg,
						    1, 1024);
			break;
		case 't':
			options.transactions =
				number("--transactions", optarg, 0, UINT32_MAX);
			break;
		case 's':
			size = optarg;
			options.size = bytes("--size", size);
			break;
		case 'l':
			options.slice = number("--slice", optarg,
					       1, UINT32_MAX);
			break;
		case 'r':
			options.seed = number("--seed", optarg, 0, UINT32_MAX);
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
	if (options.size / options.warehouses < 512 << 10)
		bad("--size", size, "less than 512 KB for each warehouse");
	if (options.size / options.warehouses > 4UL << 30)
		bad("--size", size, "more than 4 GB for each warehouse");
}

/*
 * Three fifths of the heap are in use when it was just collected, which is
 * what a collector needs: 20 % stock, 15 % customers, 25 % orders.
 */
static void scale(void)
{
	uint64_t heap = options.size / options.warehouses;
	size_t customer = sizeof(struct customer) +
			  PAYMENTS * sizeof(struct payment);
	size_t order = sizeof(struct order) +
		       (LINES_LEAST + LINES_MOST) * sizeof(struct line) / 2;

	options.items = heap * 20 / 100 / sizeof(struct item);
	options.customers = heap * 15 / 100 / DISTRICTS / customer;
	options.orders = heap * 25 / 100 / DISTRICTS / order;
}

static char *map_heap(void)
{
	char *heap = mmap(NULL, options.size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (heap == MAP_FAILED) {
		perror("warehouse: mmap");
		exit(2);
	}
	return heap;
}

static void run(struct warehouse *warehouses)
{
	uint64_t left = options.transactions;

	for (uint64_t turn = 0; left; turn++) {
		struct warehouse *warehouse =
			&warehouses[turn % options.warehouses];
		uint64_t slice = left < options.slice ? left : options.slice;

		for (left -= slice; slice; slice--)
			transact(warehouse);
	}
}

static void report(const struct warehouse *warehouses)
{
	uint64_t collections = 0, marked = 0, swept = 0, paid = 0, sold = 0;

	for (uint64_t i = 0; i < options.warehouses; i++) {
		const struct warehouse *warehouse = &warehouses[i];

		collections += warehouse->heap.collections;
		marked += warehouse->heap.marked;
		swept += warehouse->heap.swept;
		paid += warehouse->paid;
		sold += warehouse->sold;
	}
	printf("warehouses=%" PRIu64 " transactions=%" PRIu64 " size=%" PRIu64
	       " slice=%" PRIu64 " seed=%" PRIu64 " collections=%" PRIu64
	       " marked=%" PRIu64 " swept=%" PRIu64 " paid=%" PRIu64
	       " sold=%" PRIu64, options.warehouses, options.transactions,
	       options.size, options.slice, options.seed, collections, marked,
	       swept, paid, sold);
}

int main(int argc, char **argv)
{
	uint64_t begin, opened, done, end, part;
	struct warehouse *warehouses;
	char *memory;

	parse(argc, argv);
	scale();
	warehouses = calloc(options.warehouses, sizeof(*warehouses));
	if (!warehouses) {
		perror("warehouse");
		return 2;
	}
	memory = map_heap();
	part = options.size / options.warehouses / SLAB_BYTES * SLAB_BYTES;

	begin = now_ns();
	for (uint64_t i = 0; i < options.warehouses; i++)
		open_warehouse(&warehouses[i], i, memory + i * part);
	opened = now_ns();
	run(warehouses);
	done = now_ns();
	for (uint64_t i = 0; i < options.warehouses; i++)
		check_warehouse(&warehouses[i]);
	end = now_ns();

	report(warehouses);
	printf(" open_ns=%" PRIu64 " run_ns=%" PRIu64 " check_ns=%" PRIu64
	       " per_second=%.0f\n", opened - begin, done - opened, end - done,
	       options.transactions * 1e9 / (done - opened));
	for (uint64_t i = 0; i < options.warehouses; i++)
		heap_exit(&warehouses[i].heap);
	free(warehouses);
	munmap(memory, options.size);
	return 0;
}
