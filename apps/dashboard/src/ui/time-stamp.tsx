import { parseIso } from '@gauntlet/shared/kernel/instant';
import { useEffect, useState } from 'react';
import { none } from '../format/numbers.ts';
import { formatAgo, formatDayTime, formatEta } from '../format/times.ts';
import { browserClock, repeat } from '../platform/browser-clock.ts';

/** A moment in the reader's time zone; the exact UTC moment is in its title. */
export function TimeStamp({ at }: { readonly at: string | null }) {
  if (at === null) return <>{none}</>;
  return (
    <time className="nowrap" dateTime={at} title={at}>
      {formatDayTime(at)}
    </time>
  );
}

const aheadMsMax = 5_000;

/** How long ago something happened, counted on: `14 s ago`. */
export function Ago({ at }: { readonly at: string | null }) {
  const now = useNow(1_000);
  const instant = at === null ? undefined : parseIso(at);
  if (at === null || instant === undefined) return <>{none}</>;
  // A simulated cluster's clock runs ahead of ours: a past event must not be said to lie ahead.
  if (instant > now + aheadMsMax) return <TimeStamp at={at} />;
  return (
    <time className="nowrap" dateTime={at} title={at}>
      {formatAgo(now - instant)}
    </time>
  );
}

/** When something is expected to be done. */
export function Eta({ at }: { readonly at: string | null }) {
  const now = useNow(60_000);
  if (at === null) return <>{none}</>;
  return (
    <time className="nowrap" dateTime={at} title={at}>
      {formatEta(at, now)}
    </time>
  );
}

/** The present, in ms since the epoch, read anew every `everyMs`. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState<number>(() => browserClock.now());
  useEffect(() => {
    const stop = new AbortController();
    void repeat(everyMs, stop.signal, () => setNow(browserClock.now()));
    return () => stop.abort();
  }, [everyMs]);
  return now;
}
