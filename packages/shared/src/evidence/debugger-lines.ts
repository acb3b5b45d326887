const charsMax = 8 * 1024 * 1024;
const lineCharsMax = 2048;
const dumpsMax = 64;

/** `SYMBOL_NAME:  storvsc!...` and the like; the first of each name counts. */
export type Labels = ReadonlyMap<string, string>;

/** The lines of a debugger's text, whatever its line ends; what is beyond the limits is cut off. */
export function linesOf(text: string): string[] {
  return text
    .slice(0, charsMax)
    .split(/\r\n|\n|\r/)
    .map((line) => line.slice(0, lineCharsMax));
}

/**
 * One run of lines per dump. A log of many dumps says `Loading Dump File` before each; one session
 * may also analyse again and again, with a banner each time.
 */
export function splitDumps(lines: readonly string[]): string[][] {
  const loads = lines.flatMap((line, index) => (/^Loading Dump File/i.test(line) ? [index] : []));
  const banners = lines.flatMap((line, index) =>
    /^\*\s+Bugcheck Analysis\s+\*/.test(line) ? [index] : [],
  );
  const starts = loads.length > 1 ? loads : banners;
  if (starts.length < 2) return [[...lines]];
  const cuts = [0, ...starts.slice(1, dumpsMax)];
  return cuts.map((from, index) => lines.slice(from, cuts[index + 1] ?? lines.length));
}

export function labelsOf(lines: readonly string[]): Labels {
  const labels = new Map<string, string>();
  for (const line of lines) {
    const match = /^\s{0,8}([A-Z][A-Z0-9_]{2,40})\s*:\s+(\S.*)$/.exec(line);
    const [, name, value] = match ?? [];
    if (name !== undefined && value !== undefined && !labels.has(name)) {
      labels.set(name, value.trim());
    }
  }
  return labels;
}
