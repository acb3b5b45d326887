import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { ScheduleView } from '@gauntlet/shared/contracts/schedules';
import { useState } from 'react';
import type { List } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { localZone } from '../../format/times.ts';
import { Link } from '../../router/link.tsx';
import { useAction } from '../../ui/action-button.tsx';
import { ActionForm } from '../../ui/action-form.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { Callout } from '../../ui/mark.tsx';
import { Panel } from '../../ui/panel.tsx';

const overlaps = [
  ['skip', 'skip that night'],
  ['queue', 'start when it has ended'],
] as const;
const catchUps = [
  ['once', 'start once, late'],
  ['skip', 'leave it out'],
] as const;

const empty = { name: '', cron: '0 20 * * *', overlap: 'skip', catchUp: 'once' };
type Fields = typeof empty & { readonly timeZone: string; readonly campaignId: string };

/** A new schedule, whose template is a campaign that exists: it was tried before it runs alone. */
export function ScheduleForm() {
  const campaigns = useResource<List<CampaignView>>('/campaigns?limit=100', 5_000);
  const [fields, setFields] = useState<Fields>({ ...empty, timeZone: localZone(), campaignId: '' });
  const [made, setMade] = useState<ScheduleView | null>(null);
  const create = useAction((body) => setMade(body as ScheduleView));
  const set = (change: Partial<Fields>) => {
    setMade(null);
    setFields({ ...fields, ...change });
  };
  const items = campaigns.data?.items ?? [];
  const template = items.find(({ id }) => id === fields.campaignId) ?? items[0];
  if (template === undefined) {
    return (
      <Panel title="New schedule">
        <p>
          A schedule repeats a campaign that was started by hand once.{' '}
          <Link to="/campaigns/new">Plan one</Link>
        </p>
      </Panel>
    );
  }
  const action = { method: 'POST', path: '/schedules', body: toBody(fields, template) } as const;
  return (
    <Panel title="New schedule">
      <ActionForm
        sender={create}
        action={action}
        name="Make the schedule"
        submit="Make the schedule"
        ready={fields.name !== ''}
        done={made === null ? null : <Callout tone="ok">{made.name} is in the list above.</Callout>}
      >
        <ScheduleFields fields={fields} templates={items} template={template} set={set} />
      </ActionForm>
    </Panel>
  );
}

interface FieldsProps {
  readonly fields: Fields;
  readonly templates: readonly CampaignView[];
  readonly template: CampaignView;
  readonly set: (change: Partial<Fields>) => void;
}

function ScheduleFields({ fields, templates, template, set }: FieldsProps) {
  return (
    <div className="fields">
      <TextField label="Name" value={fields.name} required onChange={(name) => set({ name })} />
      <SelectField
        label="Campaign to repeat"
        value={template.id}
        options={templates.map(({ id, name }) => [id, name] as const)}
        onChange={(campaignId) => set({ campaignId })}
        hint="Its settings are copied, except its seed: every night draws anew."
      />
      <TextField
        label="When (cron)"
        value={fields.cron}
        required
        onChange={(cron) => set({ cron })}
        hint="minute hour day month weekday: 0 20 * * 1-5 is 20:00 from Monday to Friday"
      />
      <TextField
        label="Time zone"
        value={fields.timeZone}
        required
        onChange={(timeZone) => set({ timeZone })}
        hint="IANA name, as Europe/Berlin"
      />
      <SelectField
        label="When the last one still runs"
        value={fields.overlap}
        options={overlaps}
        onChange={(overlap) => set({ overlap })}
      />
      <SelectField
        label="When the service was down"
        value={fields.catchUp}
        options={catchUps}
        onChange={(catchUp) => set({ catchUp })}
      />
    </div>
  );
}

function toBody({ name, cron, timeZone, overlap, catchUp }: Fields, template: CampaignView) {
  const { seed: _, ...config } = template.config;
  return { name, cron, timeZone, overlap, catchUp, campaign: { ...config, name } };
}
