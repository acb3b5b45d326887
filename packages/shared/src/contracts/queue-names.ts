/** All keys of ours in a Redis begin with it. */
export const queuePrefix = 'gauntlet';

/** One queue of attempts per cluster, so that clusters never wait for each other. */
export function attemptQueueName(clusterId: string): string {
  return `attempts-${clusterId}`;
}

/** Inventory, locate and put-back, beside the attempts: a full queue must not blind us. */
export function controlQueueName(clusterId: string): string {
  return `control-${clusterId}`;
}

/** Everything workers say: attempt reports, control replies, heartbeats. */
export const reportQueueName = 'reports';

/** Notifications on their way; nothing waits for them. */
export const deliveryQueueName = 'notifications';
/** Rings when a schedule is due. */
export const scheduleQueueName = 'schedules';
