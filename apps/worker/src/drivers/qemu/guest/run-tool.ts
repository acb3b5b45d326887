import { execFile } from 'node:child_process';

export interface ToolResult {
  readonly ok: boolean;
  readonly stdout: string;
  /** What it said when it failed, or that it is not installed. */
  readonly problem: string;
}

interface ToolOptions {
  readonly cwd?: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** Runs a program of this machine; failing is a value, because every caller has a second way. */
export function runTool(
  program: string,
  args: readonly string[],
  { cwd, timeoutMs = 120_000, signal }: ToolOptions = {},
): Promise<ToolResult> {
  const options = {
    timeout: timeoutMs,
    maxBuffer: 16 * 1024 * 1024,
    encoding: 'utf8' as const,
    env: { ...process.env, LC_ALL: 'C' },
    ...(cwd === undefined ? {} : { cwd }),
    ...(signal === undefined ? {} : { signal }),
  };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      const problem = error === null ? '' : stderr.trim().slice(-2000) || error.message;
      resolve({ ok: error === null, stdout, problem });
    });
  });
}
