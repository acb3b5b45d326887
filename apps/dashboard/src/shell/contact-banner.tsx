import { useEffect, useState } from 'react';
import { silenceMs, staleAfterMs } from '../api/contact.ts';
import { formatDuration } from '../format/times.ts';
import { repeat } from '../platform/browser-clock.ts';
import { Mark } from '../ui/mark.tsx';

/** Seconds without a word from the service, or null while it is heard. */
function useSilence(): number | null {
  const [silence, setSilence] = useState<number | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    void repeat(500, stop.signal, () => {
      const ms = silenceMs();
      setSilence(ms < staleAfterMs ? null : Math.floor(ms / 1_000) * 1_000);
    });
    return () => stop.abort();
  }, []);
  return silence;
}

/** Says within five seconds that what stands on the screen is old. */
export function ContactBanner() {
  const silence = useSilence();
  return (
    <div role="status">
      {silence === null ? null : (
        <div className="banner">
          <Mark shape="half" />
          <span>Stale: nothing heard from the service for {formatDuration(silence)}.</span>
          <span>What you see is from before. Trying again.</span>
        </div>
      )}
    </div>
  );
}

export function ContactPulse() {
  const silence = useSilence();
  return (
    <span className={`pulse ${silence === null ? 'tone-ok' : 'tone-warn'}`}>
      <Mark shape={silence === null ? 'disc' : 'half'} />
      <span>{silence === null ? 'live' : 'stale'}</span>
    </span>
  );
}
