import type { Instant } from '@gauntlet/shared/kernel/instant';
import { canonicalJson } from './canonical-json.ts';
import { type Finding, judgeFinding } from './judge-finding.ts';
import type { Parts } from './parts.ts';
import type { CampaignRecord, OpenAttempt, Settlement } from './records.ts';

/** An attempt, what was found of it, and the campaign it belongs to. */
export interface Pair {
  readonly attempt: OpenAttempt;
  readonly finding: Finding;
  readonly campaign: CampaignRecord;
}

export interface Judged {
  /** One of each pair, in the same order. */
  readonly settlements: readonly Settlement[];
  /** Each once, with the hash that the settlements name it by. */
  readonly fingerprints: readonly { readonly hash: string; readonly content: unknown }[];
}

/** A bugcheck that was told ahead keeps its id; another gets one here. */
export function judgeAll(
  { digest, ids }: Pick<Parts, 'digest' | 'ids'>,
  pairs: readonly Pair[],
  at: Instant,
): Judged {
  const fingerprints = new Map<string, unknown>();
  const settlements = pairs.map(({ attempt, finding, campaign }) => {
    const { report } = finding;
    const fingerprint = report?.fingerprint ?? null;
    const text = fingerprint === null ? null : canonicalJson(fingerprint);
    const fingerprintHash = text === null ? null : digest(text);
    if (fingerprintHash !== null) fingerprints.set(fingerprintHash, fingerprint);
    const hasBugcheck = (report?.bugcheck ?? null) !== null;
    const bugcheckId = attempt.bugcheckId ?? (hasBugcheck ? ids.next() : null);
    const circumstances = { config: campaign.config, fingerprintHash, bugcheckId, at };
    return judgeFinding(attempt, finding, circumstances);
  });
  return {
    settlements,
    fingerprints: [...fingerprints].map(([hash, content]) => ({ hash, content })),
  };
}
