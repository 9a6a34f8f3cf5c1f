// SPDX-License-Identifier: GPL-2.0-only
/*
 * host_cache - the descriptors behind nodes: one cache, bounded for the process
 *
 * Theory of operation
 *
 * A node's `slot` is one atomic word, descriptor + 1 in the high half and the
 * number of pins in the low half, so that pinning a cached descriptor is a
 * compare-and-swap without a lock (a lookup in RCU-walk does no more). Nodes
 * with a descriptor are on a ring. When there are too many, a hand goes round:
 * a pinned node is passed over, a node used since the last round has one more
 * chance, any other loses its descriptor, by a compare-and-swap that succeeds
 * only without pins. (CLOCK: as good as LRU here, and a hit writes one byte.)
 *
 * The limit is kept unless more descriptors than that are pinned at the same
 * time, which takes as many threads inside the host half.
 */
#include "host_user.h"

#define SLOT_PIN	1ull
#define SLOT_FD(slot)	((int)((slot) >> 32) - 1)
#define SLOT_PINS(slot)	((uint32_t)(slot))

#define HOST_RELIEVE	64	/* closed at once when descriptors run out */

pthread_mutex_t host_lock = PTHREAD_MUTEX_INITIALIZER;

static struct host_node *hand;		/* any node of the ring, or NULL */
static uint32_t cached;			/* nodes on the ring */
static uint32_t limit = 256;

static inline uint64_t slot_make(int fd, uint32_t pins)
{
	return ((uint64_t)(fd + 1) << 32) | pins;
}

static void count_cached(int change)
{
	cached += change;
	atomic_store_explicit(&host_tallies[HOST_COUNT_DESCRIPTORS].count,
			      cached, memory_order_relaxed);
}

/* Behind the hand: the last to be asked. */
static void ring_add(struct host_node *node)
{
	if (!hand) {
		node->ring_next = node->ring_prev = node;
		hand = node;
	} else {
		node->ring_next = hand;
		node->ring_prev = hand->ring_prev;
		hand->ring_prev->ring_next = node;
		hand->ring_prev = node;
	}
	count_cached(1);
}

static void ring_remove(struct host_node *node)
{
	if (hand == node)
		hand = node->ring_next == node ? NULL : node->ring_next;
	node->ring_prev->ring_next = node->ring_next;
	node->ring_next->ring_prev = node->ring_prev;
	node->ring_next = node->ring_prev = NULL;
	count_cached(-1);
}

/*
 * Take one descriptor off the ring, under host_lock.
 * @spare_used: give nodes that were used since the last round another one.
 * Return: the descriptor, -1 when all are pinned.
 */
static int ring_evict(bool spare_used)
{
	/* Two rounds: the first may only take the chances away. */
	for (uint64_t left = 2ull * cached; left; left--) {
		struct host_node *node = hand;
		uint64_t slot = atomic_load(&node->slot);

		hand = node->ring_next;
		if (SLOT_PINS(slot))
			continue;
		if (atomic_exchange(&node->used, 0) && spare_used)
			continue;
		if (!atomic_compare_exchange_strong(&node->slot, &slot, 0))
			continue;
		ring_remove(node);
		return SLOT_FD(slot);
	}
	return -1;
}

/* Close cached descriptors until `keep` are left, at most `count` of them. */
static uint32_t cache_close(uint32_t keep, uint32_t count, bool spare_used)
{
	uint32_t closed = 0;

	while (closed < count) {
		int fd = -1;

		pthread_mutex_lock(&host_lock);
		if (cached > keep)
			fd = ring_evict(spare_used);
		pthread_mutex_unlock(&host_lock);
		if (fd < 0)
			break;
		host_close_fd(fd);
		closed++;
	}
	return closed;
}

void host_cache_limit(uint32_t new_limit)
{
	pthread_mutex_lock(&host_lock);
	limit = new_limit;
	pthread_mutex_unlock(&host_lock);
	cache_close(new_limit, UINT32_MAX, false);
}

uint32_t host_cache_shrink(uint32_t keep)
{
	return cache_close(keep, UINT32_MAX, false);
}

bool host_cache_relieve(void)
{
	return cache_close(0, HOST_RELIEVE, true) > 0;
}

int host_node_pin_cached(struct host_node *node, int *ret_fd)
{
	uint64_t slot = atomic_load_explicit(&node->slot, memory_order_relaxed);

	do {
		if (!slot)
			return -EAGAIN;
	} while (!atomic_compare_exchange_weak(&node->slot, &slot,
					       slot + SLOT_PIN));
	if (!atomic_load_explicit(&node->used, memory_order_relaxed))
		atomic_store_explicit(&node->used, 1, memory_order_relaxed);
	*ret_fd = SLOT_FD(slot);
	return 0;
}

void host_node_unpin(struct host_node *node)
{
	atomic_fetch_sub(&node->slot, SLOT_PIN);
}

int host_cache_insert(struct host_node *node, int fd)
{
	int have, over = 0;

	pthread_mutex_lock(&host_lock);
	if (host_node_pin_cached(node, &have) == 0) {
		pthread_mutex_unlock(&host_lock);
		host_close_fd(fd);
		return have;
	}
	/* Only an insert fills an empty slot, and inserts hold the lock. */
	atomic_store(&node->slot, slot_make(fd, 1));
	ring_add(node);
	over = cached > limit;
	pthread_mutex_unlock(&host_lock);
	if (over)
		cache_close(limit, UINT32_MAX, true);
	return fd;
}

void host_cache_keep(struct host_node *node, int fd)
{
	atomic_store(&node->slot, slot_make(fd, 1));
}

void host_cache_remove(struct host_node *node)
{
	uint64_t slot;

	pthread_mutex_lock(&host_lock);
	slot = atomic_exchange(&node->slot, 0);
	if (node->ring_next)
		ring_remove(node);
	pthread_mutex_unlock(&host_lock);
	if (slot)
		host_close_fd(SLOT_FD(slot));
}
