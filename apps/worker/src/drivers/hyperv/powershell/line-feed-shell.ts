import type { ChildProcess } from 'node:child_process';
import { PowerShell } from 'node-powershell';

export interface LineFeedShellOptions {
  readonly executable: string;
  /** Put before `-NoExit -Command -`, such as `{ '-NoProfile': true }`. */
  readonly executableOptions: Readonly<Record<string, string | boolean>>;
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/**
 * node-powershell with its delimiters printed with a line feed alone. It looks for the second
 * delimiter at a distance that assumes a newline of one byte: behind CRLF a fast command's output
 * hangs for ever. A class, because the library is extended by inheritance only.
 */
export class LineFeedShell extends PowerShell {
  constructor({ executable, executableOptions, env, cwd }: LineFeedShellOptions) {
    super({
      executable,
      executableOptions: { ...executableOptions },
      spawnOptions: { env: { ...env }, cwd, windowsHide: true },
      throwOnInvocationError: false,
    });
    // Rejects when the process cannot be started or is killed; nobody else listens.
    this['exitPromise'].catch(() => {});
    // A write to a shell that died is reported by its exit, not by its pipe.
    this.streams.stdin.on('error', () => {});
  }

  get child(): ChildProcess {
    return this['process'];
  }

  /** The executable we were given: the library would let NODE_POWERSHELL overrule it. */
  protected override setExecutable({ executable }: { executable?: string } = {}): string {
    if (executable === undefined || executable === '') throw new Error('no executable was named');
    return executable;
  }

  protected override writeToOutput(input: string): string {
    return `[Console]::Out.Write("${input}\`n")`;
  }

  protected override writeToError(input: string): string {
    return `[Console]::Error.Write("${input}\`n")`;
  }
}
