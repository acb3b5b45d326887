import type { CollectedEvidence } from '@gauntlet/shared/domain/evidence';
import { imageOf } from '@gauntlet/shared/domain/signature';
import { type CrashSighting, mergeSightings } from '@gauntlet/shared/evidence/crash-merge';
import { parseDumpHeader } from '@gauntlet/shared/evidence/dump-header';
import { dumpBytesMax } from '@gauntlet/shared/evidence/dump-reader';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import { addMs, type Instant, parseIso, toIso } from '@gauntlet/shared/kernel/instant';
import type { EvidenceBundle, EvidenceRequest } from '../../application/ports.ts';
import type { ClusterHosts } from './cluster-hosts.ts';
import { type GuestLogParts, readGuestEvents } from './guest-log.ts';
import { type SeenEvent, toSeen } from './host-logs.ts';
import { idsOf, logs } from './hyperv-logs.ts';
import { pause } from './migrate-vm.ts';

export interface CollectParts extends GuestLogParts {
  readonly hosts: ClusterHosts;
  readonly clock: Clock;
}

const hostsMax = 4;
const eventsMax = 20;
const piecesMax = 30;
/** Minidumps are a few hundred KiB; of a full dump only its head is fetched. */
const dumpPieceMax = Math.min(512 * 1024, dumpBytesMax);

interface Found {
  readonly evidence: CollectedEvidence;
  readonly sighting: CrashSighting | null;
}

/** Everything the hosts and the guest still know of a crash, and what it adds to the bare code. */
export async function collectCrash(
  parts: CollectParts,
  request: EvidenceRequest,
  signal: AbortSignal,
): Promise<EvidenceBundle> {
  signal.throwIfAborted();
  const hosts = request.hosts.slice(0, hostsMax);
  await awaitHosts(parts, hosts, signal);
  const found: Found[] = [];
  for (const host of hosts) found.push(...(await readHost(parts, { ...request, host }, signal)));
  const hasTold = found.some(({ sighting }) => sighting?.subject === 'guest');
  found.push(...(await readGuest(parts, { ...request, hasTold }, signal)));
  for (const host of hosts) {
    const hasCrashed = found.some(
      ({ sighting }) => sighting?.subject === 'host' && sighting.host === host,
    );
    if (hasCrashed)
      found.push(...(await readDumps(parts, { ...request, host, of: 'host' }, signal)));
  }
  const evidence = found.slice(0, piecesMax).map((one) => one.evidence);
  const sightings = found.flatMap(({ sighting }) => sighting ?? []);
  const crashes = mergeSightings(sightings, parts.settings.recoverMs);
  const crash = crashes.find(({ subject }) => subject === 'guest') ?? crashes[0];
  return { evidence, stop: crash?.stop ?? null };
}

/** A host that crashed writes its record when it is back: that is worth a wait. */
async function awaitHosts(
  { hosts, clock, settings }: CollectParts,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const untilMs = clock.monotonicMs() + settings.dumpMs;
  while (!signal.aborted && clock.monotonicMs() < untilMs) {
    const seen = await hosts.list(signal).catch(() => null);
    const isDown = seen?.hosts.some(({ name, state }) => state === 'down' && wanted.includes(name));
    if (isDown === false) return;
    await pause(clock, settings.pollMs, signal);
  }
}

async function readHost(
  { desk, settings }: CollectParts,
  { host, vmId, since }: EvidenceRequest & { readonly host: string },
  signal: AbortSignal,
): Promise<Found[]> {
  const sinceUtc = toIso(addMs(since, -settings.clockSkewMs));
  const ask = async (log: string, ids: readonly number[]) => {
    const args = { host, log, afterRecordId: '0', sinceUtc, ids, countMax: eventsMax };
    const tried = await desk.tryTo('events.read', args, { signal });
    return tried.kind === 'answer' ? tried.data : { events: [] };
  };
  const ours = toSeen(await ask(logs.worker, idsOf.crashes), 'guest').filter(
    ({ finding }) => finding.vmId === vmId,
  );
  const boots = toSeen(await ask(logs.system, idsOf.boots), 'host').filter(
    ({ finding }) => finding.kind === 'host-bugcheck',
  );
  return [...ours, ...boots].map((seen) => toFound(seen, { vmId, host }));
}

async function readGuest(
  parts: CollectParts,
  request: EvidenceRequest & { readonly hasTold: boolean },
  signal: AbortSignal,
): Promise<Found[]> {
  const { vmId, since } = request;
  const seen = await awaitGuestLog(parts, request, signal);
  const dumps = await readDumps(parts, { vmId, since, host: null, of: 'guest' }, signal);
  return [...seen.map((one) => toFound(one, { vmId, host: null })), ...dumps];
}

/**
 * A guest that crashed writes its dump, restarts and only then its record: that is worth a wait. A
 * guest that lives and of which no host tells a crash is not waited for.
 */
