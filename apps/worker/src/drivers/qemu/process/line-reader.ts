/**
 * Cuts a stream of text into lines. A line longer than `lengthMax` is a fault of the other side:
 * `tooLong` is called once and the rest is ignored.
 */
export function createLineReader(
  lengthMax: number,
  on: { readonly line: (line: string) => void; readonly tooLong: () => void },
): (chunk: string) => void {
  let pieces: string[] = [];
  let length = 0;
  let broken = false;
  return (chunk) => {
    for (const [index, part] of chunk.split('\n').entries()) {
      if (index > 0) {
        const line = pieces.join('');
        pieces = [];
        length = 0;
        if (!broken) on.line(line);
      }
      pieces.push(part);
      length += part.length;
    }
    if (length <= lengthMax || broken) return;
    broken = true;
    pieces = [];
    on.tooLong();
  };
}
