import { describe, expect, test } from 'vitest';
import { parseRoute, toUrl } from './route.ts';

describe('the address of a screen', () => {
  test('a campaign to be made is not a campaign with the id new', () => {
    expect(parseRoute('/campaigns/new')).toEqual({ screen: 'new-campaign', id: '' });
    expect(parseRoute('/campaigns/0190')).toEqual({ screen: 'campaign', id: '0190' });
  });

  test('a slash at the end changes nothing, an unknown path is nowhere', () => {
    expect(parseRoute('/system/').screen).toBe('system');
    expect(parseRoute('/').screen).toBe('mission');
    expect(parseRoute('/a/b').screen).toBe('nowhere');
    expect(parseRoute('/attempts/%E0%A4%A').screen).toBe('attempt');
  });

  test('empty filters do not stand in the URL', () => {
    expect(toUrl('/migrations', { outcome: '', vm: 'a b', host: null })).toBe('/migrations?vm=a+b');
  });
});
