import { parseIso } from '@gauntlet/shared/kernel/instant';
import { describe, expect, it } from 'vitest';
import { isDigestDue } from './morning-digest.ts';
import type { ChannelRecord } from './ports.ts';

const at = (iso: string) => {
  const instant = parseIso(iso);
  if (instant === undefined) throw new Error(iso);
  return instant;
};

function channel(change: Partial<ChannelRecord>): ChannelRecord {
  return {
    id: 'c',
    name: 'night shift',
    kind: 'email',
    url: null,
    secretRef: null,
    to: ['a@b.example'],
    notices: [],
    digest: { at: '07:00', timeZone: 'Europe/Berlin' },
    enabled: true,
    createdAt: at('2026-01-01T00:00:00Z'),
    digestDay: '2026-03-28',
    digestMadeAt: null,
    ...change,
  };
}

describe('the morning digest', () => {
  it('is due at the local hour, in the night of 23 hours as in the night of 25', () => {
    expect(isDigestDue(channel({}), at('2026-03-29T04:59:59Z'))).toBeNull();
    expect(isDigestDue(channel({}), at('2026-03-29T05:00:00Z'))).toBe('2026-03-29');
    const autumn = channel({ digestDay: '2026-10-24' });
    expect(isDigestDue(autumn, at('2026-10-25T05:59:59Z'))).toBeNull();
    expect(isDigestDue(autumn, at('2026-10-25T06:00:00Z'))).toBe('2026-10-25');
  });

  it('comes once a day, even at an hour that the clocks show twice', () => {
    const twice = { at: '02:30', timeZone: 'Europe/Berlin' };
    const before = channel({ digest: twice, digestDay: '2026-10-24' });
    expect(isDigestDue(before, at('2026-10-25T00:30:00Z'))).toBe('2026-10-25');
    const after = channel({ digest: twice, digestDay: '2026-10-25' });
    expect(isDigestDue(after, at('2026-10-25T01:30:00Z'))).toBeNull();
  });

  it('comes at an hour that the clocks skip, as soon as they are past it', () => {
    const skipped = channel({ digest: { at: '02:30', timeZone: 'Europe/Berlin' } });
    expect(isDigestDue(skipped, at('2026-03-29T00:59:00Z'))).toBeNull();
    expect(isDigestDue(skipped, at('2026-03-29T01:00:00Z'))).toBe('2026-03-29');
  });

  it('comes late after a downtime, and begins tomorrow for a channel made after its hour', () => {
    expect(isDigestDue(channel({}), at('2026-03-29T14:00:00Z'))).toBe('2026-03-29');
    const fresh = channel({ digestDay: null, createdAt: at('2026-03-29T13:00:00Z') });
    expect(isDigestDue(fresh, at('2026-03-29T14:00:00Z'))).toBeNull();
    expect(isDigestDue(fresh, at('2026-03-30T05:00:00Z'))).toBe('2026-03-30');
  });
});
