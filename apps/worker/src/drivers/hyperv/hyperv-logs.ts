/** The event logs that tell of guests and migrations; no locale changes their names. */
export const logs = {
  worker: 'Microsoft-Windows-Hyper-V-Worker-Admin',
  vmms: 'Microsoft-Windows-Hyper-V-VMMS-Admin',
  availability: 'Microsoft-Windows-Hyper-V-High-Availability-Admin',
  system: 'System',
} as const;

/** What is asked of each log; nothing else is carried over the wire. */
export const idsOf = {
  /** The guest's crash, triple faults, resets. */
  crashes: [18590, 18539, 18540, 18550, 18560, 18514, 18515, 18528],
  /** Completed, with its blackout, and unexpectedly long. */
  completions: [20415, 20417, 20418],
  failures: [21111, 21125, 21131, 21145, 21158, 21159, 21500, 21501, 21502, 21503],
  boots: [1001, 41],
} as const;
