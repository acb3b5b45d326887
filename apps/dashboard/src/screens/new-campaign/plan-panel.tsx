import type { PlanAnswer } from '@gauntlet/shared/contracts/analysis';
import type { CampaignPlanView } from '@gauntlet/shared/contracts/campaigns';
import { useEffect, useState } from 'react';
import { send } from '../../api/http.ts';
import { formatCount, plural } from '../../format/numbers.ts';
import { formatDuration } from '../../format/times.ts';
import { Refusal } from '../../ui/loadable.tsx';
import { Callout } from '../../ui/mark.tsx';
import { Panel, Reading } from '../../ui/panel.tsx';
import type { Draft } from './draft.ts';
import type { Plan } from './use-plan.ts';

/** What would run, how long it takes, and what that many migrations can find. */
export function PlanPanel({ plan, draft }: { readonly plan: Plan; readonly draft: Draft }) {
  return (
    <Panel title="The plan" note={plan.asking ? 'working it out …' : 'nothing has started'}>
      <div className="stack" aria-live="polite">
        {plan.view === null ? <NoPlan plan={plan} draft={draft} /> : <PlanFacts plan={plan.view} />}
      </div>
    </Panel>
  );
}

function NoPlan({ plan, draft }: { readonly plan: Plan; readonly draft: Draft }) {
  if (draft.name.trim() === '') return <p>Give the campaign a name, then its plan appears here.</p>;
  if (plan.failure !== null) return <Refusal failure={plan.failure} />;
  return <p className="quiet">Working it out …</p>;
}

const pairsShownMax = 12;

function PlanFacts({ plan }: { readonly plan: CampaignPlanView }) {
  const pairs = plan.hostPairs.map(({ source, target }) => `${source} → ${target}`);
  const more = pairs.length - pairsShownMax;
  return (
    <>
      <dl className="readings">
        <Reading label="Migrations">
          {plan.attemptsMax === null ? 'no limit' : formatCount(plan.attemptsMax)}
        </Reading>
        <Reading label="At once">{formatCount(plan.concurrency)}</Reading>
        <Reading label="Takes about">
          {plan.expectedDurationMs === null ? 'unknown' : formatDuration(plan.expectedDurationMs)}
        </Reading>
      </dl>
      {plan.attemptsMax === null ? null : <Power budget={plan.attemptsMax} />}
      {plan.warnings.map((warning) => (
        <Callout key={warning} tone="warn">
          {warning}
        </Callout>
      ))}
      <dl className="facts small">
        {plan.arms.map((arm) => (
          <div key={arm.name} className="fact">
            <dt>{arm.name}</dt>
            <dd>
              {plural(arm.vms.length, 'VM')}: {arm.vms.slice(0, 8).join(', ')}
              {arm.vms.length > 8 ? ` and ${arm.vms.length - 8} more` : ''}
            </dd>
          </div>
        ))}
        <dt>Host pairs</dt>
        <dd>
          {pairs.slice(0, pairsShownMax).join(', ')}
          {more > 0 ? ` and ${more} more` : ''}
        </dd>
        <dt>Host caps</dt>
        <dd>
          {plan.caps
            .map((cap) => `${cap.host} ${cap.migrationsMax ?? 'none of its own'}`)
            .join(', ')}
        </dd>
      </dl>
    </>
  );
}

/** "12,000 migrations find a rate of 1 in 4,000 or more with 95 %", in the API's own words. */
function Power({ budget }: { readonly budget: number }) {
  const [sentence, setSentence] = useState<string | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    void send<PlanAnswer>({
      method: 'POST',
      path: '/analysis/plan',
      body: { probability: 0.95, budget },
    }).then((answer) => {
      if (!stop.signal.aborted && answer.kind === 'body') setSentence(answer.body.sentence);
    });
    return () => stop.abort();
  }, [budget]);
  return sentence === null ? null : <p>{sentence}</p>;
}
