import type { WriteStream } from 'node:tty';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';

export interface ProgressLine {
  show(campaign: CampaignView): void;
  /** Leaves the last line standing. */
  end(): void;
}

const barWidth = 24;
/** Without a terminal, a line now and then instead of one that is written over. */
const plainEveryMs = 5_000;

export function createProgressLine(out: WriteStream | NodeJS.WriteStream): ProgressLine {
  const startedMs = performance.now();
  let shownMs = Number.NEGATIVE_INFINITY;
  const rates = createRateMeter();
  return {
    show(campaign) {
      const nowMs = performance.now();
      const perSecond = rates(nowMs, campaign.progress.attemptsSettled);
      const line = formatProgress(campaign, perSecond, nowMs - startedMs);
      if (out.isTTY) out.write(`\r\u001b[2K  ${line}`);
      else if (nowMs - shownMs >= plainEveryMs) {
        shownMs = nowMs;
        out.write(`  ${line}\n`);
      }
    },
    end() {
      if (out.isTTY) out.write('\n');
    },
  };
}

function formatProgress(campaign: CampaignView, perSecond: number, elapsedMs: number): string {
  const { attemptsSettled } = campaign.progress;
  const bugchecks = campaign.progress.outcomes['guest-bugcheck'];
  const done = shareDone(campaign);
  const filled = Math.round(done * barWidth);
  const bar = `${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}`;
  const counted = attemptsSettled.toLocaleString('en').padStart(7);
  return (
    `[${bar}] ${counted} migrations  ${perSecond.toFixed(0).padStart(4)}/s  ` +
    `${bugchecks} bugcheck${bugchecks === 1 ? ' ' : 's'}  ${formatEta(done, elapsedMs)}`
  );
}

/** Of whichever stop rule is nearest to holding. */
function shareDone({ config, progress }: CampaignView): number {
  const { attemptsMax, bugchecksMin } = config.stop;
  const shares = [
    attemptsMax === null ? 0 : progress.attemptsSettled / attemptsMax,
    bugchecksMin === null ? 0 : progress.outcomes['guest-bugcheck'] / bugchecksMin,
  ];
  return Math.min(1, Math.max(...shares));
}

function formatEta(done: number, elapsedMs: number): string {
  if (done >= 1) return 'done';
  if (done === 0) return 'ETA unknown: nothing seen yet';
  return `about ${Math.ceil(((elapsedMs / done) * (1 - done)) / 1000)} s left`;
}

/** Attempts per second over the last few calls. */
function createRateMeter(): (nowMs: number, count: number) => number {
  const seen: { nowMs: number; count: number }[] = [];
  const seenMax = 10;
  return (nowMs, count) => {
    seen.push({ nowMs, count });
    if (seen.length > seenMax) seen.shift();
    const [first] = seen;
    if (first === undefined || nowMs === first.nowMs) return 0;
    return ((count - first.count) / (nowMs - first.nowMs)) * 1000;
  };
}
