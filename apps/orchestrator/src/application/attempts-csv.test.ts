import type { AttemptView } from '@gauntlet/shared/contracts/attempts';
import { describe, expect, test } from 'vitest';
import { attemptsCsv, toCell } from './attempts-csv.ts';

describe('attempts as CSV', () => {
  test('a cell that a spreadsheet would run is defused, a number is not', () => {
    expect(toCell('=HYPERLINK("http://x")')).toBe(`"'=HYPERLINK(""http://x"")"`);
    for (const text of ['+1', '-1', '@a', '\t=1', ' =1']) expect(toCell(text)).toContain("'");
    expect(toCell(-1)).toBe('-1');
    expect(toCell('sql-1')).toBe('sql-1');
  });

  test('quotes what would break a line, writes nothing for null', () => {
    expect(toCell('a,b')).toBe('"a,b"');
    expect(toCell('say "x"\n')).toBe('"say ""x""\n"');
    expect(toCell(null)).toBe('');
  });

  test('reads page after page with the filter and puts the header once', async () => {
    const asked: unknown[] = [];
    const attempt = { ordinal: 1, vm: '=sql', phases: { copyMs: 12.5 }, reason: null };
    const listAttempts = (_id: string, query: unknown) => {
      asked.push(query);
      return Promise.resolve({
        items: [attempt as unknown as AttemptView],
        nextCursor: asked.length < 3 ? `c${asked.length}` : null,
      });
    };
    const pieces: string[] = [];
    for await (const piece of attemptsCsv({ listAttempts }, 'id', { vm: '=sql' })) {
      pieces.push(piece);
    }
    const lines = pieces.join('').trimEnd().split('\r\n');
    expect(lines).toHaveLength(4);
    expect(lines[0]).toMatch(/^ordinal,arm,vm,/);
    expect(lines[1]).toContain("'=sql");
    expect(asked).toEqual([
      { vm: '=sql', limit: 200 },
      { vm: '=sql', limit: 200, cursor: 'c1' },
      { vm: '=sql', limit: 200, cursor: 'c2' },
    ]);
  });
});
