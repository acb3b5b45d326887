import { Duplex } from 'node:stream';
import { createFakeClock } from '@gauntlet/shared/testing/fake-clock';
import { expect, test } from 'vitest';
import { QmpClient } from './qmp-client.ts';

/** The other side of a monitor: what the client wrote, and a way to answer. */
function openMonitor() {
  const written: { execute: string; id: number }[] = [];
  const stream = new Duplex({
    read() {},
    write(chunk, _encoding, done) {
      written.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const clock = createFakeClock();
  const client = new QmpClient(stream, clock);
  const send = (message: object) => stream.emit('data', `${JSON.stringify(message)}\r\n`);
  return { client, written, send, clock, stream };
}

const event = (name: string, microseconds = 0) => ({
  event: name,
  timestamp: { seconds: 1_700_000_000, microseconds },
});

test('answers find their commands in whatever order they come', async () => {
  const { client, send } = openMonitor();
  const first = client.execute('query-status');
  const second = client.execute('query-migrate');
  send({ return: 'second', id: 2 });
  send({ return: 'first', id: 1 });
  expect(await Promise.all([first, second])).toEqual(['first', 'second']);
});

test('a refusal carries the class QEMU gave it', async () => {
  const { client, send } = openMonitor();
  const refused = client.execute('migrate');
  send({ id: 1, error: { class: 'GenericError', desc: 'no such file' } });
  await expect(refused).rejects.toMatchObject({
    errorClass: 'GenericError',
    message: 'migrate: no such file',
  });
});

test('the greeting is no answer: capabilities are negotiated after it', async () => {
  const { client, send, written } = openMonitor();
  const greeted = client.greet(1000);
  send({ QMP: { version: {}, capabilities: [] } });
  await new Promise(setImmediate);
  expect(written).toMatchObject([{ execute: 'qmp_capabilities', id: 1 }]);
  send({ return: {}, id: 1 });
  await greeted;
});

test('a monitor that never greets, and a command never answered, run out of time', async () => {
  const { client, clock } = openMonitor();
  const greeted = expect(client.greet(1000)).rejects.toMatchObject({ errorClass: 'late' });
  const answered = expect(client.execute('stop', {}, 500)).rejects.toThrow(/within 500 ms/);
  await clock.advance(1001);
  await Promise.all([greeted, answered]);
});

test('an event that came before the wait began is not missed', async () => {
  const { client, send, clock } = openMonitor();
  send(event('STOP'));
  const since = client.events.count;
  send(event('RESUME', 1500));
  const match = ({ name }: { name: string }) => name === 'RESUME';
  const seen = await client.events.waitFor({ since, match, waitMsMax: 10 });
  expect(seen).toMatchObject({ name: 'RESUME', atMs: 1_700_000_000_001.5 });
  const missing = client.events.waitFor({ since: 2, match, waitMsMax: 10 });
  await clock.advance(11);
  expect(await missing).toBe('late');
});

test('a monitor that hangs up ends every wait', async () => {
  const { client, stream } = openMonitor();
  const answer = expect(client.execute('quit')).rejects.toMatchObject({ errorClass: 'closed' });
  const wait = client.events.waitFor({ since: 0, match: () => true, waitMsMax: 1000 });
  stream.destroy();
  await answer;
  expect(await wait).toBe('closed');
  await expect(client.execute('stop')).rejects.toMatchObject({ errorClass: 'closed' });
});

test('what is no QMP, or has no end, closes the monitor', () => {
  const foreign = openMonitor();
  foreign.stream.emit('data', 'HTTP/1.1 400 Bad Request\r\n');
  expect(foreign.client.isClosed).toBe(true);
  const endless = openMonitor();
  for (let i = 0; i < 5; i += 1) endless.stream.emit('data', 'x'.repeat(1024 * 1024));
  expect(endless.client.isClosed).toBe(true);
});

test('only the newest events are kept', () => {
  const { client, send } = openMonitor();
  for (let i = 0; i < 1000; i += 1) send(event('MIGRATION_PASS', i));
  expect(client.events.count).toBe(1000);
  expect(client.events.since(0)).toHaveLength(256);
  expect(client.events.since(998)).toHaveLength(2);
});
