import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { CpioEntry } from './cpio.ts';
import { unpackPackages } from './packages.ts';

const busyboxPaths = ['/bin/busybox', '/usr/bin/busybox'];

/**
 * The guest for machines without a compiler: busybox and a shell. It beats and it panics on command;
 * it has no page checker, no XCHG probe and no planted race.
 */
const script = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t devtmpfs dev /dev
exec </dev/ttyS0 >/dev/ttyS0 2>&1
/bin/busybox stty -echo
for module in $(/bin/busybox cat /modules/list); do /bin/busybox insmod /modules/$module; done
echo 1 >/proc/sys/kernel/sysrq
(while read -r command; do
  case "$command" in
    panic) echo c >/proc/sysrq-trigger ;;
    reboot) /bin/busybox reboot -f ;;
    poweroff) /bin/busybox poweroff -f ;;
    *) echo "ERROR command $command" ;;
  esac
done) </dev/ttyS0 &
echo READY
count=0
while :; do
  count=$((count + 1))
  echo "~$count p=0/0 x=0/0 w=0/0 e=0 a=0"
  /bin/busybox usleep 100000
done
`;

/**
 * Busybox of this machine, when it needs no libraries; else the package busybox-static, fetched and
 * unpacked. @throws AppError `driver.unavailable`
 */
export async function reducedGuestFiles(
  cacheDir: string,
  signal: AbortSignal,
): Promise<CpioEntry[]> {
  const bytes = readStaticBusybox() ?? (await fetchBusybox(cacheDir, signal));
  return [
    { kind: 'folder', path: 'bin' },
    { kind: 'file', path: 'bin/busybox', bytes, executable: true },
    { kind: 'file', path: 'init', bytes: Buffer.from(script), executable: true },
  ];
}

function readStaticBusybox(): Buffer | null {
  const file = busyboxPaths.find((candidate) => existsSync(candidate));
  const bytes = file === undefined ? null : readFileSync(file);
  return bytes?.includes('/lib64/ld-linux') ? null : bytes;
}

async function fetchBusybox(cacheDir: string, signal: AbortSignal): Promise<Buffer> {
  const folder = path.join(cacheDir, 'busybox-static');
  await unpackPackages(['busybox-static'], folder, signal);
  return readFileSync(path.join(folder, 'bin', 'busybox'));
}
