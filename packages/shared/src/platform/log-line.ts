const levelNames: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'WARN',
  50: 'ERROR',
  60: 'FATAL',
};

const hidden = new Set(['level', 'time', 'msg', 'name', 'err']);

/**
 * One line of pino's JSON as one line for people: `12:03:04 info  campaign started campaignId=...`.
 * An error's stack follows on lines of its own. What is no JSON object passes unchanged.
 */
export function formatLogLine(line: string): string {
  const entry = toEntry(line);
  if (entry === undefined) return line;
  const time = typeof entry['time'] === 'number' ? new Date(entry['time']).toISOString() : '';
  const level = levelNames[Number(entry['level'])] ?? '';
  const data = Object.entries(entry)
    .filter(([key]) => !hidden.has(key))
    .map(([key, value]) => ` ${key}=${toText(value)}`)
    .join('');
  const head = `${time.slice(11, 19)} ${level.padEnd(5)} ${toText(entry['msg'])}${data}`;
  return `${toPrintable(head)}${toErrorText(entry['err'])}\n`;
}

function toEntry(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function toText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function toErrorText(err: unknown): string {
  if (typeof err !== 'object' || err === null) return '';
  const { stack, message } = err as { stack?: unknown; message?: unknown };
  const text = toText(stack ?? message);
  return `\n${text
    .split('\n')
    .map((row) => `  ${toPrintable(row)}`)
    .join('\n')}`;
}

/** A guest's name must not move the cursor or start a new line of log. */
function toPrintable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (char) => {
    return `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
  });
}
