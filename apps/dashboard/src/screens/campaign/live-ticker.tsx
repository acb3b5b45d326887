import type { AttemptView } from '@gauntlet/shared/contracts/attempts';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { CampaignEvents, LiveEvent } from '../../api/use-campaign-events.ts';
import { formatTime } from '../../format/times.ts';
import { type OutcomeName, outcomeNames, outcomeWord } from '../../format/words.ts';
import { Link } from '../../router/link.tsx';
import { toUrl } from '../../router/route.ts';
import { Mark } from '../../ui/mark.tsx';
import { Panel } from '../../ui/panel.tsx';

const shownMax = 9;

/** What the event stream says, as it says it. */
export function LiveTicker({
  campaign,
  events,
}: {
  readonly campaign: CampaignView;
  readonly events: CampaignEvents;
}) {
  return (
    <Panel
      title="Live"
      note={events.connected ? 'event stream connected' : 'polling; stream not connected'}
    >
      {events.recent.length === 0 ? (
        <p className="quiet">
          Nothing since this page was opened.{' '}
          <Link to={toUrl('/migrations', { campaign: campaign.id })}>All migrations</Link>
        </p>
      ) : (
        <ol className="ticker">
          {events.recent.slice(0, shownMax).map((event) => (
            <li key={event.seq + event.kind}>
              <TickerLine event={event} />
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

function TickerLine({ event }: { readonly event: LiveEvent }) {
  const { data } = event;
  const outcome = toOutcome(data['outcome']);
  const word =
    outcome === null
      ? event.kind === 'bugcheck'
        ? outcomeWord('guest-bugcheck')
        : event.kind === 'guard'
          ? ({ text: 'guard', tone: 'warn', shape: 'triangle' } as const)
          : ({ text: event.kind, tone: 'info', shape: 'bar' } as const)
      : outcomeWord(outcome);
  const id = data['attemptId'];
  return (
    <>
      <span className="number quiet">{formatTime(event.at)}</span>
      <span className={`state tone-${word.tone}`}>
        <Mark shape={word.shape} />
      </span>
      <span>
        {typeof id === 'string' ? (
          <Link to={`/attempts/${id}`}>{lineText(event)}</Link>
        ) : (
          lineText(event)
        )}
      </span>
    </>
  );
}

function lineText({ kind, data }: LiveEvent): string {
  const say = (name: string): string => {
    const value = data[name];
    return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  };
  switch (kind) {
    case 'attempt-settled':
      return `#${say('ordinal')} ${say('vm')} ${outcomeWord(toOutcome(data['outcome'])).text}`;
    case 'bugcheck':
      return `${say('vm')}: ${say('title')}`;
    case 'state':
      return `now ${say('state')}${say('because') === '' ? '' : `: ${say('because')}`}`;
    case 'guard':
      return `guard ${say('guard')} tripped: ${say('because')}`;
    default:
      return kind;
  }
}

function toOutcome(value: unknown): AttemptView['outcome'] {
  return outcomeNames.includes(value as OutcomeName) ? (value as OutcomeName) : null;
}
