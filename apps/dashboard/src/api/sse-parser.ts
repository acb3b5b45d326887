/** One event of a `text/event-stream`, as the HTML standard's section 9.2.6 reads it. */
export interface StreamEvent {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** Unread text may grow to this many characters before the stream counts as broken. */
const bufferMax = 1_000_000;

/** Feeds on pieces of a stream, cut anywhere, and hands out whole events. */
export function createSseParser(onEvent: (event: StreamEvent) => void): (piece: string) => void {
  let buffer = '';
  let id = '';
  let event = 'message';
  let data: string[] = [];

  function takeLine(line: string): void {
    if (line === '') {
      if (data.length > 0) onEvent({ id, event, data: data.join('\n') });
      event = 'message';
      data = [];
      return;
    }
    const colon = line.indexOf(':');
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    else if (field === 'event') event = value;
    else if (field === 'id' && !value.includes('\0')) id = value;
  }

  return (piece) => {
    buffer += piece;
    if (buffer.length > bufferMax) throw new Error('an event of the stream is too long');
    let start = 0;
    for (;;) {
      const end = endOfLine(buffer, start);
      if (end === null) break;
      takeLine(buffer.slice(start, end.at));
      start = end.next;
    }
    buffer = buffer.slice(start);
  };
}

function endOfLine(text: string, from: number): { at: number; next: number } | null {
  for (let i = from; i < text.length; i += 1) {
    const unit = text[i];
    if (unit === '\n') return { at: i, next: i + 1 };
    if (unit !== '\r') continue;
    // A CR at the very end may be half of a CRLF: wait for the next piece.
    if (i + 1 === text.length) return null;
    return { at: i, next: text[i + 1] === '\n' ? i + 2 : i + 1 };
  }
  return null;
}
