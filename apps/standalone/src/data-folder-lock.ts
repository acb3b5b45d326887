import { createHash } from 'node:crypto';
import { realpath, rm } from 'node:fs/promises';
import { createConnection, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Somebody else has the data folder open. */
export class DataFolderBusyError extends Error {
  override readonly name = 'DataFolderBusyError';
}

/**
 * Makes this process the only one on `folder` (which must exist). The lock is a socket that is
 * listened on, not a file with a process id: when a process dies, however it dies, nobody listens
 * any more, and the next one may start at once. PGlite itself would let two processes write.
 *
 * @throws DataFolderBusyError when another process holds it
 */
export async function lockDataFolder(folder: string): Promise<AsyncDisposable> {
  const path = socketPathOf(await realpath(folder));
  const server = (await tryListen(path)) ?? (await takeOver(path, folder));
  // The lock alone must not keep the process alive.
  server.unref();
  return {
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

/** Short, because the path of a socket has at most 107 bytes; a folder's own may be longer. */
function socketPathOf(folder: string): string {
  const name = `gauntlet-${createHash('sha256').update(folder).digest('hex').slice(0, 24)}`;
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

async function takeOver(path: string, folder: string): Promise<Server> {
  if (!(await isAnswered(path))) {
    await rm(path, { force: true });
    const server = await tryListen(path);
    if (server !== undefined) return server;
  }
  throw new DataFolderBusyError(
    `${folder} is in use by another Gauntlet; stop that one, or set GAUNTLET_DATA_DIR`,
  );
}

function tryListen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined);
      else reject(error);
    });
    server.listen(path, () => resolve(server));
  });
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
