import { NewCampaign } from '@gauntlet/shared/contracts/campaigns';
import { parse } from '@gauntlet/shared/contracts/parse';
import { describe, expect, test } from 'vitest';
import { addArm, emptyDraft, toRequest } from './draft.ts';

const clusterId = '0190a000-0000-7000-8000-000000000001';
const named = { ...emptyDraft, name: 'one', clusterId };

describe('the form of a new campaign', () => {
  test('asks for nothing that was left empty', () => {
    const request = toRequest(named);
    expect(parse(NewCampaign, request, 'request')).toEqual({
      name: 'one',
      clusterId,
      action: 'live-migration',
      arms: [{ name: 'baseline' }],
      placement: { policy: 'ping-pong' },
      stop: { attemptsMax: 12_000 },
      onBugcheck: 'recover-vm',
    });
  });

  test('a second arm is drawn as often as the first, with what it declares', () => {
    const draft = addArm({ ...named, verdict: true, effectivenessTarget: '90' });
    const arms = draft.arms.map((arm, i) =>
      i === 0 ? { ...arm, hotfixesAbsent: 'KB2636573' } : { ...arm, hotfixes: 'KB2636573, KB1' },
    );
    const request = parse(NewCampaign, toRequest({ ...draft, arms }), 'request');
    expect(request.arms?.map((arm) => arm.probability)).toEqual([0.5, 0.5]);
    expect(request.arms?.[0]?.fingerprint).toEqual({ hotfixesAbsent: ['KB2636573'] });
    expect(request.arms?.[1]?.fingerprint).toEqual({ hotfixes: ['KB2636573', 'KB1'] });
    expect(request.stop.verdict).toEqual({ alpha: 0.05, effectivenessTarget: 0.9 });
  });

  test('a share is sent without the noise of binary fractions', () => {
    expect(toRequest({ ...named, failedShareMax: '20.1' }).guards).toEqual({
      migrationFailedShareMax: 0.201,
    });
  });

  test('what is no number reaches the service, which names the fault', () => {
    const request = toRequest({ ...named, concurrency: 'many' });
    expect(() => parse(NewCampaign, request, 'request')).toThrow(/limits\/concurrency/);
  });
});
