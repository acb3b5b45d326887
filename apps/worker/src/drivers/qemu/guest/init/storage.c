// A storage driver in miniature, with a planted defect of the kind of KB2636573: after a migration
// every LUN is enumerated anew while requests are outstanding, and a late completion uses what the
// enumeration has taken away. Nobody rolls dice: whether it happens depends on how long a write
// takes against how long the window is open. g.fixed=1 is the hotfix.
#define _GNU_SOURCE
#include "guest.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <pthread.h>
#include <scsi/sg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { LUNS_MAX = 16, BLOCK = 4096, STRIDE = 65536 };

struct target {
  uint64_t completions, blocks;
  char model[17];
};

struct lun {
  int file, index;
  struct target *volatile target; // NULL while the LUN is enumerated
  pthread_mutex_t busy;           // only taken with the hotfix
  uint64_t size, position;
};

static struct lun luns[LUNS_MAX];
static long lun_count, hotfix, slow_us, settle_us;
static pthread_mutex_t enumerating = PTHREAD_MUTEX_INITIALIZER;

// Finished within the polling budget: the request's own thread sees it and looks before it leaps.
static void inline_completion(struct lun *lun) {
  struct target *target = lun->target;
  if (target != NULL) target->completions++;
}

// THE DEFECT: a deferred completion trusts the pointer that was valid at submission.
__attribute__((noinline)) void lmstor_deferred_completion(struct lun *lun) {
  counters.writes_slow++;
  lun->target->completions++;
}

static void write_once(struct lun *lun, const void *buffer) {
  int64_t start_us = now_us();
  ssize_t written = pwrite(lun->file, buffer, BLOCK, lun->position);
  int64_t took_us = now_us() - start_us;
  lun->position += STRIDE;
  if (lun->position + BLOCK > lun->size) lun->position = 0;
  if (written < 0) say("ERROR write sd%c: %s", 'a' + lun->index, strerror(errno));
  if (took_us <= slow_us) inline_completion(lun);
  else lmstor_deferred_completion(lun);
  __sync_fetch_and_add(&counters.writes, 1);
}

static void *writer(void *argument) {
  struct lun *lun = argument;
  long per_second = option_number("rate", 20);
  void *buffer = NULL;
  if (posix_memalign(&buffer, BLOCK, BLOCK) != 0 || per_second <= 0) return NULL;
  memset(buffer, 0x5a + lun->index, BLOCK);
  unsigned random = 12345 + lun->index * 7919 + (unsigned)now_us();
  for (;;) {
    random = random * 1103515245 + 12345;
    sleep_us(1000000 / per_second * (50 + (random >> 16) % 101) / 100);
    if (hotfix) pthread_mutex_lock(&lun->busy);
    if (lun->target != NULL) write_once(lun, buffer); // else: being enumerated, do not submit
    if (hotfix) pthread_mutex_unlock(&lun->busy);
  }
  return NULL;
}

static int scsi_command(int file, uint8_t *command, int length, void *reply, int reply_size) {
  uint8_t sense[32];
  struct sg_io_hdr request = {
      .interface_id = 'S', .dxfer_direction = SG_DXFER_FROM_DEV, .cmd_len = length,
      .mx_sb_len = sizeof sense, .dxfer_len = reply_size, .dxferp = reply, .cmdp = command,
      .sbp = sense, .timeout = 20000};
  return ioctl(file, SG_IO, &request) < 0 ? -1 : request.status;
}

// What an operating system asks a LUN: who are you (INQUIRY, two pages of vital product data), how
// large, and in which mode.
static void inquire(struct lun *lun, struct target *target) {
  uint8_t reply[252] = {0}, capacity[8] = {0};
  uint8_t inquiry[6] = {0x12, 0, 0, 0, 96, 0}, read_capacity[10] = {0x25};
  uint8_t serial[6] = {0x12, 1, 0x80, 0, 252, 0}, identity[6] = {0x12, 1, 0x83, 0, 252, 0};
  uint8_t mode_sense[6] = {0x1a, 0, 0x3f, 0, 192, 0};
  if (scsi_command(lun->file, inquiry, 6, reply, 96) == 0) memcpy(target->model, reply + 16, 16);
  scsi_command(lun->file, serial, 6, reply, sizeof reply);
  scsi_command(lun->file, identity, 6, reply, sizeof reply);
  if (scsi_command(lun->file, read_capacity, 10, capacity, sizeof capacity) == 0)
    target->blocks = ((uint64_t)capacity[0] << 24 | capacity[1] << 16 | capacity[2] << 8 |
                      capacity[3]) + 1;
  scsi_command(lun->file, mode_sense, 6, reply, 192);
}

static void enumerate_lun(struct lun *lun) {
  struct target probe = {0}, *fresh = calloc(1, sizeof *fresh), *old;
  inquire(lun, &probe);                          // is it still there?
  if (hotfix) pthread_mutex_lock(&lun->busy);    // wait for the outstanding request, hold new ones
  old = lun->target;
  lun->target = NULL;                            // drop the entry ...
  sleep_us(settle_us);
  inquire(lun, fresh);
  fresh->completions = old->completions;
  lun->target = fresh;                           // ... and publish the new one
  if (hotfix) pthread_mutex_unlock(&lun->busy);
  free(old);
}

void enumerate_luns(void) {
  pthread_mutex_lock(&enumerating);
  int64_t start_us = now_us();
  for (long i = 0; i < lun_count; i++)
    if (luns[i].target != NULL) enumerate_lun(&luns[i]);
  counters.enumerations++;
  say("ENUM %lu took=%ldus", counters.enumerations, (long)(now_us() - start_us));
  pthread_mutex_unlock(&enumerating);
}

static int open_disk(int index) {
  char path[16];
  snprintf(path, sizeof path, "/dev/sd%c", 'a' + index);
  for (int tries = 0; tries < 500; tries++) { // the SCSI scan runs on its own thread
    int file = open(path, O_RDWR | O_DIRECT | O_DSYNC);
    if (file >= 0) return file;
    sleep_us(10000);
  }
  say("ERROR no %s", path);
  return -1;
}

void start_storage(void) {
  lun_count = option_number("disks", 0);
  if (lun_count > LUNS_MAX) lun_count = LUNS_MAX;
  hotfix = option_number("fixed", 0);
  slow_us = option_number("slowus", 20000);
  settle_us = option_number("settle", 4) * 1000;
  int from_module = option("kmod", NULL) != NULL;
  for (long i = 0; i < lun_count; i++) {
    struct lun *lun = &luns[i];
    lun->index = i;
    lun->file = open_disk(i);
    if (lun->file < 0 || from_module) continue;
    ioctl(lun->file, BLKGETSIZE64, &lun->size);
    pthread_mutex_init(&lun->busy, NULL);
    lun->target = calloc(1, sizeof *lun->target);
    inquire(lun, (struct target *)lun->target);
    start_thread(writer, lun);
  }
}
