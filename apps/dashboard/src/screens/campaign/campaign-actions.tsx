import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { useState } from 'react';
import type { Failure } from '../../api/failure.ts';
import { isActive } from '../../format/words.ts';
import { Link } from '../../router/link.tsx';
import { toUrl } from '../../router/route.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { DownloadButton } from '../../ui/download-button.tsx';
import { Refusal } from '../../ui/loadable.tsx';
import { ShellLines } from '../../ui/shell-lines.tsx';

type Verb = 'pause' | 'resume' | 'stop';

/** Pause, resume and stop; where else to look; and the shell lines for all of it. */
export function CampaignActions({ campaign }: { readonly campaign: CampaignView }) {
  const [failure, setFailure] = useState<Failure | null>(null);
  const verbs = verbsFor(campaign.state);
  return (
    <div>
      <div className="actions">
        {verbs.map((verb) => (
          <ActionButton
            key={verb}
            action={toAction(campaign.id, verb)}
            className={verb === 'stop' ? 'danger' : ''}
            onFailure={setFailure}
          >
            {words[verb]}
          </ActionButton>
        ))}
        <Link to={toUrl('/migrations', { campaign: campaign.id })} className="button">
          Migrations
        </Link>
        <Link to={toUrl('/matrix', { campaign: campaign.id })} className="button">
          Matrix
        </Link>
        <Link to={toUrl('/campaigns/new', { from: campaign.id })} className="button">
          Copy
        </Link>
        <DownloadButton
          path={`/campaigns/${campaign.id}/report?format=html`}
          name={`report-${campaign.id}.html`}
          inline
        >
          Report
        </DownloadButton>
      </div>
      {verbs.length === 0 ? null : (
        <ShellLines
          actions={verbs.map((verb) => ({
            name: words[verb],
            action: toAction(campaign.id, verb),
          }))}
        />
      )}
      <Refusal failure={failure} />
    </div>
  );
}

const words = { pause: 'Pause', resume: 'Resume', stop: 'End campaign' } as const;

function toAction(id: string, verb: Verb) {
  return { method: 'POST', path: `/campaigns/${id}/${verb}` } as const;
}

function verbsFor(state: CampaignView['state']): readonly Verb[] {
  if (!isActive(state) || state === 'stopping') return [];
  return state === 'paused' ? ['resume', 'stop'] : ['pause', 'stop'];
}
