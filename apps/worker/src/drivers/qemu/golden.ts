import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  createReadStream,
  createWriteStream,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError } from '@gauntlet/shared/contracts/errors';
import type { QemuProcess } from './process/qemu-process.ts';
import { descriptors } from './process/qemu-process.ts';
import { MigrationEvent } from './process/qmp-messages.ts';
import { readAs } from './read-as.ts';

/** A guest's saved state: what a migration would have sent, and its disks at that moment. */
export interface Golden {
  readonly folder: string;
  readonly streamFile: string;
}

const capabilities = [{ capability: 'events', state: true }];
const saveMsMax = 60_000;
const restoreMsMax = 60_000;

/**
 * Where the golden state of these arguments lives. Any change of the command line, of the guest's
 * image or of QEMU itself makes it another one: device state only fits the machine it came from.
 */
export function goldenFor(
  cacheDir: string,
  identity: { readonly args: readonly string[]; readonly image: string; readonly version: string },
): Golden {
  const hash = createHash('sha256').update(JSON.stringify(identity)).digest('hex').slice(0, 32);
  const folder = path.join(cacheDir, `golden-${hash}`);
  return { folder, streamFile: path.join(folder, 'stream') };
}

export function hasGolden(golden: Golden): boolean {
  return existsSync(golden.streamFile);
}

/** Saves a running guest; its process is ended thereby. */
export async function saveGolden(
  golden: Golden,
  { process, disks, runDir }: { process: QemuProcess; disks: readonly string[]; runDir: string },
): Promise<void> {
  const scratch = `${golden.folder}.${process.name}.partial`;
  mkdirSync(scratch, { recursive: true });
  await using receiver = await listenOnce(runDir, `${process.name}-golden.sock`);
  const { qmp } = process;
  await qmp.execute('migrate-set-capabilities', { capabilities });
  await qmp.execute('migrate-set-parameters', { 'max-bandwidth': 10_000_000_000 });
  const since = qmp.events.count;
  const saved = receiver.connection.then((connection) =>
    pipeline(connection, createWriteStream(path.join(scratch, 'stream'))),
  );
  saved.catch(() => {}); // looked at below, once QEMU has said its word
  // Stopped, it dirties nothing: a QEMU that loses pages while copying would lose them here too.
  await qmp.execute('stop');
  await qmp.execute('migrate', { uri: `unix:${receiver.name}` });
  const end = await qmp.events.waitFor({ since, match: isCompleted, waitMsMax: saveMsMax });
  if (typeof end === 'string') {
    throw new AppError('driver.unavailable', `The guest's golden state was not saved: ${end}.`);
  }
  for (const disk of disks) await copyFile(disk, path.join(scratch, path.basename(disk)));
  await process.quit();
  await saved;
  if (existsSync(golden.folder)) rmSync(scratch, { recursive: true });
  else renameSync(scratch, golden.folder);
}

/** Eight fixed disks are half a GiB: copied aside from the event loop, which drives other guests. */
export async function restoreDisks(golden: Golden, disks: readonly string[]): Promise<void> {
  for (const disk of disks) await copyFile(path.join(golden.folder, path.basename(disk)), disk);
}

/**
 * Brings the saved guest to life in a process started with `-incoming defer`. It is announced once,
 * as a migration is, and was told to ignore that: with no announcement at all (`announce-rounds` 0)
 * QEMU 7.2.22 dies of SIGSEGV when the guest resets later.
 * @throws AppError `driver.unavailable`
 */
export async function loadGolden(golden: Golden, process: QemuProcess): Promise<void> {
  const { qmp } = process;
  await qmp.execute('migrate-set-capabilities', { capabilities });
  await qmp.execute('migrate-set-parameters', { 'announce-rounds': 1 });
  const since = qmp.events.count;
  await qmp.execute('migrate-incoming', { uri: `fd:${descriptors.stream}` });
  const piped = pipeline(
    createReadStream(golden.streamFile, { highWaterMark: 1024 * 1024 }),
    process.stream,
  );
  piped.catch(() => {}); // QEMU hangs up when it has read enough
  const end = await qmp.events.waitFor({ since, match: isCompleted, waitMsMax: restoreMsMax });
  if (typeof end !== 'string') return void (await qmp.execute('cont'));
  const said = process.errorText().trim();
  throw new AppError('driver.unavailable', `The golden state did not load (${end}): ${said}`);
}

function isCompleted({ name, data }: { name: string; data: unknown }): boolean {
  return name === 'MIGRATION' && readAs(MigrationEvent, data)?.status === 'completed';
}

/** A socket in the run folder for one connection; addressed so that its path is always short. */
async function listenOnce(runDir: string, name: string) {
  const folder = openSync(runDir, constants.O_RDONLY | constants.O_DIRECTORY);
  const connection = Promise.withResolvers<Socket>();
  const server = createServer((socket) => connection.resolve(socket));
  const listening = Promise.withResolvers<void>();
  server
    .once('error', listening.reject)
    .listen(`/proc/self/fd/${folder}/${name}`, listening.resolve);
  await listening.promise;
  return {
    name,
    connection: connection.promise,
    async [Symbol.asyncDispose]() {
      server.close();
      closeSync(folder);
      rmSync(path.join(runDir, name), { force: true });
    },
  };
}
