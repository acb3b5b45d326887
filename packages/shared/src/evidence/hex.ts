/** One parameter of a STOP error as every channel is written down: `0x` and 16 digits. */
export function formatParameter(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16).toUpperCase().padStart(16, '0')}`;
}

/**
 * Reads hexadecimal as debuggers and event logs write it: `0x` or not, upper or lower case, a
 * backtick in the middle (`fffff880`0104b2b8`), blanks round it. null when it is no such number or
 * does not fit 64 bits.
 */
export function parseHex(text: string): bigint | null {
  const digits = text.trim().replaceAll('`', '').replace(/^0x/i, '');
  return /^[0-9a-f]{1,16}$/i.test(digits) ? BigInt(`0x${digits}`) : null;
}

/** Like `parseHex` for a STOP code; null when it does not fit 32 bits. */
export function parseStopCode(text: string): number | null {
  const value = parseHex(text);
  return value === null || value > 0xffffffffn ? null : Number(value);
}

/** The canonical form of a parameter, or null when the text is no number. */
export function normalizeParameter(text: string): string | null {
  const value = parseHex(text);
  return value === null ? null : formatParameter(value);
}
