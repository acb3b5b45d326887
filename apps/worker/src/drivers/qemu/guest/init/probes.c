// Integrity probes: what a guest can find out about the machine it runs on.
#define _GNU_SOURCE
#include "guest.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

// --- Page checker: does memory hold what was last written to it? ---
// Each page carries its counter in its first and last word; a shadow array carries it once more.
// A page that was written after its dirty bit was lost arrives on the other side one write old.

enum { PAGE = 4096, WORDS = PAGE / 8, LAST = WORDS - 1 };
// Marks a page of ours, for whoever looks at a dump or at a migration's stream.
static const uint64_t page_mark = 0x54454c544e554147ULL; // "GAUNTLET" in memory
static long page_count;
static uint64_t *pages, *shadow;
static pthread_mutex_t checking = PTHREAD_MUTEX_INITIALIZER;

static uint64_t next_random(uint64_t *state) { // xorshift64
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static void check_page(long index) {
  uint64_t *page = pages + index * WORDS, want = shadow[index];
  counters.pages_checked++;
  if (page[0] == want && page[LAST] == want) return;
  counters.pages_lost++;
  say("FAULT page-checker page %ld holds %lu and %lu, wrote %lu", index, page[0], page[LAST], want);
  page[0] = page[LAST] = want;
}

static void write_page(long index, uint64_t random) {
  uint64_t *page = pages + index * WORDS, value = ++shadow[index];
  page[0] = value;
  page[1] = page_mark;
  page[2 + (random >> 32) % (LAST - 2)] = random;
  page[LAST] = value;
}

void check_every_page(void) {
  if (shadow == NULL) return;
  pthread_mutex_lock(&checking);
  for (long i = 0; i < page_count; i++) check_page(i);
  pthread_mutex_unlock(&checking);
}

// An emulated timer costs more than the pages: 5,000 wake-ups a second took a quarter of a core, so
// pages are written some at a time.
enum { BURST_US = 4000 };

static void *page_checker(void *unused) {
  (void)unused;
  int64_t every_us = option_number("pageus", 200);
  long burst = every_us > 0 && every_us < BURST_US ? BURST_US / every_us : 1;
  uint64_t state = 88172645463325252ULL;
  for (;;) {
    pthread_mutex_lock(&checking);
    for (long i = 0; i < burst; i++) {
      uint64_t random = next_random(&state);
      check_page(random % page_count);
      write_page(random % page_count, random);
    }
    pthread_mutex_unlock(&checking);
    if (every_us > 0) sleep_us(every_us * burst);
  }
  return NULL;
}

void start_page_checker(void) {
  page_count = option_number("pages", 1024);
  if (page_count <= 0) return;
  uint64_t *counts = calloc(page_count, sizeof *counts);
  pages = mmap(NULL, page_count * PAGE, PROT_READ | PROT_WRITE,
               MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (pages == MAP_FAILED || counts == NULL) {
    say("ERROR page-checker has no memory");
    return;
  }
  shadow = counts;
  start_thread(page_checker, NULL);
}

// --- XCHG probe: is an exchange atomic? ---
// Threads swap tokens through shared slots. Whatever the order, the set of tokens must stay the
// same; an exchange done as a read and a write loses one and doubles another.

enum { SLOTS = 8, SWAPPERS_MAX = 8, BURST = 20000 };
static const uint64_t token_step = 0x9e3779b97f4a7c15ULL;
static volatile uint64_t slots[SLOTS] __attribute__((aligned(64)));
static uint64_t held[SWAPPERS_MAX];
static long swappers;
static volatile int stop_requested, parked, broken;

void break_exchange(void) { broken = 1; }

static inline uint64_t exchange(volatile uint64_t *slot, uint64_t token) {
  if (broken) { // on purpose, to show that the probe would see it
    uint64_t old = *slot;
    __asm__ volatile("pause" ::: "memory");
    *slot = token;
    return old;
  }
  __asm__ volatile("xchgq %0,%1" : "+r"(token), "+m"(*slot)::"memory");
  return token;
}

static void *swapper(void *argument) {
  long me = (long)argument;
  int64_t pause_us = option_number("swapus", 5000);
  uint64_t token = held[me];
  for (;;) {
    for (int i = 0; i < BURST; i++) token = exchange(&slots[i % SLOTS], token);
    counters.swaps += BURST; // of one thread at a time more or less: a gauge, not a proof
    if (stop_requested) {
      held[me] = token;
      __sync_fetch_and_add(&parked, 1);
      while (stop_requested) sleep_us(200);
      __sync_fetch_and_sub(&parked, 1);
      token = held[me];
    }
    if (pause_us > 0) sleep_us(pause_us);
  }
  return NULL;
}

static void deal_tokens(void) {
  for (long i = 0; i < SLOTS; i++) slots[i] = (i + 1) * token_step;
  for (long i = 0; i < swappers; i++) held[i] = (SLOTS + 1 + i) * token_step;
}

static void count_tokens(void) {
  uint64_t sum = 0, mix = 0, sum_want = 0, mix_want = 0;
  for (long i = 0; i < SLOTS; i++) sum += slots[i], mix ^= slots[i];
  for (long i = 0; i < swappers; i++) sum += held[i], mix ^= held[i];
  for (uint64_t i = 1; i <= (uint64_t)(SLOTS + swappers); i++)
    sum_want += i * token_step, mix_want ^= i * token_step;
  if (sum == sum_want && mix == mix_want) return;
  counters.swaps_lost++;
  say("FAULT xchg sum %lx not %lx, set %lx not %lx", sum, sum_want, mix, mix_want);
  deal_tokens(); // a lost token is reported once, not at every count from now on
}

static void *token_counter(void *unused) {
  (void)unused;
  for (;;) {
    sleep_us(100 * 1000);
    stop_requested = 1;
    while (parked < swappers) sleep_us(100);
    count_tokens();
    stop_requested = 0;
    while (parked > 0) sleep_us(100);
  }
  return NULL;
}

void start_exchange_probe(void) {
  swappers = option_number("swappers", 0);
  if (swappers <= 0) return;
  if (swappers > SWAPPERS_MAX) swappers = SWAPPERS_MAX;
  broken = option_number("swapbroken", 0) != 0;
  deal_tokens();
  for (long i = 0; i < swappers; i++) start_thread(swapper, (void *)i);
  start_thread(token_counter, NULL);
}
