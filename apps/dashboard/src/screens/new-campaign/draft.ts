import type { CampaignConfig, NewCampaign } from '@gauntlet/shared/contracts/campaigns';

/** What the form holds: text as typed, so that a half-typed number is not lost. */
export interface Draft {
  readonly name: string;
  readonly clusterId: string;
  readonly action: string;
  readonly policy: string;
  readonly hosts: readonly string[];
  readonly arms: readonly DraftArm[];
  readonly concurrency: string;
  readonly outboundPerHost: string;
  readonly inboundPerHost: string;
  readonly cooldownSeconds: string;
  readonly load: string;
  readonly settleSeconds: string;
  readonly timeoutSeconds: string;
  readonly attemptsMax: string;
  readonly hoursMax: string;
  readonly bugchecksMin: string;
  readonly verdict: boolean;
  readonly alpha: string;
  readonly effectivenessTarget: string;
  readonly futilityEvery: string;
  readonly failedShareMax: string;
  readonly failedInARowMax: string;
  readonly unhealthyVmsMax: string;
  readonly onBugcheck: string;
  readonly seed: string;
}

export interface DraftArm {
  readonly name: string;
  readonly vms: readonly string[];
  readonly tags: readonly string[];
  readonly probability: string;
  readonly hotfixes: string;
  readonly hotfixesAbsent: string;
  readonly hostFiles: string;
  readonly guestFiles: string;
}

const emptyArm: DraftArm = {
  name: 'baseline',
  vms: [],
  tags: [],
  probability: '1',
  hotfixes: '',
  hotfixesAbsent: '',
  hostFiles: '',
  guestFiles: '',
};

/** Empty fields are left out of the request: the service then picks its careful defaults. */
export const emptyDraft: Draft = {
  name: '',
  clusterId: '',
  action: 'live-migration',
  policy: 'ping-pong',
  hosts: [],
  arms: [emptyArm],
  concurrency: '',
  outboundPerHost: '',
  inboundPerHost: '',
  cooldownSeconds: '',
  load: '',
  settleSeconds: '',
  timeoutSeconds: '',
  attemptsMax: '12000',
  hoursMax: '',
  bugchecksMin: '',
  verdict: false,
  alpha: '0.05',
  effectivenessTarget: '',
  futilityEvery: '',
  failedShareMax: '',
  failedInARowMax: '',
  unhealthyVmsMax: '',
  onBugcheck: 'recover-vm',
  seed: '',
};

/** A second arm turns the first into a half: both are drawn equally often. */
export function addArm(draft: Draft): Draft {
  const arms = [
    ...draft.arms,
    { ...emptyArm, name: draft.arms.length === 1 ? 'fixed' : `arm ${draft.arms.length + 1}` },
  ];
  return { ...draft, arms: share(arms) };
}

export function removeArm(draft: Draft, index: number): Draft {
  return { ...draft, arms: share(draft.arms.filter((_, i) => i !== index)) };
}

function share(arms: readonly DraftArm[]): readonly DraftArm[] {
  const each = String(Math.round(1e6 / arms.length) / 1e6);
  return arms.map((arm) => ({ ...arm, probability: each }));
}

export function toRequest(draft: Draft): NewCampaign {
  const limits = given({
    concurrency: number(draft.concurrency),
    outboundPerHost: number(draft.outboundPerHost),
    inboundPerHost: number(draft.inboundPerHost),
    cooldownMs: milliseconds(draft.cooldownSeconds),
  });
  const guards = given({
    migrationFailedShareMax: number(draft.failedShareMax, 0.01),
    consecutiveMigrationFailedMax: number(draft.failedInARowMax),
    unhealthyVmsMax: number(draft.unhealthyVmsMax),
  });
  const stop = given({
    attemptsMax: number(draft.attemptsMax),
    durationMsMax: number(draft.hoursMax, 3_600_000),
    bugchecksMin: number(draft.bugchecksMin),
    verdict: draft.verdict ? verdictOf(draft) : undefined,
  });
  return given({
    name: draft.name,
    clusterId: draft.clusterId,
    action: draft.action,
    arms: draft.arms.map((arm) => toArm(arm, draft.arms.length)),
    placement: given({
      policy: draft.policy,
      hosts: draft.hosts.length === 0 ? undefined : draft.hosts,
    }),
    limits: orNothing(limits),
    load: draft.load === '' ? undefined : { profile: draft.load },
    settleMs: milliseconds(draft.settleSeconds),
    attemptTimeoutMs: milliseconds(draft.timeoutSeconds),
    stop,
    guards: orNothing(guards),
    onBugcheck: draft.onBugcheck,
    seed: number(draft.seed),
  }) as unknown as NewCampaign;
}

