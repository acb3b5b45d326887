import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toInstant, toIso } from '../kernel/instant.ts';
import { toFinding } from './event-finding.ts';
import {
  parseWindowsEvent,
  parseWindowsEvents,
  vmIdOfSid,
  type WindowsEvent,
} from './windows-event.ts';

// Made after the published samples and manifests; names and times are invented.
const fatal = readFixture('18590.xml');
const linux = readFixture('18590-linux.xml');
const reported = readFixture('1001.xml');
const power = readFixture('41.xml');

const parameters = [
  '0x0000000000000000',
  '0x0000000000000002',
  '0x0000000000000000',
  '0xFFFFF8800104B2B8',
];
const vmId = 'd9e0eb0a-5b37-508e-9173-67e9ade83acf';

describe('event 18590', () => {
  test('carries the STOP code, its parameters and the VM', () => {
    expect(finding(fatal)).toMatchObject({
      kind: 'guest-bugcheck',
      channel: 'event-18590',
      stop: { code: 0xd1, parameters, module: null },
      vmId,
      vmName: 'sql-1',
      timeIs: 'crash',
    });
    expect(toIso(event(fatal).at ?? toInstant(0))).toBe('2026-11-24T02:13:07.123Z');
    expect(event(fatal)).toMatchObject({
      recordId: '4711',
      processId: 4892,
      level: 1,
      computer: 'hv1.lab.example',
      providerGuid: '51ddfa29-d5c8-4803-be4b-2ecb715570fe',
    });
  });

  test('of a Linux guest is a panic with its message, never a code', () => {
    expect(finding(linux)).toMatchObject({
      kind: 'guest-bugcheck',
      stop: {
        code: null,
        parameters: [],
        reason: 'Kernel panic - not syncing: Fatal exception in interrupt',
      },
      vmName: 'rhel & co',
    });
    const toldSo = toFinding(event(fatal), { subject: 'guest', guestOs: 'Red Hat 6' });
    expect(toldSo.stop).toMatchObject({ code: null, reason: 'the guest reported a panic' });
  });

  test('with the code 0 is no STOP error, even of a guest that says nothing', () => {
    const silent = linux.replace(/Guest message:[^<]*/, '');
    expect(finding(silent).stop).toMatchObject({
      code: null,
      reason: 'the guest reported a panic',
    });
  });

  test('without a VM id is told by the account of its worker process', () => {
    expect(finding(linux).vmId).toBe(vmId);
  });

  test('without fields is read from its text', () => {
    const text = `'sql-1' has encountered a fatal error.  The guest operating system reported that it failed with the following error codes: ErrorCode0: 0xD1, ErrorCode1: 0x0, ErrorCode2: 0x2, ErrorCode3: 0x0, ErrorCode4: 0xFFFFF8800104B2B8.  PreOSId: 0.`;
    const rendered = fatal
      .replace(/<UserData>.*<\/UserData>/, '')
      .replace('</Event>', `<RenderingInfo><Message>${text}</Message></RenderingInfo></Event>`);
    expect(finding(rendered)).toMatchObject({ stop: { code: 0xd1, parameters }, vmId });
  });

  test('of an informational level or of another provider is not one', () => {
    expect(finding(fatal.replace('<Level>1<', '<Level>4<')).kind).toBe('other');
    expect(finding(fatal.replace('Hyper-V-Worker', 'Something')).kind).toBe('other');
  });
});

describe('events of the guest after its next boot', () => {
  test('1001 carries code, parameters and the path of the dump', () => {
    expect(finding(reported)).toMatchObject({
      kind: 'guest-bugcheck',
      channel: 'event-1001',
      stop: { code: 0xd1, parameters },
      dumpPath: 'C:\\Windows\\MEMORY.DMP',
      timeIs: 'next-boot',
    });
  });

  test('1001 of Windows Error Reporting in another log is something else', () => {
    const wer = reported
      .replace('Microsoft-Windows-WER-SystemErrorReporting', 'Windows Error Reporting')
      .replace('>System<', '>Application<');
    expect(finding(wer)).toMatchObject({ kind: 'other', stop: null });
    expect(finding(reported.replace('>System<', '>Application<')).kind).toBe('other');
  });

  test('41 has its code in decimal', () => {
    expect(finding(power)).toMatchObject({
      kind: 'guest-bugcheck',
      stop: { code: 0xd1, parameters },
      timeIs: 'next-boot',
    });
    expect(finding(power.replace('>209<', '>126<')).stop?.code).toBe(0x7e);
    expect(finding(power.replace('>209<', '>244<')).stop?.code).toBe(0xf4);
  });

  test('41 with code 0 is a reset without a bugcheck', () => {
    expect(finding(power.replace('>209<', '>0<'))).toMatchObject({
      kind: 'guest-reset',
      stop: null,
    });
  });

  test('a live dump is no bugcheck', () => {
    expect(finding(reported.replace('0x000000d1', '0x00000161')).kind).toBe('other');
  });
});

