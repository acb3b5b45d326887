#define _GNU_SOURCE
#include "guest.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static int console = 1;

void open_console(void) {
  int file = open("/dev/ttyS0", O_RDWR | O_NOCTTY);
  if (file < 0) return;
  struct termios settings;
  if (tcgetattr(file, &settings) == 0) {
    settings.c_lflag &= ~(ECHO | ISIG);
    tcsetattr(file, TCSANOW, &settings);
  }
  console = file;
}

void say(const char *format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof line - 1, format, arguments);
  va_end(arguments);
  if (length > (int)sizeof line - 2) length = sizeof line - 2;
  line[length] = '\n';
  // One write a line: the terminal layer keeps it in one piece.
  if (write(console, line, length + 1) < 0) return;
}

// Returns the length of the next line without its end, or -1 when there is none to be had.
int read_command(char *line, int size) {
  ssize_t length = read(console, line, size - 1);
  if (length <= 0) return -1;
  line[length] = 0;
  line[strcspn(line, "\r\n")] = 0;
  return strlen(line);
}

// The host calls the guest dead when these stop. Every field is cumulative since the boot.
void *heartbeat(void *unused) {
  (void)unused;
  int64_t every_us = option_number("beat", 50) * 1000;
  for (uint64_t count = 1;; count++) {
    say("~%lu p=%lu/%lu x=%lu/%lu w=%lu/%lu e=%lu a=%lu", count, counters.pages_lost,
        counters.pages_checked, counters.swaps_lost, counters.swaps, counters.writes_slow,
        counters.writes, counters.enumerations, counters.announces);
    sleep_us(every_us);
  }
  return NULL;
}
