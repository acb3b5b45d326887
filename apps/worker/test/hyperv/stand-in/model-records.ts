import type { ModelRecord } from './model-log.ts';

/** What a record says of a VM. */
type ModelVm = { readonly id: string; readonly name: string; readonly host: string };

const eventNamespace = 'http://schemas.microsoft.com/win/2004/08/events/event';

/** Event 18590 of the host's worker process. */
export function fatalErrorRecord(
  recordId: number,
  vm: ModelVm,
  { code, parameters }: { code: number; parameters: readonly string[] },
): ModelRecord {
  const codes = [`0x${code.toString(16)}`, ...parameters]
    .map((value, index) => `<VmErrorCode${index}>${value}</VmErrorCode${index}>`)
    .join('');
  const body = `<UserData><VmlEventLog xmlns='x'><VmName>${vm.name}</VmName><VmId>${vm.id.toUpperCase()}</VmId>${codes}</VmlEventLog></UserData>`;
  return record({
    recordId,
    id: 18590,
    level: 1,
    provider: 'Microsoft-Windows-Hyper-V-Worker',
    channel: 'Microsoft-Windows-Hyper-V-Worker-Admin',
    computer: vm.host,
    body,
  });
}

/** Event 20415: completed, with its blackout in the host's own decimal mark. */
export function completionRecord(
  recordId: number,
  vm: ModelVm,
  { host, blackout }: { host: string; blackout: string },
): ModelRecord {
  const fields = [vm.name, vm.id.toUpperCase(), blackout]
    .map((value, index) => `<Parameter${index}>${value}</Parameter${index}>`)
    .join('');
  return record({
    recordId,
    id: 20415,
    level: 4,
    provider: 'Microsoft-Windows-Hyper-V-VMMS',
    channel: 'Microsoft-Windows-Hyper-V-VMMS-Admin',
    computer: host,
    body: `<UserData><VmlEventLog xmlns='x'>${fields}</VmlEventLog></UserData>`,
  });
}

/** Event 21502: free text with the code inside. */
export function failureRecord(
  recordId: number,
  vm: ModelVm,
  { host, code }: { host: string; code: string },
): ModelRecord {
  return record({
    recordId,
    id: 21502,
    level: 2,
    provider: 'Microsoft-Windows-Hyper-V-High-Availability',
    channel: 'Microsoft-Windows-Hyper-V-High-Availability-Admin',
    computer: host,
    body: `<EventData><Data Name='ResourceText'>Live migration of '${vm.name}' failed (${code}). (Virtual machine ID ${vm.id})</Data></EventData>`,
  });
}

/** What a system writes when it is back from a bugcheck: 41, then 1001. */
export function bootRecords(computer: string, code: number): ((recordId: number) => ModelRecord)[] {
  const hex = code.toString(16).padStart(8, '0');
  const parameters =
    '0x0000000000000000, 0x0000000000000002, 0x0000000000000000, 0xfffff8800104b2b8';
  const system = { channel: 'System', computer };
  return [
    (recordId) =>
      record({
        ...system,
        recordId,
        id: 41,
        level: 1,
        provider: 'Microsoft-Windows-Kernel-Power',
        body: `<EventData><Data Name='BugcheckCode'>${code}</Data><Data Name='BugcheckParameter1'>0x0</Data><Data Name='BugcheckParameter2'>0x2</Data><Data Name='BugcheckParameter3'>0x0</Data><Data Name='BugcheckParameter4'>0xfffff8800104b2b8</Data></EventData>`,
      }),
    (recordId) =>
      record({
        ...system,
        recordId,
        id: 1001,
        level: 2,
        provider: 'Microsoft-Windows-WER-SystemErrorReporting',
        body: `<EventData><Data Name='param1'>0x${hex} (${parameters})</Data><Data Name='param2'>C:\\Windows\\MEMORY.DMP</Data></EventData>`,
      }),
  ];
}

interface RecordParts {
  readonly recordId: number;
  readonly id: number;
  readonly level: number;
  readonly provider: string;
  readonly channel: string;
  readonly computer: string;
  readonly body: string;
}

function record({ recordId, id, level, provider, channel, computer, body }: RecordParts) {
  const system = [
    `<Provider Name='${provider}'/>`,
    `<EventID>${id}</EventID><Level>${level}</Level>`,
    `<TimeCreated SystemTime='${new Date().toISOString().replace('Z', '0000Z')}'/>`,
    `<EventRecordID>${recordId}</EventRecordID><Correlation/>`,
    `<Channel>${channel}</Channel><Computer>${computer}</Computer><Security/>`,
  ].join('');
  return { id, xml: `<Event xmlns='${eventNamespace}'><System>${system}</System>${body}</Event>` };
}
