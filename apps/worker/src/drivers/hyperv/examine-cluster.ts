import type { Clock } from '@gauntlet/shared/kernel/clock';
import { parseIso } from '@gauntlet/shared/kernel/instant';
import type { HypervisorDriver } from '../../application/ports.ts';
import { type KnownCommand, knownCommands } from './cmdlets.ts';
import type { Desk, Tried } from './desk.ts';
import { pause } from './migrate-vm.ts';
import type { DoctorFinding, OperationName, ReplyOf } from './operations.ts';
import type { HypervSettings } from './options.ts';

export interface Examination {
  readonly desk: Desk;
  readonly settings: HypervSettings;
  readonly clock: Clock;
}

/** One line of the table, with the host it is about, if any. */
export interface ExaminedFinding extends DoctorFinding {
  readonly where: string;
}

const commandsPerCall = 8;
const vmsMax = 20;
const skewMsMax = 5000;
const controlMsMax = 120_000;

/**
 * Looks at a real cluster from where the worker stands: PowerShell, every command and parameter the
 * module uses, hosts, logs, settings, guests. Changes nothing.
 */
export async function examineCluster(parts: Examination): Promise<ExaminedFinding[]> {
  return [
    ...(await examineShell(parts)),
    ...(await examineCommands(parts)),
    ...(await examineHosts(parts)),
    ...(await examineVms(parts)),
  ];
}

async function examineShell({ desk, clock }: Examination): Promise<ExaminedFinding[]> {
  const tried = await desk.tryTo('ping', { nonce: 1 });
  if (tried.kind !== 'answer') return [failed('PowerShell', '', tried)];
  const { psVersion, edition, language, hostName, utc } = tried.data;
  const isFull = language === 'FullLanguage';
  return [
    edition === 'Desktop'
      ? ok('PowerShell', hostName, `${psVersion} ${edition}`)
      : warn('PowerShell', hostName, {
          found: `${psVersion} ${edition}`,
          todo: 'Use Windows PowerShell 5.1: FailoverClusters is untested in PowerShell 7.',
        }),
    isFull
      ? ok('language mode', hostName, language)
      : bad('language mode', hostName, { found: language, todo: 'The module needs FullLanguage.' }),
    judgeClock(hostName, utc, clock),
  ];
}

function judgeClock(where: string, utc: string | null, clock: Clock): ExaminedFinding {
  const at = utc === null ? undefined : parseIso(utc);
  if (at === undefined) return { ...ok('clock', where, 'not read'), state: 'unknown' };
  const skewMs = at - clock.now();
  const found = `${Math.round(skewMs)} ms off`;
  if (Math.abs(skewMs) <= skewMsMax) return ok('clock', where, found);
  return warn('clock', where, { found, todo: 'Synchronise the clocks, or set clockSkewMs.' });
}

/** Commands of modules this cluster does not need are not asked for. */
function isNeeded({ module }: KnownCommand, { where, guest }: HypervSettings): boolean {
  if (module === 'FailoverClusters') return where.mode === 'cluster';
  if (module === 'Hyper-V') return where.adapter === 'hyperv';
  return module === 'SecretManagement' ? guest.secretName !== null : true;
}

async function examineCommands({ desk, settings }: Examination): Promise<ExaminedFinding[]> {
  const needed = knownCommands.filter((command) => isNeeded(command, settings));
  const findings: ExaminedFinding[] = [];
  for (let from = 0; from < needed.length; from += commandsPerCall) {
    const page = needed.slice(from, from + commandsPerCall);
    const commands = page.map(({ name, parameters }) => ({ name, parameters }));
    const tried = await desk.tryTo('cmdlets.probe', { commands });
    if (tried.kind !== 'answer') return [...findings, failed('commands', '', tried)];
    findings.push(...tried.data.commands.flatMap((seen) => judgeCommand(seen, page)));
  }
  const faults = findings.filter(({ state }) => state !== 'ok');
  return faults.length > 0
    ? faults
    : [ok('commands', '', `all ${needed.length} with all parameters`)];
}

function judgeCommand(
  { name, found, missing }: ReplyOf<'cmdlets.probe'>['commands'][number],
  page: readonly KnownCommand[],
): ExaminedFinding[] {
  const known = page.find((command) => command.name === name);
  if (!found) {
    const todo = `Install the module ${known?.module ?? 'of it'} on this machine.`;
    return [bad(name, '', { found: 'missing', todo })];
  }
  return missing.map((parameter) =>
    known?.optional?.includes(parameter)
      ? warn(name, '', { found: `no -${parameter}`, todo: 'An older version: it is done without.' })
      : bad(name, '', { found: `no -${parameter}`, todo: 'Report this: the module uses it.' }),
  );
}

async function examineHosts(parts: Examination): Promise<ExaminedFinding[]> {
  const listed = await parts.desk.tryTo('hosts.list', {});
  if (listed.kind !== 'answer') return [failed('hosts', '', listed)];
  const { hosts } = listed.data;
  const up = hosts.filter(({ state }) => state === 'up');
  const found = `${up.length} of ${hosts.length} are up`;
  const findings = [
    up.length >= 2
      ? ok('hosts', '', found)
      : bad('hosts', '', { found, todo: 'A migration needs two hosts that are up.' }),
  ];
  for (const { name } of up) findings.push(...(await examineHost(parts, name)));
  return findings;
}

