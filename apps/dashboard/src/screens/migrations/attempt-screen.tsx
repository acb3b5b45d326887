import type { AttemptDetailView } from '@gauntlet/shared/contracts/attempts';
import { useResource } from '../../api/use-resource.ts';
import { outcomeWord } from '../../format/words.ts';
import { Link } from '../../router/link.tsx';
import { toUrl } from '../../router/route.ts';
import { Loadable } from '../../ui/loadable.tsx';
import { Callout, StateWord } from '../../ui/mark.tsx';
import { Panel, ScreenHead } from '../../ui/panel.tsx';
import { TimeStamp } from '../../ui/time-stamp.tsx';
import { AttemptTimeline } from './attempt-timeline.tsx';
import { EvidenceList } from './evidence-list.tsx';

export function AttemptScreen({ id }: { readonly id: string }) {
  const attempt = useResource<AttemptDetailView>(`/attempts/${id}`, 2_000);
  return (
    <Loadable of={attempt} what="the attempt">
      {(body) => (
        <>
          <ScreenHead
            title={`${body.arm} #${body.ordinal}: ${body.vm}`}
            crumbs={
              <>
                <Link to={`/campaigns/${body.campaignId}`}>Campaign</Link> /{' '}
                <Link to={toUrl('/migrations', { campaign: body.campaignId })}>Migrations</Link>
              </>
            }
            lead={
              <span className="row">
                <StateWord word={outcomeWord(body.outcome)} />
                <span>
                  {body.action === 'power-cycle'
                    ? `power cycle on ${body.source}`
                    : `${body.source} → ${body.target}`}
                </span>
              </span>
            }
          />
          <AttemptBody attempt={body} />
        </>
      )}
    </Loadable>
  );
}

function AttemptBody({ attempt }: { readonly attempt: AttemptDetailView }) {
  return (
    <div className="stack">
      {attempt.reason === null ? null : <Callout tone="warn">{attempt.reason}</Callout>}
      {attempt.failure === null ? null : (
        <Callout tone="warn">
          <strong>
            Migration failed ({attempt.failure.class}
            {attempt.failure.code === null ? '' : `, ${attempt.failure.code}`}):
          </strong>{' '}
          {attempt.failure.message}
        </Callout>
      )}
      {attempt.fault === null ? null : (
        <Callout tone="bad">
          <strong>Probe {attempt.fault.probe} failed:</strong> {attempt.fault.detail}
        </Callout>
      )}
      <div className="split">
        <div className="stack">
          <Panel title="Timeline">
            <AttemptTimeline attempt={attempt} />
          </Panel>
          <Panel title="Evidence">
            <EvidenceList evidence={attempt.evidence} />
          </Panel>
        </div>
        <div className="stack">
          <Facts attempt={attempt} />
          <FingerprintPanel attempt={attempt} />
        </div>
      </div>
    </div>
  );
}

function Facts({ attempt }: { readonly attempt: AttemptDetailView }) {
  return (
    <Panel title="Facts">
      <dl className="facts">
        <dt>State</dt>
        <dd>{attempt.state}</dd>
        <dt>Planned</dt>
        <dd>
          <TimeStamp at={attempt.plannedAt} />
        </dd>
        <dt>Started</dt>
        <dd>
          <TimeStamp at={attempt.startedAt} />
        </dd>
        <dt>Settled</dt>
        <dd>
          <TimeStamp at={attempt.settledAt} />
        </dd>
        <dt>Worker</dt>
        <dd>{attempt.worker ?? 'none yet'}</dd>
        <dt>Arm drawn with</dt>
        <dd className="number">{attempt.probability}</dd>
        <dt>VM id</dt>
        <dd>
          <code>{attempt.vmId}</code>
        </dd>
      </dl>
    </Panel>
  );
}

function FingerprintPanel({ attempt }: { readonly attempt: AttemptDetailView }) {
  const { fingerprint, fingerprintMatches } = attempt;
  if (fingerprint === null) return null;
  return (
    <Panel
      title="Fingerprint"
      note={
        fingerprintMatches === false ? 'not what the arm declares: never counted' : 'as declared'
      }
    >
      <dl className="facts small">
        {fingerprint.hosts.map((host) => (
          <div key={host.name} className="fact">
            <dt>{host.name}</dt>
            <dd>
              {host.files.map((file) => `${file.name} ${file.version}`).join(', ')}
              {host.hotfixes.length === 0 ? '' : `; ${host.hotfixes.join(', ')}`}
            </dd>
          </div>
        ))}
        <dt>Guest</dt>
        <dd>
          {fingerprint.guestFiles.map((file) => `${file.name} ${file.version}`).join(', ') ||
            'not read'}
        </dd>
        {Object.entries(fingerprint.settings).map(([name, value]) => (
          <div key={name} className="fact">
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}
