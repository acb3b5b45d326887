import { afterEach, describe, expect, test, vi } from 'vitest';
import type { GuestEvent } from '../../src/application/ports.ts';
import type { ParsedOptions } from '../../src/drivers/qemu/options.ts';
import { openRig, type Rig, whyNoQemu } from './rig.ts';

const reason = whyNoQemu();
const never = new AbortController().signal;
const waitMs = 20_000;

describe.skipIf(reason !== null)(`what guests are found to do ${reason ?? ''}`, () => {
  const rigs: Rig[] = [];
  afterEach(async () => {
    for (const rig of rigs.splice(0)) await rig[Symbol.asyncDispose]();
  });

  async function open(options: ParsedOptions) {
    const rig = await openRig({ dumpsMax: 0, ...options });
    rigs.push(rig);
    const events: GuestEvent[] = [];
    await rig.driver.watch(rig.vmId, (event) => events.push(event), never);
    const seen = (kind: GuestEvent['kind']) => events.filter((event) => event.kind === kind);
    const wait = (kind: GuestEvent['kind']) =>
      vi.waitUntil(() => seen(kind).length > 0, { timeout: waitMs, interval: 5 });
    return { ...rig, events, seen, wait };
  }

  async function migrate({ driver, vmId, cluster }: Rig) {
    const { host } = await driver.locate(vmId, never);
    const target = cluster.slots.find((slot) => slot !== host) ?? '';
    const source = host ?? '';
    return driver.migrate({ attemptId: 'a', vmId, source, target, timeoutMs: 20_000 }, never);
  }

  test('a hang is silence, and an NMI makes it say where it hangs', async () => {
    const { driver, vmId, guest, wait } = await open({ heartbeatSilenceMsMax: 1000 });
    guest.process?.console.send('hang');
    await wait('heartbeat-lost');
    expect(await driver.probe(vmId, never)).toMatchObject({ alive: false });
    const since = driver.clock.now();
    const bundle = await driver.collectEvidence({ attemptId: 'a', vmId, hosts: [], since }, never);
    expect(bundle.stop).toMatchObject({ module: 'init', function: 'spin' });
  });

  test('a reset and a power-off of the guest by itself are told apart from a crash', async () => {
    const { driver, vmId, guest, wait, seen } = await open({});
    guest.process?.console.send('reboot');
    await wait('reset');
    expect(guest.location.state).toBe('failed');
    await driver.recover(vmId, never);
    guest.process?.console.send('poweroff');
    await vi.waitUntil(() => guest.location.state === 'off', { timeout: waitMs });
    expect(seen('bugcheck')).toEqual([]);
  });

  test('a guest that died with nobody watching is brought back, not left dead', async () => {
    const rig = await openRig({});
    rigs.push(rig);
    rig.guest.process?.console.send('panic');
    await vi.waitUntil(() => rig.guest.location.state === 'failed', { timeout: waitMs });
    await vi.waitUntil(() => rig.guest.location.state === 'running', { timeout: waitMs });
    expect(await rig.driver.probe(rig.vmId, never)).toMatchObject({ alive: true });
  });

  test('QEMU that dies of itself is a crash of the host', async () => {
    const { driver, vmId, guest, wait, seen } = await open({});
    process.kill(guest.process?.pid ?? 0, 'SIGSEGV');
    await wait('bugcheck');
    expect(seen('bugcheck')).toMatchObject([{ subject: 'host', channel: 'process-exit' }]);
    expect(await driver.recover(vmId, never)).toMatchObject({ state: 'running' });
  });

  test('a panic on command leaves registers, a screen, a dump and the last words', async () => {
    const { driver, vmId, guest, wait } = await open({ dumpsMax: 1, dumpMiBMax: 64 });
    guest.process?.console.send('panic');
    await wait('bugcheck');
    const request = { attemptId: 'a', vmId, hosts: [], since: driver.clock.now() };
    const { evidence, stop } = await driver.collectEvidence(request, never);
    const named = new Map(evidence.map((piece) => [piece.name, Buffer.from(piece.bytes)]));
    expect(named.get('registers.txt')?.toString()).toContain('RIP=');
    expect(named.get('screen.png')?.subarray(1, 4).toString()).toBe('PNG');
    expect(named.get('memory.kdump')?.subarray(0, 8).toString('latin1')).toMatch(/KDUMP|makedump/);
    expect(named.get('serial.log')?.toString()).toContain('end Kernel panic');
    expect(stop).toMatchObject({ function: 'sysrq_handle_crash', module: 'vmlinux' });
    const again = await driver.collectEvidence(request, never);
    expect(again.evidence.map(({ kind }) => kind)).not.toContain('dump'); // one was allowed
  });

  test('two vCPUs exchange tokens across migrations and none is lost', async () => {
    const rig = await open({ guests: [{ name: 'g', vcpus: 2, swappers: 2 }] });
    for (let i = 0; i < 3; i += 1) expect(await migrate(rig)).toMatchObject({ kind: 'completed' });
    expect(await rig.driver.probe(rig.vmId, never)).toMatchObject({ alive: true, faults: [] });
    expect(rig.seen('fault')).toEqual([]);
    rig.guest.process?.console.send('break-xchg');
    await rig.wait('fault');
    expect(rig.seen('fault')[0]).toMatchObject({ probe: 'xchg' });
  });

  test('RAM that is shared stays where it is while the guest moves', async () => {
    const rig = await open({ guests: [{ name: 'g', sharedRam: true }] });
    for (let i = 0; i < 4; i += 1) expect(await migrate(rig)).toMatchObject({ kind: 'completed' });
    expect(await rig.driver.probe(rig.vmId, never)).toMatchObject({ alive: true, faults: [] });
    const { settings } = await rig.driver.fingerprint(rig.vmId, [], never);
    expect(settings).toMatchObject({ ramMode: 'shared', ramKiB: '98304' });
  });

  test('without a compiler the guest is reduced, and still beats, moves and panics', async () => {
    const rig = await open({ compiler: '/nonexistent/cc' });
    expect(rig.cluster.image.kind).toBe('reduced');
    expect(await migrate(rig)).toMatchObject({ kind: 'completed' });
    expect(await rig.driver.probe(rig.vmId, never)).toMatchObject({ alive: true });
    rig.guest.process?.console.send('panic');
    await rig.wait('bugcheck');
  });

  test("a kernel and an initramfs of the user's own are taken as they are", async () => {
    const first = await open({});
    const { kernel, initramfs } = first.cluster.image;
    const rig = await open({ kernel: kernel.image, initramfs });
    expect(rig.cluster.image).toMatchObject({ kind: 'user', symbols: [] });
    expect(await migrate(rig)).toMatchObject({ kind: 'completed' });
    await expect(open({ kernel: '/nonexistent/vmlinuz' })).rejects.toMatchObject({
      code: 'driver.unavailable',
    });
  });

  test('controls show that a crash and a hang would be seen, and a quiet guest is not', async () => {
    const { driver, vmId } = await open({ heartbeatSilenceMsMax: 1000 });
    const shown = await driver.controls?.(vmId, never);
    expect(shown).toEqual({ positive: 'seen', negative: 'quiet', problems: [] });
    expect(await driver.locate(vmId, never)).toMatchObject({ state: 'running' });
  });
});
