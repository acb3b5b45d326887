import { toIso } from '@gauntlet/shared/kernel/instant';
import { browserClock } from '../../platform/browser-clock.ts';

const storageName = 'gauntlet.last-visit';

/** When this browser last showed the dashboard before now; null on the first visit. */
export const lastVisitAt: string | null = readLastVisit();

addEventListener('pagehide', () => {
  try {
    localStorage.setItem(storageName, toIso(browserClock.now()));
  } catch {
    // Storage is off: every visit is the first.
  }
});

function readLastVisit(): string | null {
  try {
    return localStorage.getItem(storageName);
  } catch {
    return null;
  }
}
