import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bucketKeyOf } from '../domain/signature.ts';
import { parseDebuggerText } from './debugger-text.ts';

// Written after the published formats; neither comes from a real crash.
const old = readFixture('analyze-old.txt');
const recent = readFixture('analyze-new.txt');

test('an old debugger names code, parameters, image, function and offset', () => {
  expect(only(old)).toMatchObject({
    stop: {
      code: 0xd1,
      parameters: [
        '0x0000000000000000',
        '0x0000000000000002',
        '0x0000000000000000',
        '0xFFFFF8800104B2B8',
      ],
      module: 'storvsc',
      function: 'StorChannelVmbusCallback',
      offset: 0x2b8,
    },
    confidence: 'high',
    failureBucket: 'X64_0xD1_storvsc!StorChannelVmbusCallback+2b8',
    imageTimestamp: '4ce7a9b7',
    processName: 'System',
  });
  expect(only(old).stack).toEqual([
    'nt!KeBugCheckEx',
    'nt!KiBugCheckDispatch+0x69',
    'nt!KiPageFault+0x260',
    'storvsc!StorChannelVmbusCallback+0x2b8',
  ]);
});

test('a new debugger says the same in its own words', () => {
  expect(only(recent)).toMatchObject({
    stop: {
      code: 0xd1,
      module: 'storvsc',
      function: 'StorChannelVmbusCallback',
      offset: 0x2b5,
    },
    confidence: 'high',
    failureBucket: 'AV_storvsc!StorChannelVmbusCallback',
    imageVersion: '6.1.7600.16385',
  });
});

test('+2b8 and +0x2b5, old and new, are one bucket', () => {
  const keys = [only(old), only(recent)].map(({ stop }) => bucketKeyOf(stop, 'guest'));
  expect(new Set(keys)).toEqual(new Set(['guest|0x000000D1|storvsc|StorChannelVmbusCallback']));
});

test('the code never comes from the stack, whose first frame shows another', () => {
  const stackOnly = old.slice(old.indexOf('STACK_TEXT'), old.indexOf('STACK_COMMAND'));
  expect(parseDebuggerText(stackOnly)).toEqual([]);
});

test('the blog says it in two lines', () => {
  const blog = `DRIVER_IRQL_NOT_LESS_OR_EQUAL (d1)

The driver probably at fault is storvsc.sys

Probably caused by : storvsc.sys ( storvsc!StorChannelVmbusCallback+2b8 )`;
  expect(only(blog).stop).toMatchObject({
    code: 0xd1,
    parameters: [],
    module: 'storvsc',
    function: 'StorChannelVmbusCallback',
    offset: 0x2b8,
  });
});

test('line ends do not matter, nor do several dumps in one log', () => {
  const crlf = old.replaceAll('\n', '\r\n');
  expect(only(crlf)).toEqual(only(old));
  const both = parseDebuggerText(`${old}\n${recent}`);
  expect(both.map(({ stop }) => stop.offset)).toEqual([0x2b8, 0x2b5]);
  expect(parseDebuggerText(`${crlf}${crlf}${crlf}`)).toHaveLength(3);
});

test('a text that was cut still gives what is left of it', () => {
  const cut = old.slice(0, old.indexOf('Probably caused by'));
  expect(only(cut)).toMatchObject({
    stop: { code: 0xd1, module: null, function: null },
    confidence: 'low',
  });
  expect(only(cut).stop.parameters).toHaveLength(4);
});

test('missing symbols of the blamed image lower the confidence, those of others do not', () => {
  const complaint = (image: string) =>
    `*** ERROR: Module load completed but symbols could not be loaded for ${image}\n${old}`;
  expect(only(complaint('storvsc.sys')).confidence).toBe('low');
  expect(only(complaint('vmbus.sys')).confidence).toBe('high');
});

test('a debugger that blames no image leaves the place open', () => {
  const nobody = old
    .replaceAll('storvsc.sys', 'memory_corruption')
    .replaceAll(/storvsc!StorChannelVmbusCallback\+(0x)?2b8/g, 'ANALYSIS_INCONCLUSIVE')
    .replace('MODULE_NAME: storvsc', 'MODULE_NAME: Unknown_Module');
  expect(only(nobody)).toMatchObject({
    stop: { code: 0xd1, module: null, function: null, offset: null },
    confidence: 'low',
  });
});

test('an image without symbols is blamed without a function', () => {
  const bare = old.replaceAll(/storvsc!StorChannelVmbusCallback\+(0x)?2b8/g, 'storvsc+b2b8');
  expect(only(bare).stop).toMatchObject({ module: 'storvsc', function: null });
});

test('two lines that contradict each other lower the confidence', () => {
  const torn = old.replace('BugCheck D1,', 'BugCheck 1A,');
  expect(only(torn)).toMatchObject({ confidence: 'low' });
});

test('text of anything else gives nothing and never throws', () => {
  expect(parseDebuggerText('')).toEqual([]);
  expect(parseDebuggerText('hello\nworld')).toEqual([]);
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 2000 }), (noise) => {
      expect(() => parseDebuggerText(`BUGCHECK_CODE: ${noise}\n${noise}`)).not.toThrow();
    }),
  );
});

test('a megabyte without line ends costs no time to speak of', () => {
  const hostile = `Probably caused by : ${'('.repeat(500_000)}${'A'.repeat(500_000)}`;
  expect(parseDebuggerText(hostile)).toEqual([]);
});

function only(text: string) {
  const reports = parseDebuggerText(text);
  expect(reports).toHaveLength(1);
  const [report] = reports;
  if (report === undefined) throw new Error('no report');
  return report;
}

function readFixture(name: string): string {
  return readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8');
}
