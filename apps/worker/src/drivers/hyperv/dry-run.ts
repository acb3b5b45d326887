import type { Desk } from './desk.ts';
import { type OperationName, operations } from './operations.ts';

/** Walks the same way, with the hands tied: whatever would change the cluster is refused. */
export function withDryRun(desk: Desk, isDryRun: boolean): Desk {
  if (!isDryRun) return desk;
  return {
    ...desk,
    tryTo: async (name, args, options) =>
      changesCluster(name)
        ? { kind: 'refused', error: refusal(name) }
        : desk.tryTo(name, args, options),
  };
}

function changesCluster(name: OperationName): boolean {
  return !operations[name].reads && name !== 'credential.set';
}

function refusal(name: OperationName) {
  const message = `dry run: ${name} was not done`;
  return { fqid: 'Gauntlet.DryRun', category: null, type: null, hresult: null, message };
}