async function awaitGuestLog(
  parts: CollectParts,
  { vmId, since, hasTold }: EvidenceRequest & { readonly hasTold: boolean },
  signal: AbortSignal,
): Promise<SeenEvent[]> {
  const { clock, settings } = parts;
  if (settings.guest.access === 'none') return [];
  const untilMs = clock.monotonicMs() + settings.dumpMs;
  for (;;) {
    const seen = (await readGuestEvents(parts, { vmId, since }, signal)) ?? [];
    const isThere = seen.some(({ finding }) => finding.kind === 'guest-bugcheck');
    const isOver = signal.aborted || clock.monotonicMs() >= untilMs;
    if (isThere || isOver || (!hasTold && (await isBeating(parts, vmId, signal)))) return seen;
    await pause(clock, settings.pollMs, signal);
  }
}

async function isBeating(
  { desk, locator }: CollectParts,
  vmId: string,
  signal: AbortSignal,
): Promise<boolean> {
  const row = await locator.find(vmId, signal).catch(() => null);
  if (row === null || row.host === null) return false;
  const tried = await desk.tryTo('host.heartbeats', { host: row.host }, { signal });
  const beats = tried.kind === 'answer' ? tried.data.vms : [];
  return beats.some(({ id, heartbeat }) => id.toLowerCase() === vmId && heartbeat === 'ok');
}

function toFound(
  { xml, finding, recordId }: SeenEvent,
  { vmId, host }: { vmId: string; host: string | null },
): Found {
  const { stop, kind, at, channel, timeIs } = finding;
  const subject = kind === 'host-bugcheck' ? 'host' : 'guest';
  const where = host ?? 'guest';
  return {
    evidence: {
      kind: 'event-record',
      name: `${channel}-${where}-${recordId}.xml`.replace(/[^\w.-]/g, '_'),
      contentType: 'application/xml',
      bytes: new TextEncoder().encode(xml),
    },
    sighting:
      stop === null || at === null ? null : { channel, subject, vmId, host, at, timeIs, stop },
  };
}

interface DumpTarget {
  readonly vmId: string;
  readonly since: Instant;
  readonly host: string | null;
  readonly of: 'guest' | 'host';
}

/** The newest dump written since: its head, and what that says. */
async function readDumps(
  { desk, locator, settings, clock }: CollectParts,
  { vmId, since, host, of }: DumpTarget,
  signal: AbortSignal,
): Promise<Found[]> {
  const { access } = settings.guest;
  if (of === 'guest' && access === 'none') return [];
  const row = await locator.find(vmId, signal).catch(() => null);
  const on = host ?? row?.host ?? null;
  if (on === null) return [];
  const guest = of === 'guest' ? { vmId, guestName: row?.name ?? vmId } : {};
  const target = { host: on, of, ...guest, ...(access === 'none' ? {} : { access }) };
  const listed = await desk.tryTo('dump.list', target, { signal });
  if (listed.kind !== 'answer') return [];
  const from = addMs(since, -settings.clockSkewMs);
  const fresh = listed.data.dumps
    .filter(({ writtenUtc }) => (parseIso(writtenUtc) ?? 0) >= from)
    // Minidumps first: MEMORY.DMP is overwritten by the next crash and lists no drivers.
    .sort((a, b) => a.sizeBytes - b.sizeBytes)
    .slice(0, 2);
  const found: Found[] = [];
  for (const { path } of fresh) {
    const args = { ...target, path, countMax: dumpPieceMax };
    const read = await desk.tryTo('dump.read', args, { signal });
    if (read.kind !== 'answer') continue;
    const bytes = Buffer.from(read.data.base64, 'base64');
    found.push(
      toDump(bytes, { path, vmId, of, host: of === 'host' ? on : null, now: clock.now() }),
    );
  }
  return found;
}

function toDump(
  bytes: Uint8Array,
  {
    path,
    vmId,
    of,
    host,
    now,
  }: { path: string; vmId: string; of: 'guest' | 'host'; host: string | null; now: Instant },
): Found {
  const evidence: CollectedEvidence = {
    kind: 'dump-header',
    name: (path.split(/[\\/]/).at(-1) ?? 'dump').replace(/[^\w.-]/g, '_'),
    contentType: 'application/octet-stream',
    bytes,
  };
  const reading = parseDumpHeader(bytes, now);
  if ('refused' in reading) return { evidence, sighting: null };
  const { code, parameters, crashedAt, faultingDriver } = reading.header;
  const stop = {
    code,
    parameters,
    module: faultingDriver === null ? null : imageOf(faultingDriver.name),
    function: null,
    offset: null,
    reason: null,
  };
  const channel = faultingDriver === null ? 'dump-header' : 'minidump-driver';
  const at = crashedAt ?? now;
  const timeIs = crashedAt === null ? 'next-boot' : 'crash';
  return { evidence, sighting: { channel, subject: of, vmId, host, at, timeIs, stop } };
}
