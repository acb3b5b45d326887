import type { FactorsView } from '@gauntlet/shared/contracts/analysis';
import { useResource } from '../../api/use-resource.ts';
import { Loadable } from '../../ui/loadable.tsx';
import { Callout } from '../../ui/mark.tsx';
import { ScreenHead } from '../../ui/panel.tsx';
import { CampaignPicker, NoCampaign, usePickedCampaign } from '../../ui/pickers.tsx';
import { ConfigurationTable } from './configuration-table.tsx';
import { FactorForest } from './factor-forest.tsx';
import { RateMatrix } from './rate-matrix.tsx';

/** Where the rate is high, and which property of a VM or of a move goes with it. */
export function MatrixScreen() {
  const picked = usePickedCampaign();
  const path = picked.id === null ? null : `/campaigns/${picked.id}/factors`;
  const factors = useResource<FactorsView>(path, 10_000);
  return (
    <>
      <ScreenHead
        title="Matrix and factors"
        lead="Which configuration bugchecks most, and what it has in common."
      />
      <Loadable of={picked.list} what="the campaigns">
        {() =>
          picked.id === null ? (
            <NoCampaign title="Matrix" />
          ) : (
            <div className="stack">
              <div className="filter">
                <CampaignPicker of={picked} />
              </div>
              <Loadable of={factors} what="the factors">
                {(body) => <Factors factors={body} />}
              </Loadable>
            </div>
          )
        }
      </Loadable>
    </>
  );
}

function Factors({ factors }: { readonly factors: FactorsView }) {
  return (
    <>
      <p className="sentence">{factors.sentence}</p>
      {factors.warnings.map((warning) => (
        <Callout key={warning} tone="warn">
          {warning}
        </Callout>
      ))}
      <RateMatrix factors={factors} />
      <FactorForest factors={factors} />
      <ConfigurationTable factors={factors} />
    </>
  );
}
