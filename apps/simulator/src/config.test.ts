import { expect, test } from 'vitest';
import { parseConfig } from './config.ts';

test('an empty environment serves the loopback address only', () => {
  expect(parseConfig({ PATH: '/bin', PORT: '' })).toEqual({
    port: 8090,
    host: '127.0.0.1',
    logLevel: 'info',
    logFormat: 'line',
  });
});

test('every fault is named, unknown names of ours too', () => {
  const wrong = { PORT: 'x', LOG_LEVEL: 'loud', GAUNTLET_TYPO: '1' };
  const message = expect.stringMatching(/PORT.*LOG_LEVEL|LOG_LEVEL.*PORT/s);
  expect(() => parseConfig(wrong)).toThrow(expect.objectContaining({ message }));
  expect(() => parseConfig(wrong)).toThrow(/GAUNTLET_TYPO/);
});
