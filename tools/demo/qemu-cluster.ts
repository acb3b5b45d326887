import { execFileSync } from 'node:child_process';
import type { ClusterView } from '@gauntlet/shared/contracts/clusters';
import type { ApiClient } from '../api-client.ts';

const readyMsMax = 5 * 60_000;
const againMs = 2_000;

/** What this machine lacks, one line each. A kernel is no part of it: the driver fetches one. */
export function findMissing(): string[] {
  const needed = {
    'qemu-system-x86_64': 'the emulator (package qemu-system-x86)',
    setpriv: 'ends QEMU with its worker (package util-linux)',
    gcc: "builds the guest's own init (packages gcc, libc6-dev)",
  };
  return Object.entries(needed)
    .filter(([program]) => !isInstalled(program))
    .map(([program, why]) => `${program}: ${why}`);
}

export const installCommand =
  'sudo apt-get update && sudo apt-get install -y --no-install-recommends ' +
  'qemu-system-x86 util-linux gcc libc6-dev';

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** The cluster of this name, made when there is none, once all its guests run. */
export async function prepareCluster(
  api: ApiClient,
  name: string,
  options: Record<string, unknown>,
): Promise<ClusterView> {
  const { items } = await api.get<{ items: ClusterView[] }>('/clusters?limit=500');
  const known = items.find((cluster) => cluster.name === name);
  const cluster: ClusterView =
    known ?? (await api.post('/clusters', { name, driver: 'qemu', options }));
  const giveUpAtMs = performance.now() + readyMsMax;
  for (;;) {
    try {
      await api.get(`/clusters/${cluster.id}/inventory?refresh=true`);
      return cluster;
    } catch (error) {
      // The worker is still building the guest, or says why it cannot.
      const isBusy = /: 503 |timeout/.test(String(error));
      if (!isBusy || performance.now() > giveUpAtMs) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, againMs));
  }
}