test('the hypervisor error speaks for a host; any other code only when told whose log it is', () => {
  expect(finding(reported.replace('0x000000d1', '0x00020001')).kind).toBe('host-bugcheck');
  const origin = { subject: 'host', guestOs: null } as const;
  expect(toFinding(event(power), origin).kind).toBe('host-bugcheck');
  expect(finding(power).kind).toBe('guest-bugcheck');
});

test.each([18601, 18602, 18603, 18604, 18605, 18606])('%i is a boot result, no crash', (id) => {
  const boot = fatal.replace('18590', String(id));
  expect(finding(boot)).toMatchObject({ kind: 'boot', stop: null });
  expect(finding(boot.replace('Hyper-V-Worker', 'Hyper-V-Chipset')).kind).toBe('boot');
});

test.each([18539, 18540, 18550, 18560, 18514, 18515, 18528])('%i is a reset without code', (id) => {
  expect(finding(fatal.replace('18590', String(id)))).toMatchObject({
    kind: 'guest-reset',
    stop: null,
    vmId,
  });
});

test.each([18502, 18504, 18508, 18512])('%i is an orderly end, no finding', (id) => {
  expect(finding(fatal.replace('18590', String(id))).kind).toBe('other');
});

test('the account of a worker process encodes its VM', () => {
  expect(vmIdOfSid('S-1-5-83-1-3655396106-1351506743-3915871121-3476744365')).toBe(vmId);
  expect(vmIdOfSid('S-1-5-18')).toBeNull();
  expect(vmIdOfSid('S-1-5-83-1-9999999999-1-1-1')).toBeNull();
});

describe('hostile XML', () => {
  test('is refused with a reason', () => {
    const billion = '<!DOCTYPE x [<!ENTITY a "aaaa">]><Event>&a;</Event>';
    for (const xml of ['', 'no xml', '<Event>', '<Event></System></Event>', billion, '<a/><b/>']) {
      expect(parseWindowsEvent(xml)).toHaveProperty('fault');
    }
    expect(parseWindowsEvent('<Event><System/></Event>')).toHaveProperty('fault');
    expect(parseWindowsEvent(`${'<a>'.repeat(100)}`)).toHaveProperty('fault');
  });

  test('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(fatal.length), (noise, at) => {
        const torn = fatal.slice(0, at) + noise + fatal.slice(at);
        const parsed = parseWindowsEvent(torn);
        if (!('fault' in parsed)) toFinding(parsed);
      }),
    );
  });

  test('of a long unclosed quote costs no time to speak of', () => {
    expect(parseWindowsEvent(`<Event a="${'x'.repeat(1_000_000)}`)).toHaveProperty('fault');
    expect(parseWindowsEvent(`<Event ${'a="b" '.repeat(200_000)}`)).toHaveProperty('fault');
    expect(parseWindowsEvent('<'.repeat(1_000_000))).toHaveProperty('fault');
  });
});

test('a list of events is read in its order', () => {
  const list = parseWindowsEvents(`<Events>${fatal}${linux}</Events>`);
  expect('fault' in list ? list : list.map((one) => one.recordId)).toEqual(['4711', '12']);
});

function event(xml: string): WindowsEvent {
  const parsed = parseWindowsEvent(xml);
  if ('fault' in parsed) throw new Error(parsed.fault);
  return parsed;
}

function finding(xml: string) {
  return toFinding(event(xml));
}

function readFixture(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');
}
