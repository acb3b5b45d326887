import { expect, test } from 'vitest';
import { toStorable } from './storable.ts';

test('what PostgreSQL refuses is replaced, everything else is the same value', () => {
  const plain = { name: 'Ünï "quoted" \u{1f600}', list: [1, null] };
  expect(toStorable(plain)).toBe(plain);
  expect(toStorable({ a: 'x\0y', b: ['\ud800', '\u{1f600}'], c: '\\u0000' })).toEqual({
    a: 'x\ufffdy',
    b: ['\ufffd', '\u{1f600}'],
    c: '\\u0000',
  });
});
