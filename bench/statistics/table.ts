/** One measured line: what was asked, what came out, and what was promised. */
export interface Line {
  readonly proof: string;
  readonly setting: string;
  readonly measured: string;
  readonly promise: string;
  readonly holds: boolean;
}

export function toMarkdown(lines: readonly Line[]): string {
  const rows = lines.map(
    ({ proof, setting, measured, promise, holds }) =>
      `| ${proof} | ${setting} | ${measured} | ${promise} | ${holds ? 'yes' : 'NO'} |`,
  );
  const head = ['| what | setting | measured | promise | holds |', '|---|---|---|---|---|'];
  return [...head, ...rows].join('\n');
}

export function percent(hits: number, of: number): string {
  return `${((100 * hits) / of).toFixed(2)} %`;
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}
