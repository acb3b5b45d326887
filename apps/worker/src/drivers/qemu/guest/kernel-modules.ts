import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface KernelModule {
  /** `virtio_scsi.ko` */
  readonly file: string;
  readonly bytes: Buffer;
}

/** What every guest needs: to tell of its panic, to see disks, to hear that it was migrated. */
export const guestModules = ['pvpanic_pci', 'virtio_pci', 'virtio_scsi', 'sd_mod', 'virtio_net'];

const depthMax = 64;

/**
 * The wanted modules and all they depend on, in loading order. What is not found is taken to be
 * built into the kernel. Kernel packages carry no modules.dep, so the names come from each module's
 * own `.modinfo`, which is plain text (include/linux/module.h).
 * @param folder holds `*.ko` at any depth
 */
export function collectModules(folder: string, wanted: readonly string[]): KernelModule[] {
  const paths = indexModules(folder);
  const order = new Map<string, KernelModule>();
  const add = (name: string, depth: number): void => {
    const file = paths.get(toName(name));
    if (file === undefined || order.has(file) || depth > depthMax) return;
    const bytes = readFileSync(file);
    for (const dependency of dependenciesOf(bytes)) add(dependency, depth + 1);
    order.set(file, { file: path.basename(file), bytes });
  };
  for (const name of wanted) add(name, 0);
  return [...order.values()];
}

function indexModules(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ko')) continue;
    found.set(toName(entry.name.slice(0, -3)), path.join(entry.parentPath, entry.name));
  }
  return found;
}

function dependenciesOf(module: Buffer): string[] {
  const listed = /\0depends=([^\0]*)\0/.exec(module.toString('latin1'))?.[1] ?? '';
  return listed.split(',').filter((name) => name !== '');
}

function toName(module: string): string {
  return module.replaceAll('-', '_');
}