async function examineHost({ desk, clock }: Examination, host: string): Promise<ExaminedFinding[]> {
  const read = await desk.tryTo('host.read', { host });
  const checked = await desk.tryTo('doctor.host', { host });
  const findings: ExaminedFinding[] = [];
  if (read.kind === 'answer') {
    const { files, utc, osBuild } = read.data;
    const todo = 'Let the worker read the administrative share, or known issues stay unknown.';
    findings.push(ok('system', host, osBuild ?? 'unknown'), judgeClock(host, utc, clock));
    findings.push(
      files.length > 0
        ? ok(
            'file versions',
            host,
            files.map(({ name, version }) => `${name} ${version}`).join(', '),
          )
        : warn('file versions', host, { found: 'none could be read', todo }),
    );
  } else findings.push(failed('host', host, read));
  if (checked.kind === 'answer') {
    findings.push(...checked.data.findings.map((finding) => ({ ...finding, where: host })));
  } else findings.push(failed('host checks', host, checked));
  return findings;
}

async function examineVms(parts: Examination): Promise<ExaminedFinding[]> {
  const { desk, settings } = parts;
  const listed = await desk.tryTo('vms.list', { skip: 0, countMax: 200 });
  if (listed.kind !== 'answer') return [failed('VMs', '', listed)];
  const { vms: allowed } = settings;
  const vms = listed.data.vms.filter(
    ({ id, name }) => allowed === null || allowed.has(name.toLowerCase()) || allowed.has(id),
  );
  const findings: ExaminedFinding[] = [
    vms.length > 0
      ? ok('VMs', '', `${vms.length} may be touched`)
      : bad('VMs', '', { found: 'none may be touched', todo: 'Name them in the option vms.' }),
  ];
  for (const vm of vms.slice(0, vmsMax)) findings.push(...(await examineVm(parts, vm)));
  return findings;
}

async function examineVm(
  { desk, settings }: Examination,
  { id, name, host }: ReplyOf<'vms.list'>['vms'][number],
): Promise<ExaminedFinding[]> {
  const findings: ExaminedFinding[] = [];
  const seen = await desk.tryTo('settings.read', { vmId: id });
  if (seen.kind === 'answer' && seen.data.checkHeartbeat === 1) {
    const todo = 'Set CheckHeartbeat to 0 for the campaign: the cluster may cut a dump short.';
    findings.push(warn('CheckHeartbeat', name, { found: 'on', todo }));
  }
  const { access } = settings.guest;
  if (access === 'none' || host === null) return findings;
  const guest = await desk.tryTo('guest.read', { vmId: id, host, access, guestName: name });
  if (guest.kind !== 'answer') return [...findings, failed('guest', name, guest)];
  const { autoReboot, crashDumpEnabled } = guest.data;
  if (autoReboot === false) {
    findings.push(warn('AutoReboot', name, { found: 'off', todo: 'Set AutoReboot to 1.' }));
  }
  if (crashDumpEnabled === 0) {
    findings.push(warn('guest dump', name, { found: 'none', todo: 'Set CrashDumpEnabled to 2.' }));
  }
  return [...findings, ok('guest', name, 'can be asked')];
}

/**
 * The positive control: injects an NMI into one sacrificial VM and waits for its 0x80. Without it,
 * "no bugcheck was seen" may mean that none can be seen.
 */
export async function runControl(
  { desk, clock }: Examination,
  driver: HypervisorDriver,
  vmName: string,
): Promise<ExaminedFinding> {
  const what = 'positive control (NMI)';
  const { vms } = await desk.ask('vms.list', { skip: 0, countMax: 200 });
  const vm = vms.find(({ name }) => name === vmName);
  if (vm === undefined || vm.host === null) {
    return bad(what, vmName, {
      found: 'no such VM runs',
      todo: 'Name a sacrificial VM that runs.',
    });
  }
  const ending = new AbortController();
  let seen: string | null = null;
  await driver.watch(
    vm.id,
    (event) => {
      if (event.kind === 'bugcheck' && event.stop.code === 0x80) seen = event.channel;
    },
    ending.signal,
  );
  try {
    const sent = await desk.tryTo('vm.nmi', { vmId: vm.id, host: vm.host });
    if (sent.kind !== 'answer') return failed(what, vmName, sent);
    const untilMs = clock.monotonicMs() + controlMsMax;
    while (seen === null && clock.monotonicMs() < untilMs) await pause(clock, 250);
  } finally {
    ending.abort();
  }
  if (seen !== null) return ok(what, vmName, `0x80 seen through ${String(seen)}`);
  const todo = 'Crashes are not seen here: check the rights and the Worker-Admin log.';
  return bad(what, vmName, { found: 'no bugcheck was seen', todo });
}

function ok(what: string, where: string, found: string): ExaminedFinding {
  return { what, where, state: 'ok', found, todo: '' };
}

function warn(what: string, where: string, more: { found: string; todo: string }): ExaminedFinding {
  return { what, where, state: 'warning', ...more };
}

function bad(what: string, where: string, more: { found: string; todo: string }): ExaminedFinding {
  return { what, where, state: 'bad', ...more };
}

function failed(
  what: string,
  where: string,
  tried: Exclude<Tried<OperationName>, { kind: 'answer' }>,
): ExaminedFinding {
  const found = tried.kind === 'refused' ? tried.error.message : tried.detail;
  const todo = 'See the chapter on rights in docs/hyperv.md.';
  return bad(what, where, { found: found.slice(0, 300), todo });
}
