import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSseParser, type StreamEvent } from './sse-parser.ts';

function parseInPieces(pieces: readonly string[]): StreamEvent[] {
  const events: StreamEvent[] = [];
  const feed = createSseParser((event) => events.push(event));
  for (const piece of pieces) feed(piece);
  return events;
}

describe('an event stream', () => {
  test('gives one event per blank line, with its id and kind', () => {
    expect(parseInPieces(['id: 7\nevent: bugcheck\ndata: {"a":1}\n\n'])).toEqual([
      { id: '7', event: 'bugcheck', data: '{"a":1}' },
    ]);
  });

  test('joins data lines, keeps the last id, ignores comments and events without data', () => {
    const text = ': heartbeat\n\nid: 3\ndata: a\ndata: b\n\nevent: state\n\ndata: c\n\n';
    expect(parseInPieces([text])).toEqual([
      { id: '3', event: 'message', data: 'a\nb' },
      { id: '3', event: 'message', data: 'c' },
    ]);
  });

  test('reads CR, LF and CRLF alike', () => {
    const expected = [{ id: '', event: 'message', data: 'x' }];
    for (const end of ['\n', '\r\n'])
      expect(parseInPieces([`data: x${end}${end}`])).toEqual(expected);
    // The very last CR may be half of a CRLF: it counts once the next piece shows that it is not.
    expect(parseInPieces(['data: x\r\r', ':'])).toEqual(expected);
  });

  test('gives the same events however the stream is cut', () => {
    const text =
      'id: 1\r\nevent: a\r\ndata: {"x":"ü"}\r\n\r\nid: 2\ndata: y\n\n: beat\n\ndata: z\n\n';
    const whole = parseInPieces([text]);
    fc.assert(
      fc.property(fc.array(fc.nat(text.length), { maxLength: 8 }), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const pieces = at.slice(1).map((end, i) => text.slice(at[i], end));
        expect(parseInPieces(pieces)).toEqual(whole);
      }),
    );
  });

  test('refuses an event that never ends', () => {
    const feed = createSseParser(() => undefined);
    expect(() => feed('x'.repeat(1_000_001))).toThrow(/too long/);
  });
});
