// The guest of Gauntlet's QEMU driver: PID 1 of a tiny Linux, static, no libraries but libc.
// Options come from the kernel command line as g.<name>=<value>.
#ifndef GAUNTLET_GUEST_H
#define GAUNTLET_GUEST_H

#include <stdint.h>

struct counters {
  volatile uint64_t pages_checked, pages_lost;   // page checker
  volatile uint64_t swaps, swaps_lost;           // XCHG probe
  volatile uint64_t writes, writes_slow;         // disk writers
  volatile uint64_t enumerations, announces;     // re-enumerations of the LUNs, "you were migrated"
};
extern struct counters counters;

// main.c
const char *option(const char *name, const char *fallback);
long option_number(const char *name, long fallback);
int64_t now_us(void);
void sleep_us(int64_t us);
void start_thread(void *(*body)(void *), void *argument);
void write_file(const char *path, const char *text);

// console.c: one line a call, never torn by another thread
void open_console(void);
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
int read_command(char *line, int size);
void *heartbeat(void *unused);

// probes.c
void start_page_checker(void);
void check_every_page(void);
void start_exchange_probe(void);
void break_exchange(void);

// storage.c
void start_storage(void);
void enumerate_luns(void);

// announce.c: what virtio-net tells the guest after every migration
void *watch_announcements(void *unused);
void hush_announcement(void);

// commands.c: what the host may ask over the serial line
void *obey_commands(void *unused);

#endif
