import { formatStopCode, type StopError } from '@gauntlet/shared/domain/bugcheck';
import type { CollectedEvidence } from '@gauntlet/shared/domain/evidence';
import { nameOfStopCode } from '@gauntlet/shared/domain/stop-codes';
import { toIso } from '@gauntlet/shared/kernel/instant';
import type { BugcheckEntry } from '@gauntlet/simulated-cluster/cluster';
import type { SimulatedStop } from '@gauntlet/simulated-cluster/ledger';
import type { EvidenceBundle } from '../../application/ports.ts';

/** What the dump and the logs of a simulated crash say: more than the bare event. */
export function toEvidence(entry: BugcheckEntry | null, vmId: string): EvidenceBundle {
  if (entry === null || entry.stop === null) return { evidence: [], stop: null };
  const { stop } = entry;
  const record = entry.kind === 'bugcheck' ? guestRecord(entry, stop) : hostRecord(entry, stop);
  const evidence = [
    record,
    toFile('debugger-text', 'analyze.txt', 'text/plain', debuggerText(stop)),
    toFile('ledger', 'ledger.json', 'application/json', JSON.stringify({ ...entry, seenBy: vmId })),
  ];
  return { evidence, stop: toStopError(stop) };
}

export function toStopError({ code, parameters, module, ...stop }: SimulatedStop): StopError {
  return { code, parameters, module, function: stop.function, offset: stop.offset, reason: null };
}

/** Shaped like event 18590 of the Hyper-V worker process. */
function guestRecord(
  entry: Extract<BugcheckEntry, { kind: 'bugcheck' }>,
  stop: SimulatedStop,
): CollectedEvidence {
  const [first = '0x0', second = '0x0', third = '0x0', fourth = '0x0'] = stop.parameters;
  const codes = [hex(stop.code), first, second, third, fourth]
    .map((value, i) => `<VmErrorCode${i}>${escapeXml(value)}</VmErrorCode${i}>`)
    .join('');
  const xml = `<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>\
<Provider Name="Microsoft-Windows-Hyper-V-Worker" Guid="{51ddfa29-d5c8-4803-be4b-2ecb715570fe}"/>\
<EventID>18590</EventID><Level>1</Level><TimeCreated SystemTime="${toIso(entry.at)}"/>\
<EventRecordID>${entry.seq}</EventRecordID><Correlation/>\
<Channel>Microsoft-Windows-Hyper-V-Worker-Admin</Channel>\
<Computer>${escapeXml(entry.host)}</Computer></System>\
<UserData><VmlEventLog><VmName>${escapeXml(entry.vmId)}</VmName>\
<VmId>${escapeXml(entry.vmId)}</VmId>${codes}</VmlEventLog></UserData></Event>\n`;
  return toFile('event-record', '18590.xml', 'application/xml', xml);
}

/** Shaped like event 1001 in the host's System log after its next boot. */
function hostRecord(
  entry: Extract<BugcheckEntry, { kind: 'host-crash' }>,
  stop: SimulatedStop,
): CollectedEvidence {
  const bugcheck = `${formatStopCode(stop.code).toLowerCase()} (${stop.parameters.join(', ')})`;
  const xml = `<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>\
<Provider Name="Microsoft-Windows-WER-SystemErrorReporting" \
Guid="{ABCE23E7-DE45-4366-8631-84FA6C525952}"/><EventID>1001</EventID><Level>2</Level>\
<TimeCreated SystemTime="${toIso(entry.at)}"/><EventRecordID>${entry.seq}</EventRecordID>\
<Channel>System</Channel><Computer>${escapeXml(entry.host)}</Computer></System>\
<EventData><Data Name="param1">${escapeXml(bugcheck)}</Data>\
<Data Name="param2">C:\\Windows\\MEMORY.DMP</Data></EventData></Event>\n`;
  return toFile('event-record', '1001.xml', 'application/xml', xml);
}

/** Shaped like `!analyze -v` of the debuggers of those years. */
function debuggerText(stop: SimulatedStop): string {
  const short = stop.code.toString(16);
  const parameters = [0, 1, 2, 3].map((i) => toAddress(stop.parameters[i] ?? '0x0'));
  const lines = [
    `BugCheck ${short.toUpperCase()}, {${parameters.join(', ')}}`,
    '',
    `${nameOfStopCode(stop.code)} (${short})`,
    'Arguments:',
    ...parameters.map((value, i) => `Arg${i + 1}: ${value}`),
    '',
    'Debugging Details:',
    '------------------',
    '',
    `BUGCHECK_STR:  0x${short.toUpperCase()}`,
    ...blame(stop),
    '',
  ];
  return lines.join('\r\n');
}

function blame(stop: SimulatedStop): string[] {
  const { module, offset } = stop;
  if (module === null) return ['', 'Probably caused by : Unknown_Image'];
  const plus = offset === null ? '' : `+${offset.toString(16)}`;
  const symbol = stop.function === null ? `${module}+0` : `${module}!${stop.function}${plus}`;
  const image = module === 'nt' ? 'ntkrnlmp.exe' : `${module}.sys`;
  return [
    `SYMBOL_NAME:  ${symbol}`,
    `MODULE_NAME: ${module}`,
    `IMAGE_NAME:  ${image}`,
    `FAILURE_BUCKET_ID:  X64_0x${stop.code.toString(16).toUpperCase()}_${symbol}`,
    '',
    `Probably caused by : ${image} ( ${symbol} )`,
  ];
}

function toAddress(value: string): string {
  return value.replace(/^0x/, '').padStart(16, '0');
}

function hex(code: number): string {
  return `0x${code.toString(16).toUpperCase()}`;
}

/** Also drops what XML 1.0 cannot carry at all: names are any Unicode. */
function escapeXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function toFile(
  kind: CollectedEvidence['kind'],
  name: string,
  contentType: string,
  text: string,
): CollectedEvidence {
  return { kind, name, contentType, bytes: new TextEncoder().encode(text) };
}
