// SPDX-License-Identifier: GPL-2.0
// The planted race of init/storage.c once more, where such defects really live: in a kernel module,
// with block requests that complete in interrupt context. fixed=1 is the hotfix.
// Built against Linux 6.1.
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#define LUNS_MAX 16
#define BLOCK_BYTES 4096
#define STRIDE_BYTES 65536

static int disks = 1, fixed, rate = 20, slowus = 20000, settle = 4, enumdelay = 100;
module_param(disks, int, 0444);
module_param(fixed, int, 0444);
module_param(rate, int, 0444);
module_param(slowus, int, 0444);
module_param(settle, int, 0444);
module_param(enumdelay, int, 0444);

// Set by init before the guest is saved: the next announcement is of a restore, not a migration.
static int hush;
module_param(hush, int, 0644);

struct target {
	u64 completions;
};

struct lun {
	struct block_device *device;
	struct target *target;    // NULL while the LUN is enumerated
	struct mutex busy;        // only taken with the hotfix
	struct completion done;
	struct page *page;
	ktime_t started;
	sector_t position;
};

static struct lun luns[LUNS_MAX];
static u64 enumerations;

// THE DEFECT: a deferred completion trusts the pointer that was valid at submission.
static noinline void lmstor_deferred_completion(struct lun *lun)
{
	lun->target->completions++;
}

static void lmstor_end_io(struct bio *bio)
{
	struct lun *lun = bio->bi_private;
	struct target *target = READ_ONCE(lun->target);

	if (ktime_us_delta(ktime_get(), lun->started) > slowus)
		lmstor_deferred_completion(lun);
	else if (target)
		target->completions++;
	complete(&lun->done);
}

static void lmstor_write(struct lun *lun)
{
	struct bio *bio = bio_alloc(lun->device, 1, REQ_OP_WRITE | REQ_SYNC | REQ_FUA | REQ_PREFLUSH,
				    GFP_KERNEL);

	bio->bi_iter.bi_sector = lun->position;
	lun->position += STRIDE_BYTES >> SECTOR_SHIFT;
	if (lun->position + (BLOCK_BYTES >> SECTOR_SHIFT) > bdev_nr_sectors(lun->device))
		lun->position = 0;
	bio_add_page(bio, lun->page, BLOCK_BYTES, 0);
	bio->bi_private = lun;
	bio->bi_end_io = lmstor_end_io;
	reinit_completion(&lun->done);
	lun->started = ktime_get();
	submit_bio(bio);
	wait_for_completion(&lun->done);
	bio_put(bio);
}

static int lmstor_writer(void *data)
{
	struct lun *lun = data;
	u32 pause_ms = 1000 / rate;

	while (!kthread_should_stop()) {
		msleep(pause_ms / 2 + prandom_u32_max(pause_ms + 1));
		if (fixed)
			mutex_lock(&lun->busy);
		if (READ_ONCE(lun->target)) // else: being enumerated, do not submit
			lmstor_write(lun);
		if (fixed)
			mutex_unlock(&lun->busy);
	}
	return 0;
}

static void lmstor_enumerate_one(struct lun *lun)
{
	struct target *fresh = kzalloc(sizeof(*fresh), GFP_KERNEL), *old;

	if (!fresh)
		return;
	if (fixed)
		mutex_lock(&lun->busy); // wait for the outstanding request, hold new ones
	old = lun->target;
	WRITE_ONCE(lun->target, NULL); // drop the entry ...
	msleep(settle);
	fresh->completions = old->completions;
	WRITE_ONCE(lun->target, fresh); // ... and publish the new one
	if (fixed)
		mutex_unlock(&lun->busy);
	kfree(old);
}

static void lmstor_enumerate(struct work_struct *work)
{
	int i;

	msleep(enumdelay + prandom_u32_max(100));
	for (i = 0; i < disks; i++)
		lmstor_enumerate_one(&luns[i]);
	pr_info("lmstor: ENUM %llu\n", ++enumerations);
}
static DECLARE_WORK(enumeration, lmstor_enumerate);

// QEMU's self-announcement after a migration arrives here.
static int lmstor_network_event(struct notifier_block *block, unsigned long event, void *data)
{
	if (event == NETDEV_NOTIFY_PEERS && cmpxchg(&hush, 1, 0) == 0)
		schedule_work(&enumeration);
	return NOTIFY_DONE;
}
static struct notifier_block network_events = { .notifier_call = lmstor_network_event };

static int lmstor_open(struct lun *lun, int index)
{
	char path[16];

	snprintf(path, sizeof(path), "/dev/sd%c", 'a' + index);
	lun->device = blkdev_get_by_path(path, FMODE_READ | FMODE_WRITE, NULL);
	if (IS_ERR(lun->device))
		return PTR_ERR(lun->device);
	mutex_init(&lun->busy);
	init_completion(&lun->done);
	lun->page = alloc_page(GFP_KERNEL | __GFP_ZERO);
	lun->target = kzalloc(sizeof(*lun->target), GFP_KERNEL);
	return lun->page && lun->target ? 0 : -ENOMEM;
}

// It is loaded once into a guest that is thrown away: there is no unloading.
static int __init lmstor_init(void)
{
	int i, error;

	if (disks < 1 || disks > LUNS_MAX || rate < 1)
		return -EINVAL;
	for (i = 0; i < disks; i++) {
		error = lmstor_open(&luns[i], i);
		if (error)
			return error;
	}
	register_netdevice_notifier(&network_events);
	for (i = 0; i < disks; i++)
		kthread_run(lmstor_writer, &luns[i], "lmstor/%d", i);
	return 0;
}
module_init(lmstor_init);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("storage driver in miniature with a planted race, for live-migration tests");
