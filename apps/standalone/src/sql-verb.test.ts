import { expect, test } from 'vitest';
import { verbOf } from './sql-verb.ts';

test.each([
  ['BEGIN', 'begin'],
  ['begin isolation level serializable', 'begin'],
  ['START TRANSACTION', 'begin'],
  ['commit', 'end'],
  ['END;', 'end'],
  ['ROLLBACK', 'end'],
  ['rollback to savepoint sp1', 'other'],
  ['select 1 -- begin', 'other'],
  ['', 'other'],
])('%j is %s', (text, name) => {
  expect(verbOf(text).name).toBe(name);
});

test('a statement is seen behind the comment lines of BullMQ', () => {
  expect(verbOf('-- takes the next job\n--\n  -- Params: $1\nLISTEN "bullmq_jobs";')).toEqual({
    name: 'listen',
    argument: 'bullmq_jobs',
  });
});
