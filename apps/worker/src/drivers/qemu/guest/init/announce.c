// After a migration QEMU makes virtio-net raise its announce interrupt; the kernel passes it on as
// NETDEV_NOTIFY_PEERS. This is the guest's own sign that it was migrated: no host script says so.
#define _GNU_SOURCE
#include "guest.h"
#include <errno.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

static int is_announcement(struct nlmsghdr *message) {
  if (message->nlmsg_type != RTM_NEWLINK) return 0;
  int length = IFLA_PAYLOAD(message);
  for (struct rtattr *a = IFLA_RTA(NLMSG_DATA(message)); RTA_OK(a, length); a = RTA_NEXT(a, length))
    if (a->rta_type == IFLA_EVENT && *(uint32_t *)RTA_DATA(a) == IFLA_EVENT_NOTIFY_PEERS) return 1;
  return 0;
}

// Set before the guest is saved: its restore is announced like a migration and is none.
static volatile int hushed;

void hush_announcement(void) {
  hushed = 1;
  write_file("/sys/module/lmstor/parameters/hush", "1");
  say("HUSHED");
}

// The pause before the LUNs are looked at again varies with the guest's own clock, so that two
// guests restored from one image do not run in step.
static void answer(void) {
  if (__sync_bool_compare_and_swap(&hushed, 1, 0)) {
    say("RESTORED"); // from here on an announcement is a migration
    return;
  }
  int64_t pause_us = option_number("enumdelay", 100) * 1000;
  counters.announces++;
  check_every_page(); // what the migration lost is found now, before anybody trips over it
  if (option_number("enumerate", 0) == 0) return;
  sleep_us(pause_us + now_us() % 100 * 1000);
  enumerate_luns();
}

void *watch_announcements(void *unused) {
  (void)unused;
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
  int file = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  if (file < 0 || bind(file, (void *)&address, sizeof address) != 0) {
    say("ERROR netlink: %s", strerror(errno));
    return NULL;
  }
  static char buffer[8192];
  for (;;) {
    ssize_t length = recv(file, buffer, sizeof buffer, 0);
    if (length < 0) continue;
    for (struct nlmsghdr *m = (void *)buffer; NLMSG_OK(m, length); m = NLMSG_NEXT(m, length))
      if (is_announcement(m)) answer();
  }
}
