import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { expect, test } from 'vitest';
import { whyFail } from './report-verdict.ts';

const none = {
  clean: 100,
  'guest-bugcheck': 0,
  'guest-hang': 0,
  'guest-fault': 0,
  'host-bugcheck': 0,
  'migration-failed': 0,
  'rig-fault': 0,
  indeterminate: 0,
  cancelled: 0,
};

function campaign(change: Partial<typeof none>, state: string | null = null) {
  const view: unknown = {
    progress: { outcomes: { ...none, ...change } },
    verdict: state === null ? null : { state },
  };
  return view as CampaignView;
}

test('a job fails on what it asked to fail on, and on nothing else', () => {
  expect(whyFail(campaign({ 'guest-hang': 1 }), 'never')).toBeNull();
  expect(whyFail(campaign({ 'guest-hang': 1 }), 'finding')).toBe('1 findings');
  expect(whyFail(campaign({ 'rig-fault': 2, indeterminate: 3 }), 'finding')).toBeNull();
  expect(whyFail(campaign({ 'rig-fault': 2 }), 'error')).toBe('0 findings, 2 errors');
  expect(whyFail(campaign({ cancelled: 9, indeterminate: 9 }), 'error')).toBeNull();
});

test('a job that waits for a verdict fails until it is a good one', () => {
  expect(whyFail(campaign({}), 'verdict')).toBe('the verdict is inconclusive');
  expect(whyFail(campaign({}, 'refuted'), 'verdict')).toBe('the verdict is refuted');
  expect(whyFail(campaign({ 'guest-bugcheck': 9 }, 'confirmed'), 'verdict')).toBeNull();
});
