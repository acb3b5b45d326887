import type { LanesView } from '@gauntlet/shared/contracts/lanes';
import { parseIso } from '@gauntlet/shared/kernel/instant';
import { formatDuration } from '../../format/times.ts';
import { outcomeWord } from '../../format/words.ts';
import { Mark } from '../../ui/mark.tsx';
import { type Lane, type LaneBar, toLanes } from './lane-model.ts';

/** The picture; the table below it says the same, so this is hidden from screen readers. */
export function LaneChart({
  lanes,
  spanMs,
}: {
  readonly lanes: LanesView;
  readonly spanMs: number;
}) {
  return (
    <div className="lanes" aria-hidden="true">
      <Scale lanes={lanes} spanMs={spanMs} />
      {toLanes(lanes, spanMs).map((lane) => (
        <LaneRow key={lane.host.name} lane={lane} lanes={lanes} spanMs={spanMs} />
      ))}
      <LaneLegend />
    </div>
  );
}

interface LaneRowProps {
  readonly lane: Lane;
  readonly lanes: LanesView;
  readonly spanMs: number;
}

function LaneRow({ lane, lanes, spanMs }: LaneRowProps) {
  const { host, outbound, inbound, rows, bars } = lane;
  return (
    <div className="lane" data-state={host.state}>
      <div className="lane-head">
        <strong>{host.name}</strong>
        <span className="quiet small">{host.state === 'up' ? `${host.vms} VMs` : host.state}</span>
        {lanes.caps === null ? null : (
          <>
            <Slots name="out" used={outbound} cap={lanes.caps.outboundPerHost} />
            <Slots name="in" used={inbound} cap={lanes.caps.inboundPerHost} />
          </>
        )}
      </div>
      <div className="lane-track" style={{ minHeight: `${Math.min(rows, 12) * 1.15 + 0.4}rem` }}>
        <Shades lanes={lanes} spanMs={spanMs} />
        {bars.map((bar) => (
          <Bar key={bar.attempt.attemptId + bar.direction} bar={bar} />
        ))}
      </div>
    </div>
  );
}

const slotsMax = 8;

/** A cell per slot that the caps allow, filled where a migration runs. */
function Slots({
  name,
  used,
  cap,
}: {
  readonly name: string;
  readonly used: number;
  readonly cap: number;
}) {
  const cells = Math.min(Math.max(cap, used), slotsMax);
  return (
    <span className="slots small">
      <span className="quiet">{name}</span>
      {Array.from({ length: cells }, (_, index) => (
        <i key={index} data-used={index < used} />
      ))}
      {cap > slotsMax ? (
        <span className="quiet">
          {used}/{cap}
        </span>
      ) : null}
    </span>
  );
}

/** Per cent of the width under which a name would only be a smear. */
const labelWidthMin = 4;

function Bar({ bar }: { readonly bar: LaneBar }) {
  const { attempt, direction } = bar;
  const left = Math.max(0, bar.from);
  const width = bar.to - left;
  const word = attempt.outcome === null ? null : outcomeWord(attempt.outcome);
  const other = word !== null && attempt.outcome !== 'clean';
  return (
    <div
      className={`lane-bar ${other ? `tone-${word.tone}` : ''}`}
      data-direction={direction}
      data-other={other}
      title={`${attempt.vm}: ${attempt.source} → ${attempt.target}, ${word?.text ?? attempt.phase ?? attempt.state}`}
      style={{ left: `${left}%`, width: `${width}%`, top: `${bar.row * 1.15 + 0.25}rem` }}
    >
      {bar.parts.map((part) => (
        <span key={part.phase} data-phase={part.phase} style={{ flexGrow: part.share }} />
      ))}
      {direction === 'out' && width >= labelWidthMin ? <em>{attempt.vm}</em> : null}
      {other && word !== null && direction === 'out' ? <Mark shape={word.shape} /> : null}
    </div>
  );
}

/** Guard trips as shaded bands until now, changes of state as lines. */
function Shades({ lanes, spanMs }: { readonly lanes: LanesView; readonly spanMs: number }) {
  const now = parseIso(lanes.takenAt) ?? 0;
  return lanes.marks.map((mark) => {
    const at = 100 + (100 * ((parseIso(mark.at) ?? 0) - now)) / spanMs;
    return at < 0 ? null : (
      <i
        key={mark.at + mark.text}
        className="lane-mark"
        data-kind={mark.kind}
        title={mark.text}
        style={{ left: `${at}%`, width: mark.kind === 'guard' ? `${100 - at}%` : undefined }}
      />
    );
  });
}

function Scale({ lanes, spanMs }: { readonly lanes: LanesView; readonly spanMs: number }) {
  const ticks = [4, 3, 2, 1, 0].map((quarter) => (quarter * spanMs) / 4);
  return (
    <div className="lane lane-scale">
      <div className="lane-head quiet small">{lanes.hosts.length} hosts</div>
      <div className="lane-ticks">
        {ticks.map((ms) => (
          <span key={ms} style={{ left: `${100 - (100 * ms) / spanMs}%` }}>
            {ms === 0 ? 'now' : `−${formatDuration(ms)}`}
          </span>
        ))}
      </div>
    </div>
  );
}

function LaneLegend() {
  return (
    <ul className="legend lane-legend">
      <li data-phase="copy">memory copy</li>
      <li data-phase="blackout">blackout</li>
      <li data-phase="settle">settle window</li>
      <li data-phase="other">did not end clean</li>
      <li data-phase="inbound">the same move, arriving</li>
      <li data-phase="guard">after a guard trip</li>
    </ul>
  );
}
