import { existsSync, readFileSync } from 'node:fs';
import type { CpioEntry } from './cpio.ts';

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

/** null when this machine has no busybox that needs no libraries. */
export function reducedGuestFiles(): CpioEntry[] | null {
  const file = busyboxPaths.find((candidate) => existsSync(candidate));
  if (file === undefined) return null;
  const bytes = readFileSync(file);
  if (bytes.includes('/lib64/ld-linux')) return null;
  return [
    { kind: 'folder', path: 'bin' },
    { kind: 'file', path: 'bin/busybox', bytes, executable: true },
    { kind: 'file', path: 'init', bytes: Buffer.from(script), executable: true },
  ];
}