function verdictOf(draft: Draft): object {
  const every = number(draft.futilityEvery);
  return given({
    alpha: number(draft.alpha),
    effectivenessTarget: number(draft.effectivenessTarget, 0.01),
    futilityRate: every === undefined ? undefined : 1 / every,
  });
}

function toArm(arm: DraftArm, count: number): object {
  const fingerprint = given({
    hotfixes: names(arm.hotfixes),
    hotfixesAbsent: names(arm.hotfixesAbsent),
    hostFiles: versions(arm.hostFiles),
    guestFiles: versions(arm.guestFiles),
  });
  const vms = given({
    names: arm.vms.length === 0 ? undefined : arm.vms,
    tags: arm.tags.length === 0 ? undefined : arm.tags,
  });
  return given({
    name: arm.name,
    vms: orNothing(vms),
    probability: count === 1 ? undefined : number(arm.probability),
    fingerprint: orNothing(fingerprint),
  });
}

/** A campaign that ran, as a draft to change and run again. */
export function toDraft(config: CampaignConfig): Draft {
  const { limits, guards, stop, placement } = config;
  return {
    ...emptyDraft,
    name: `${config.name} again`,
    clusterId: config.clusterId,
    action: config.action,
    policy: placement.policy,
    hosts: placement.hosts ?? [],
    arms: config.arms.map((arm) => ({
      name: arm.name,
      vms: arm.vms.names,
      tags: arm.vms.tags,
      probability: String(arm.probability),
      hotfixes: (arm.fingerprint?.hotfixes ?? []).join(', '),
      hotfixesAbsent: (arm.fingerprint?.hotfixesAbsent ?? []).join(', '),
      hostFiles: toPairs(arm.fingerprint?.hostFiles),
      guestFiles: toPairs(arm.fingerprint?.guestFiles),
    })),
    concurrency: String(limits.concurrency),
    outboundPerHost: String(limits.outboundPerHost),
    inboundPerHost: String(limits.inboundPerHost),
    cooldownSeconds: String(limits.cooldownMs / 1_000),
    load: config.load.profile,
    settleSeconds: String(config.settleMs / 1_000),
    timeoutSeconds: String(config.attemptTimeoutMs / 1_000),
    attemptsMax: text(stop.attemptsMax),
    hoursMax: text(stop.durationMsMax === null ? null : stop.durationMsMax / 3_600_000),
    bugchecksMin: text(stop.bugchecksMin),
    verdict: stop.verdict !== null,
    alpha: text(stop.verdict?.alpha ?? 0.05),
    effectivenessTarget: text(
      stop.verdict === null ? null : stop.verdict.effectivenessTarget * 100,
    ),
    futilityEvery: text(
      stop.verdict?.futilityRate == null ? null : Math.round(1 / stop.verdict.futilityRate),
    ),
    failedShareMax: text(guards.migrationFailedShareMax * 100),
    failedInARowMax: text(guards.consecutiveMigrationFailedMax),
    unhealthyVmsMax: text(guards.unhealthyVmsMax),
    onBugcheck: config.onBugcheck,
    seed: String(config.seed),
  };
}

function text(value: number | null): string {
  return value === null ? '' : String(value);
}

function toPairs(files: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(files ?? {})
    .map(([file, version]) => `${file}=${version}`)
    .join(', ');
}

/** Undefined when empty. What is no number is sent as it is: the service names the fault. */
function number(field: string, unit = 1): number | undefined {
  if (field.trim() === '') return undefined;
  const value = Number(field);
  // Rounded to twelve digits: 20 % is 0.2 and not 0.20000000000000001.
  return Number.isNaN(value)
    ? (field as unknown as number)
    : Number((value * unit).toPrecision(12));
}

function milliseconds(field: string): number | undefined {
  return number(field, 1_000);
}

function names(field: string): string[] | undefined {
  const list = field
    .split(/[,;\n]/)
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return list.length === 0 ? undefined : list;
}

/** `Hvix64.exe=6.1.7601.21726, ...` */
function versions(field: string): Record<string, string> | undefined {
  const pairs = (names(field) ?? []).map((pair): [string, string] => {
    const at = pair.indexOf('=');
    return at < 0 ? [pair, ''] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
  });
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

function given<T extends object>(fields: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Partial<T>;
}

function orNothing<T extends object>(fields: T): T | undefined {
  return Object.keys(fields).length === 0 ? undefined : fields;
}
