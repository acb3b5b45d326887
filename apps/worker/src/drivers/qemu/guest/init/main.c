#define _GNU_SOURCE
#include "guest.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct counters counters;
static char command_line[4096];

// Copies are never freed: options are few and read once at start.
const char *option(const char *name, const char *fallback) {
  char key[64];
  snprintf(key, sizeof key, " g.%s=", name);
  const char *at = strstr(command_line, key);
  if (at == NULL) return fallback;
  at += strlen(key);
  return strndup(at, strcspn(at, " \n"));
}

long option_number(const char *name, long fallback) {
  const char *text = option(name, NULL);
  return text == NULL ? fallback : atol(text);
}

int64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000LL + t.tv_nsec / 1000;
}

void sleep_us(int64_t us) {
  struct timespec t = {us / 1000000, us % 1000000 * 1000};
  nanosleep(&t, NULL);
}

void start_thread(void *(*body)(void *), void *argument) {
  pthread_t thread;
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 * 1024);
  if (pthread_create(&thread, &attributes, body, argument) != 0) say("ERROR no thread");
}

void write_file(const char *path, const char *text) {
  int file = open(path, O_WRONLY);
  if (file < 0) return;
  if (write(file, text, strlen(text)) < 0) say("ERROR %s: %s", path, strerror(errno));
  close(file);
}

static void mount_kernel_folders(void) {
  mkdir("/proc", 0755);
  mkdir("/sys", 0755);
  mkdir("/dev", 0755);
  mount("proc", "/proc", "proc", 0, NULL);
  mount("sys", "/sys", "sysfs", 0, NULL);
  mount("dev", "/dev", "devtmpfs", 0, NULL);
}

static void read_command_line(void) {
  int file = open("/proc/cmdline", O_RDONLY);
  if (file < 0) return;
  command_line[0] = ' '; // so that the first option has a space before it too
  ssize_t length = read(file, command_line + 1, sizeof command_line - 2);
  command_line[length < 0 ? 1 : length + 1] = 0;
  close(file);
}

static void load_module(const char *name, const char *parameters) {
  char path[160];
  snprintf(path, sizeof path, "/modules/%s", name);
  int file = open(path, O_RDONLY);
  if (file < 0 || syscall(SYS_finit_module, file, parameters, 0) != 0)
    say("ERROR module %s: %s", name, strerror(errno));
  if (file >= 0) close(file);
}

// /modules/list names them in the order of their dependencies.
static void load_modules(void) {
  FILE *list = fopen("/modules/list", "r");
  char name[128];
  if (list == NULL) return;
  while (fgets(name, sizeof name, list) != NULL) {
    name[strcspn(name, "\n")] = 0;
    load_module(name, "");
  }
  fclose(list);
}

// The kernel module variant of the race takes its parameters as `a=1,b=2`.
static void load_race_module(void) {
  const char *parameters = option("kmod", NULL);
  if (parameters == NULL) return;
  char *spaced = strdup(parameters);
  for (char *p = spaced; *p != 0; p++)
    if (*p == ',') *p = ' ';
  load_module("lmstor.ko", spaced);
}

int main(void) {
  mount_kernel_folders();
  read_command_line();
  open_console();
  load_modules();
  write_file("/proc/sys/kernel/printk", "7 4 1 7");
  write_file("/proc/sys/kernel/sysrq", "1");
  start_storage();
  load_race_module();
  start_thread(watch_announcements, NULL);
  start_thread(obey_commands, NULL);
  start_page_checker();
  start_exchange_probe();
  say("READY up=%ldms", (long)(now_us() / 1000));
  heartbeat(NULL);
  return 0;
}
