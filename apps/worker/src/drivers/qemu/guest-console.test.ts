import { PassThrough } from 'node:stream';
import { createFakeClock } from '@gauntlet/shared/testing/fake-clock';
import { expect, test } from 'vitest';
import { createGuestConsole, type Heartbeat, type ProbeFault } from './guest-console.ts';

function openConsole() {
  const stream = new PassThrough();
  const console = createGuestConsole(stream, createFakeClock());
  const beats: Heartbeat[] = [];
  const faults: ProbeFault[] = [];
  console.listen({ heartbeat: (b) => beats.push(b), fault: (f) => faults.push(f) });
  return { stream, console, beats, faults };
}

test('heartbeats and faults are told apart from what the guest prints, however it arrives', () => {
  const { stream, console, beats, faults } = openConsole();
  const text =
    'READY up=9ms\r\n~1 p=0/10 x=0/0 w=2/7 e=1 a=3\r\nFAULT page-checker page 7 holds 1\r\n~2 p=1/11 x=0/0 w=2/8 e=1 a=3\r\n';
  for (const character of text) stream.emit('data', character);
  expect(beats.map(({ count }) => count)).toEqual([1, 2]);
  expect(console.lastBeat).toMatchObject({ pagesLost: 1, writesSlow: 2, writes: 8, announces: 3 });
  expect(faults).toEqual([{ probe: 'page-checker', detail: 'page 7 holds 1' }]);
  expect(console.text()).toBe('READY up=9ms\nFAULT page-checker page 7 holds 1\n');
});

test('a guest that prints for ever takes bounded memory', () => {
  const { stream, console } = openConsole();
  for (let i = 0; i < 2000; i += 1) stream.emit('data', `${'x'.repeat(1000)}\n`);
  stream.emit('data', 'y'.repeat(1_000_000));
  expect(console.text().length).toBeLessThan(300_000);
});
