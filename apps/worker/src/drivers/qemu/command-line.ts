import { diskArguments, escapeComma } from './disks.ts';
import type { GuestImage } from './guest/guest-image.ts';
import type { GuestConfig, QemuConfig } from './options.ts';
import { descriptors } from './process/qemu-process.ts';

export interface CommandLineParts {
  readonly config: QemuConfig;
  readonly guest: GuestConfig;
  readonly image: GuestImage;
  readonly diskPaths: readonly string[];
}

/**
 * Arguments of a guest's process, the same for both ends of a migration: QEMU does not compare
 * them, and a destination with another device loses the guest without a complaint.
 * @param incoming true: wait for a migration instead of booting
 */
export function toArguments(parts: CommandLineParts, incoming: boolean): string[] {
  const { config, guest, image } = parts;
  const groups: readonly (readonly string[])[] = [
    ['-machine', guest.sharedRam ? `${config.machine},memory-backend=ram` : config.machine],
    ['-accel', config.accelerator === 'tcg' ? 'tcg,thread=multi' : 'kvm'],
    ['-m', `${guest.ramKiB}K`, '-smp', String(guest.vcpus)],
    guest.sharedRam ? sharedRam(guest) : [],
    ['-display', 'none', '-nodefaults', '-no-user-config', '-sandbox', sandbox],
    ['-kernel', image.kernel.image, '-initrd', image.initramfs],
    ['-append', kernelCommandLine(config, guest)],
    [...channel('serial', descriptors.console), '-serial', 'chardev:serial'],
    [...channel('monitor', descriptors.qmp), '-mon', 'chardev=monitor,mode=control'],
    ['-device', 'VGA,vgamem_mb=2'], // for the screenshot of a dead guest
    ['-device', 'pvpanic-pci', '-action', 'panic=pause,reboot=shutdown,shutdown=poweroff'],
    // Without a backend: its announcement tells the guest that it was migrated.
    ['-device', 'virtio-net-pci,id=net0,romfile='],
    diskArguments(parts.diskPaths, guest.disks),
    incoming ? ['-incoming', 'defer'] : [],
  ];
  return groups.flat();
}

const sandbox = 'on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny';

function channel(id: string, descriptor: number): string[] {
  return ['-chardev', `socket,id=${id},fd=${descriptor}`];
}

/** The file has no name any more: both processes inherited it, and it dies with the last of them. */
function sharedRam(guest: GuestConfig): string[] {
  const file = escapeComma(`/proc/self/fd/${descriptors.ram}`);
  return ['-object', `memory-backend-file,id=ram,size=${guest.ramKiB}K,mem-path=${file},share=on`];
}

/**
 * Consoles in this order: the last one is /dev/console, the first shows on the screen.
 * `init_on_free` leaves less to copy; `unknown_nmi_panic` turns a hang into a panic on request;
 * `no_timer_check` spares the boot a test that an emulated timer fails on a busy machine.
 */
function kernelCommandLine(config: QemuConfig, guest: GuestConfig): string {
  const { disks, race } = guest;
  const options = {
    beat: config.heartbeatEveryMs,
    pages: guest.checkedPages,
    pageus: guest.checkEveryUs,
    swappers: guest.swappers,
    swapbroken: guest.breakExchange ? 1 : 0,
    disks: disks.count,
    rate: race.variant === 'module' ? 0 : disks.writesPerSecond,
    fixed: race.hotfix ? 1 : 0,
    slowus: race.slowUs,
    settle: race.settleMs,
    enumdelay: race.delayMs,
    enumerate: race.variant === 'init' ? 1 : 0,
    ...(race.variant === 'module' ? { kmod: moduleParameters(guest) } : {}),
  };
  return [
    'console=tty0 console=ttyS0 quiet panic=0 oops=panic init_on_free=1 unknown_nmi_panic=1 no_timer_check',
    ...Object.entries(options).map(([name, value]) => `g.${name}=${value}`),
    guest.kernelArguments,
  ].join(' ');
}

function moduleParameters({ disks, race }: GuestConfig): string {
  const parameters = {
    disks: disks.count,
    fixed: race.hotfix ? 1 : 0,
    rate: disks.writesPerSecond,
    slowus: race.slowUs,
    settle: race.settleMs,
    enumdelay: race.delayMs,
  };
  return Object.entries(parameters)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}
