import { readdirSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '@gauntlet/shared/contracts/errors';
import { runTool } from './run-tool.ts';

export const initSources = path.join(import.meta.dirname, 'init');

/** The files the guest's PID 1 is made of, in a stable order. */
export function initSourceFiles(): string[] {
  return readdirSync(initSources)
    .filter((file) => /\.[ch]$/.test(file))
    .toSorted()
    .map((file) => path.join(initSources, file));
}

/**
 * Builds the guest's PID 1 with the machine's own C compiler.
 * @throws AppError `driver.unavailable` that says what to install
 */
export async function compileInit(
  output: string,
  compiler: string,
  signal: AbortSignal,
): Promise<void> {
  const sources = initSourceFiles().filter((file) => file.endsWith('.c'));
  const flags = ['-O2', '-Wall', '-static', '-pthread', '-o', output];
  const built = await runTool(compiler, [...flags, ...sources], { signal });
  if (built.ok) return;
  throw new AppError(
    'driver.unavailable',
    `The guest's init could not be built: ${built.problem} Install a C compiler with a static ` +
      'C library (apt-get install gcc libc6-dev), or give the option `initramfs`.',
  );
}
