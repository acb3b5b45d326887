import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Desk, type DeskReply, type DeskRequest, openDesk } from './stand-in/desk.ts';
import { createModelCluster, type ModelCluster } from './stand-in/model-cluster.ts';
import { standInOptions } from './stand-in/open-driver.ts';

const program = join(import.meta.dirname, '../../src/doctor.ts');

test('a fit cluster gets a table and exit code 0', async () => {
  await using rig = await openRig();
  const { code, output } = await rig.runDoctor();
  expect(output).toContain('fit for a campaign');
  expect(output).toContain('3 of 3 are up');
  expect(output).toContain('Set CheckHeartbeat to 0');
  expect(code).toBe(0);
});

test('a missing command, a missing parameter and a small log are named, with exit code 1', async () => {
  await using rig = await openRig({ missing: 'Debug-VM', without: ['Get-VHD', 'ComputerName'] });
  const { code, output } = await rig.runDoctor();
  expect(output).toMatch(/BAD .*Debug-VM\s+missing/);
  expect(output).toMatch(/BAD .*Get-VHD\s+no -ComputerName/);
  expect(output).toContain('not fit: 2');
  expect(code).toBe(1);
});

test('the positive control stops the named VM and sees it', async () => {
  await using rig = await openRig();
  const { code, output } = await rig.runDoctor(['--control-vm', 'sql-2']);
  expect(output).toMatch(/ok .*sql-2.*0x80 seen through event-18590/);
  expect(code).toBe(0);
  expect(rig.desk.requests.filter(({ op }) => op === 'vm.nmi')).toHaveLength(1);
});

test('a control that nobody saw makes the place unfit', async () => {
  await using rig = await openRig();
  const { code, output } = await rig.runDoctor(['--control-vm', 'no-such-vm']);
  expect(output).toMatch(/BAD .*no such VM/);
  expect(code).toBe(1);
});

test('without a question it explains itself, with exit code 2', async () => {
  await using rig = await openRig();
  const { code } = await run([]);
  expect(code).toBe(2);
  expect(rig.desk.requests).toHaveLength(0);
});

interface Lacks {
  readonly missing?: string;
  readonly without?: readonly [string, string];
}

async function openRig(lacks: Lacks = {}) {
  const cluster = createModelCluster();
  const desk: Desk = await openDesk((request) => answer(cluster, request, lacks));
  const executable = await desk.installShell();
  const folder = await mkdtemp(join(tmpdir(), 'gauntlet-doctor-'));
  const file = join(folder, 'options.json');
  await writeFile(file, JSON.stringify(standInOptions(executable)));
  return {
    desk,
    runDoctor: (more: readonly string[] = []) => run(['--options', file, ...more]),
    async [Symbol.asyncDispose]() {
      await desk[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

function answer(cluster: ModelCluster, request: DeskRequest, lacks: Lacks): DeskReply {
  if (request.op === 'doctor.host') {
    const finding = { what: 'event log System', state: 'ok', found: '64 MiB', todo: '' };
    return { ok: true, data: { findings: [finding] } };
  }
  if (request.op !== 'cmdlets.probe') return cluster.answer(request);
  const commands = request.args['commands'] as { name: string }[];
  return {
    ok: true,
    data: {
      commands: commands.map(({ name }) => ({
        name,
        found: name !== lacks.missing,
        missing: lacks.without?.[0] === name ? [lacks.without[1]] : [],
        module: null,
        version: null,
      })),
    },
  };
}

function run(args: readonly string[]): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.on('close', (code) => resolve({ code, output }));
  });
}
