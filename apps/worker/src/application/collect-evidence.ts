import {
  type EvidencePayload,
  inlineEvidenceBytesMax,
} from '@gauntlet/shared/contracts/attempt-report';
import type { StopError } from '@gauntlet/shared/domain/bugcheck';
import type { CollectedEvidence } from '@gauntlet/shared/domain/evidence';
import { clipName } from './clip.ts';
import { type Limit, toReason, toText, within } from './limits.ts';
import type { DriverLog, EvidenceRequest, EvidenceStore, HypervisorDriver } from './ports.ts';
import type { Timeline } from './timeline.ts';

const piecesMax = 32;

export interface EvidencePorts {
  readonly driver: HypervisorDriver;
  readonly store: EvidenceStore;
  readonly timeline: Timeline;
  readonly log: DriverLog;
}

export interface KeptEvidence {
  readonly evidence: EvidencePayload[];
  /** What the evidence adds to the bare stop error; null when nothing. */
  readonly stop: StopError | null;
}

/**
 * Fetches the proof of a finding and keeps it: small pieces in the report, the rest in the store.
 * Never rejects: what could not be fetched or stored is logged and named in the timeline, and the
 * finding stands without it.
 */
export async function collectEvidence(
  { driver, store, timeline, log }: EvidencePorts,
  request: EvidenceRequest,
  limit: Limit,
): Promise<KeptEvidence> {
  const collected = await within(limit, (signal) => driver.collectEvidence(request, signal));
  if (collected.kind !== 'done') {
    const reason = toReason('evidence could not be collected', collected);
    log.error({ attemptId: request.attemptId, reason }, 'evidence could not be collected');
    timeline.add('evidence-failed', reason);
    return { evidence: [], stop: null };
  }
  const { evidence: pieces, stop } = collected.value;
  if (pieces.length > piecesMax) {
    timeline.add('evidence-left-out', `${pieces.length - piecesMax} of ${pieces.length} pieces`);
  }
  const evidence: EvidencePayload[] = [];
  for (const piece of pieces.slice(0, piecesMax)) {
    try {
      evidence.push(await keep(piece, store));
    } catch (error) {
      log.error(
        { attemptId: request.attemptId, err: error, piece: piece.name },
        'evidence could not be stored: is the disk full?',
      );
      timeline.add('evidence-not-stored', `${piece.name}: ${toText(error)}`);
    }
  }
  timeline.add('evidence-collected', `${evidence.length} pieces`);
  return { evidence, stop };
}

async function keep(piece: CollectedEvidence, store: EvidenceStore): Promise<EvidencePayload> {
  const { bytes } = piece;
  const isSmall = bytes.byteLength <= inlineEvidenceBytesMax;
  return {
    kind: piece.kind,
    name: clipName(piece.name),
    contentType: clipName(piece.contentType),
    sha256: isSmall ? await hash(bytes) : await store.put(bytes),
    sizeBytes: bytes.byteLength,
    inline: isSmall ? Buffer.from(bytes).toString('base64') : null,
  };
}

async function hash(bytes: Uint8Array): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', Uint8Array.from(bytes));
  return Buffer.from(digest).toString('hex');
}
