#define _GNU_SOURCE
#include "guest.h"
#include <sched.h>
#include <string.h>
#include <sys/reboot.h>

// Spins on every CPU at the highest priority: the guest is hung, the machine runs.
static void *spin(void *unused) {
  struct sched_param priority = {.sched_priority = 99};
  (void)unused;
  sched_setscheduler(0, SCHED_FIFO, &priority);
  for (;;) __asm__ volatile("" ::: "memory");
  return NULL;
}

static void hang(void) {
  write_file("/proc/sys/kernel/sched_rt_runtime_us", "-1");
  for (int i = 0; i < 8; i++) start_thread(spin, NULL);
}

static void obey(const char *command) {
  if (strcmp(command, "panic") == 0) write_file("/proc/sysrq-trigger", "c");
  else if (strcmp(command, "hang") == 0) hang();
  else if (strcmp(command, "reboot") == 0) reboot(RB_AUTOBOOT);
  else if (strcmp(command, "poweroff") == 0) reboot(RB_POWER_OFF);
  else if (strcmp(command, "hush") == 0) hush_announcement();
  else if (strcmp(command, "break-xchg") == 0) break_exchange();
  else if (strcmp(command, "enumerate") == 0) enumerate_luns();
  else say("ERROR command %s", command);
}

void *obey_commands(void *unused) {
  char line[128];
  (void)unused;
  for (;;) {
    int length = read_command(line, sizeof line);
    if (length > 0) obey(line);
    if (length < 0) sleep_us(100 * 1000);
  }
  return NULL;
}
