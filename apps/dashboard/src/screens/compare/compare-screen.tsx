import type { ComparisonView } from '@gauntlet/shared/contracts/analysis';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { type FormEvent, useState } from 'react';
import type { List } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { useQuery } from '../../router/location.ts';
import { useAction } from '../../ui/action-button.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { Empty, Loadable, Refusal } from '../../ui/loadable.tsx';
import { Panel, ScreenHead } from '../../ui/panel.tsx';
import { ShellLines } from '../../ui/shell-lines.tsx';
import { ComparisonPanels } from './comparison-panels.tsx';

/** Two arms, of one campaign or of two: before and after a fix. */
export function CompareScreen() {
  const campaigns = useResource<List<CampaignView>>('/campaigns?limit=500', 10_000);
  const [query] = useQuery();
  const id = query.get('comparison');
  return (
    <>
      <ScreenHead title="Compare" lead="Is the candidate's rate lower than the baseline's?" />
      <Loadable of={campaigns} what="the campaigns">
        {({ items }) =>
          items.length === 0 ? (
            <Panel title="Compare">
              <Empty title="Nothing to compare yet">
                <p>A comparison needs two arms, of one campaign or of two.</p>
              </Empty>
            </Panel>
          ) : (
            <div className="stack">
              <ChooseArms campaigns={items} />
              {id === null ? null : <Comparison key={id} id={id} campaigns={items} />}
            </div>
          )
        }
      </Loadable>
    </>
  );
}

function Comparison({
  id,
  campaigns,
}: {
  readonly id: string;
  readonly campaigns: readonly CampaignView[];
}) {
  const comparison = useResource<ComparisonView>(`/comparisons/${id}`, 3_000);
  return (
    <Loadable of={comparison} what="the comparison">
      {(body) => <ComparisonPanels comparison={body} campaigns={campaigns} />}
    </Loadable>
  );
}

interface ArmChoice {
  readonly key: string;
  readonly text: string;
  readonly campaignId: string;
  readonly arm: string;
}

function toChoices(campaigns: readonly CampaignView[]): readonly ArmChoice[] {
  return campaigns.flatMap((campaign) =>
    campaign.arms.map((arm) => ({
      key: JSON.stringify([campaign.id, arm.name]),
      text: `${campaign.name}, ${arm.name} (${arm.bugchecks} of ${arm.exposures})`,
      campaignId: campaign.id,
      arm: arm.name,
    })),
  );
}

function ChooseArms({ campaigns }: { readonly campaigns: readonly CampaignView[] }) {
  const [query, change] = useQuery();
  const choices = toChoices(campaigns);
  const [firstKey, secondKey] = guessPair(campaigns, choices);
  const baseline = choices.find(({ key }) => key === (query.get('baseline') ?? firstKey));
  const candidate = choices.find(({ key }) => key === (query.get('candidate') ?? secondKey));
  const [alpha, setAlpha] = useState(query.get('alpha') ?? '0.05');
  const [target, setTarget] = useState(query.get('target') ?? '');
  const compare = useAction((body) => change({ comparison: (body as ComparisonView).id }));
  const action = {
    method: 'POST',
    path: '/comparisons',
    body: {
      baseline: toReference(baseline),
      candidate: toReference(candidate),
      alpha: Number(alpha),
      ...(target === '' ? {} : { effectivenessTarget: Number(target) / 100 }),
    },
  } as const;
  const options = choices.map(({ key, text }): [string, string] => [key, text]);
  function submit(event: FormEvent): void {
    event.preventDefault();
    change({ alpha: alpha === '0.05' ? null : alpha, target });
    void compare.run(action);
  }
  return (
    <Panel title="Which two arms">
      <form className="stack" onSubmit={submit}>
        <div className="filter wide">
          <SelectField
            label="Baseline (before)"
            value={baseline?.key ?? ''}
            options={options}
            onChange={(key) => change({ baseline: key, comparison: null })}
          />
          <SelectField
            label="Candidate (after)"
            value={candidate?.key ?? ''}
            options={options}
            onChange={(key) => change({ candidate: key, comparison: null })}
          />
          <TextField label="Alpha" value={alpha} numeric onChange={setAlpha} />
          <TextField label="Effectiveness to show, %" value={target} numeric onChange={setTarget} />
          <button type="submit" className="button primary" disabled={compare.busy}>
            Compare
          </button>
        </div>
        <Refusal failure={compare.failure} />
        <ShellLines actions={[{ name: 'Compare', action }]} />
      </form>
    </Panel>
  );
}

/** Two arms of the newest campaign that has two; else the first arms of the two newest campaigns. */
function guessPair(
  campaigns: readonly CampaignView[],
  choices: readonly ArmChoice[],
): [string | undefined, string | undefined] {
  const paired = campaigns.find((campaign) => campaign.arms.length > 1);
  const own = choices.filter((choice) => choice.campaignId === paired?.id);
  if (own.length > 1) return [own[0]?.key, own[1]?.key];
  return [(choices[1] ?? choices[0])?.key, choices[0]?.key];
}

function toReference(choice: ArmChoice | undefined): { campaignId: string; arm: string } | null {
  return choice === undefined ? null : { campaignId: choice.campaignId, arm: choice.arm };
}
