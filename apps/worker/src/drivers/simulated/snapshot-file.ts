import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from '@gauntlet/shared/contracts/parse';
import { literals } from '@gauntlet/shared/contracts/primitives';
import { toInstant } from '@gauntlet/shared/kernel/instant';
import type { ClusterSnapshot } from '@gauntlet/simulated-cluster/snapshot';
import Type from 'typebox';
import type { DriverLog } from '../../application/ports.ts';

const Count = Type.Integer({ minimum: 0 });
const Snapshot = Type.Object({
  v: Type.Literal(1),
  at: Count,
  beganAt: Count,
  vms: Type.Array(
    Type.Object({
      id: Type.String(),
      host: Type.String(),
      state: literals(['running', 'off', 'failed']),
      migrations: Count,
      starts: Count,
    }),
  ),
  migrationsBegun: Count,
  seq: Count,
  totals: Type.Record(Type.String(), Count),
});

const fileName = 'simulated-cluster.json';

/** Written aside, flushed and moved into place: a reader finds the old one or the new one. */
export async function writeSnapshot(dir: string, snapshot: ClusterSnapshot): Promise<void> {
  await mkdir(dir, { recursive: true });
  const path = join(dir, fileName);
  const file = await open(`${path}.new`, 'w');
  try {
    await file.writeFile(JSON.stringify(snapshot));
    await file.datasync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}

/** null when there is none yet, or none that can be read: then the cluster begins anew. */
export async function readSnapshot(dir: string, log: DriverLog): Promise<ClusterSnapshot | null> {
  try {
    const text = await readFile(join(dir, fileName), 'utf8');
    const saved = parse(Snapshot, JSON.parse(text), fileName);
    return { ...saved, at: toInstant(saved.at), beganAt: toInstant(saved.beganAt) };
  } catch (err) {
    const isNew = err instanceof Error && 'code' in err && err.code === 'ENOENT';
    if (!isNew) log.warn({ err, dir }, 'snapshot of the simulated cluster unreadable: begins anew');
    return null;
  }
}
