import { AppError } from '@gauntlet/shared/contracts/errors';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { ConsoleListener } from './guest-console.ts';
import { late, within } from './process/deadline.ts';
import type { QemuProcess } from './process/qemu-process.ts';

interface BeatWait {
  readonly clock: Clock;
  readonly waitMsMax: number;
  readonly signal: AbortSignal;
}

/**
 * True as soon as the guest beats in this process; false when it does not within `waitMsMax`, when
 * it panics or when the process ends.
 */
export async function nextBeat({ console, exited }: QemuProcess, wait: BeatWait): Promise<boolean> {
  return told({ console, exited }, wait, (tell) => ({
    heartbeat: () => tell(true),
    line: (line) => {
      if (line.includes('Kernel panic')) tell(false);
    },
  }));
}

/** True as soon as the guest prints a line with this text, false when it does not in time. */
export async function waitForLine(process: QemuProcess, text: string, wait: BeatWait) {
  return told(process, wait, (tell) => ({
    line: (line) => {
      if (line.includes(text)) tell(true);
    },
  }));
}

async function told(
  { console, exited }: Pick<QemuProcess, 'console' | 'exited'>,
  { clock, waitMsMax, signal }: BeatWait,
  listener: (tell: (answer: boolean) => void) => ConsoleListener,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const stop = console.listen(listener(resolve));
  try {
    const first = Promise.race([promise, exited.then(() => false)]);
    const seen = await within(first, { clock, waitMsMax, signal });
    return seen === late ? false : seen;
  } finally {
    stop();
  }
}

/** @throws AppError `driver.unavailable` with the end of the console when the guest stays silent */
export async function waitForBeat(process: QemuProcess, wait: BeatWait): Promise<void> {
  if (await nextBeat(process, wait)) return;
  const printed = process.console.text().slice(-600);
  const said = `${process.errorText().trim()} ${printed}`.trim();
  throw new AppError('driver.unavailable', `The guest gave no sign of life: ${said}`);
}
