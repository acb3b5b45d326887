/**
 * A simulated cluster on which the defect is frequent: eight growing disks under fourfold load stop
 * a guest on about every fifth migration, the same disks with a fixed size under load hardly ever.
 */
export const labOptions = {
  seed: 7,
  timeScale: 2_000,
  hosts: ['host-1', 'host-2', 'host-3'].map((name) => ({ name, migrationsMax: 4 })),
  vms: [1, 2, 3].flatMap((n) => [
    vm(`dynamic-${n}`, `host-${n}`, 'dynamic'),
    vm(`fixed-${n}`, `host-${n}`, 'fixed'),
  ]),
  faults: {
    failedMigrations: [{ share: 0.01, class: 'transient-network' }],
    otherBugchecks: [{ share: 0.002, code: 0x101 }],
  },
};

function vm(name: string, host: string, format: 'dynamic' | 'fixed') {
  return {
    name,
    host,
    guestOs: 'Windows Server 2008 R2 Standard',
    load: format === 'dynamic' ? 4 : 1,
    tags: [format],
    disks: [{ controller: 'scsi', format, count: 8 }],
  };
}
