import type { NewArm } from '@gauntlet/shared/contracts/campaigns';
import type { NewVerdictRule } from '@gauntlet/shared/contracts/verdict';

export interface Scenario {
  readonly cluster: string;
  readonly intro: readonly string[];
  readonly guests: readonly Record<string, unknown>[];
  readonly arms: readonly NewArm[];
  readonly settleMs: number;
  readonly attemptsMax: number;
  /**
   * Stop once the arms are told apart; null: run all attempts. A guest with stale memory dies of
   * anything, so every finding counts there, whatever its signature.
   */
  readonly verdict: NewVerdictRule | null;
}

const arm = (name: string, tag: string, settings: Record<string, string>): NewArm => ({
  name,
  vms: { tags: [tag] },
  probability: 0.5,
  fingerprint: { settings },
});

/** A defect that nobody planted: QEMU under TCG loses dirty pages. The RAM size is the "hotfix". */
const lostPages: Scenario = {
  cluster: 'qemu-lost-pages',
  intro: [
    'Real live migrations, the arm drawn anew for each: RAM 96 MiB, or 96 MiB + 8 KiB.',
    'Nothing is planted in these guests.',
  ],
  guests: [
    { name: 'even', count: 2, ramKiB: 98_304, exposeToLostPages: true },
    { name: 'odd', count: 2, ramKiB: 98_312 },
  ],
  arms: [
    arm('RAM 96 MiB', 'even', { ramKiB: '98304' }),
    arm('RAM 96 MiB + 8 KiB', 'odd', { ramKiB: '98312' }),
  ],
  settleMs: 250,
  attemptsMax: 2000,
  verdict: { counts: 'any-finding' },
};

/**
 * 20 I/O operations a second below the format, the same for both kinds of disk: a write to a growing
 * image takes 100 ms and more, one to a fixed disk about 5, and a busy machine adds some 10.
 */
const disks = (count: number, format: 'dynamic' | 'fixed') => ({
  count,
  format,
  sizeMiB: format === 'dynamic' ? 16_384 : 16,
  iopsMax: 20,
  writesPerSecond: 10,
});

function raceScenario(variant: 'init' | 'module'): Scenario {
  const race = { variant, slowUs: 60_000, settleMs: 16 };
  const exposed = { race, tags: ['exposed'] };
  return {
    cluster: `qemu-race-${variant}`,
    intro: [
      'The planted race in the manner of KB2636573: after each migration the guest enumerates its',
      'disks anew while writes are outstanding. Whether one completes too late is a matter of real',
      `time, never of a dice roll. It is in ${variant === 'module' ? 'a kernel module' : 'PID 1'} of the guest.`,
    ],
    guests: [
      { name: 'dynamic-1', disks: disks(1, 'dynamic'), ...exposed },
      { name: 'dynamic-4', disks: disks(4, 'dynamic'), ...exposed },
      { name: 'dynamic-8', disks: disks(8, 'dynamic'), ...exposed },
      { name: 'fixed-8', disks: disks(8, 'fixed'), ...exposed },
      {
        name: 'hotfix-8',
        disks: disks(8, 'dynamic'),
        race: { ...race, hotfix: true },
        tags: ['hotfix'],
      },
    ],
    arms: [
      { ...arm('without the hotfix', 'exposed', { raceHotfix: 'false' }), probability: 0.8 },
      { ...arm('with the hotfix', 'hotfix', { raceHotfix: 'true' }), probability: 0.2 },
    ],
    settleMs: 700,
    attemptsMax: 400,
    verdict: null,
  };
}

export const scenarios: Readonly<Record<string, Scenario>> = {
  'lost-pages': lostPages,
  race: raceScenario('init'),
  'race-module': raceScenario('module'),
};
