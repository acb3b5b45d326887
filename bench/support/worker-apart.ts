import { fork } from 'node:child_process';
import { join } from 'node:path';
import type { Reach } from './rig.ts';

export interface Apart {
  readonly reach: Reach;
  readonly dataDir: string;
  readonly concurrency: number;
}

const endMsMax = 20_000;

/** A worker in a process of its own. It ends with this one; disposing gives it 20 s to stop. */
export function startWorkerApart(apart: Apart): AsyncDisposable {
  const child = fork(join(import.meta.dirname, 'worker-process.ts'), [JSON.stringify(apart)]);
  const gone = new Promise((resolve) => child.once('exit', resolve));
  return {
    async [Symbol.asyncDispose]() {
      if (child.connected) child.disconnect();
      const giveUp = setTimeout(() => child.kill('SIGKILL'), endMsMax);
      await gone;
      clearTimeout(giveUp);
    },
  };
}
