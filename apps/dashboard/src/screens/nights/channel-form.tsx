import { useState } from 'react';
import { localZone } from '../../format/times.ts';
import { useAction } from '../../ui/action-button.tsx';
import { ActionForm } from '../../ui/action-form.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { Callout } from '../../ui/mark.tsx';
import { Panel } from '../../ui/panel.tsx';

const kinds = [
  ['webhook', 'webhook'],
  ['email', 'e-mail'],
] as const;

const empty = { name: '', kind: 'webhook', url: '', secretRef: '', to: '', digestAt: '07:00' };
type Fields = typeof empty & { readonly timeZone: string };

/** A new channel: everything at once, and the digest in the morning. */
export function ChannelForm() {
  const [fields, setFields] = useState<Fields>({ ...empty, timeZone: localZone() });
  const [isMade, setMade] = useState(false);
  const create = useAction(() => {
    setMade(true);
    setFields({ ...empty, timeZone: localZone() });
  });
  const set = (change: Partial<Fields>) => {
    setMade(false);
    setFields({ ...fields, ...change });
  };
  const action = {
    method: 'POST',
    path: '/notification-channels',
    body: toBody(fields),
  } as const;
  return (
    <Panel title="New channel">
      <ActionForm
        sender={create}
        action={action}
        name="Make the channel"
        submit="Make the channel"
        ready={fields.name !== ''}
        done={
          isMade ? <Callout tone="ok">It is in the list above. Send a test now.</Callout> : null
        }
      >
        <ChannelFields fields={fields} set={set} />
      </ActionForm>
    </Panel>
  );
}

interface FieldsProps {
  readonly fields: Fields;
  readonly set: (change: Partial<Fields>) => void;
}

function ChannelFields({ fields, set }: FieldsProps) {
  return (
    <div className="fields">
      <TextField label="Name" value={fields.name} required onChange={(name) => set({ name })} />
      <SelectField
        label="Kind"
        value={fields.kind}
        options={kinds}
        onChange={(kind) => set({ kind })}
      />
      {fields.kind === 'webhook' ? (
        <>
          <TextField
            label="Address"
            value={fields.url}
            required
            placeholder="https://"
            onChange={(url) => set({ url })}
          />
          <TextField
            label="Name of its secret"
            value={fields.secretRef}
            required
            onChange={(secretRef) => set({ secretRef })}
            hint="night-hook is read from GAUNTLET_SECRET_NIGHT_HOOK and signs every request"
          />
        </>
      ) : (
        <TextField
          label="Mailboxes"
          value={fields.to}
          required
          onChange={(to) => set({ to })}
          hint="separated by commas"
        />
      )}
      <TextField
        label="Morning digest at"
        value={fields.digestAt}
        onChange={(digestAt) => set({ digestAt })}
        hint="as 07:00; empty: no digest"
      />
      <TextField
        label="Time zone of the digest"
        value={fields.timeZone}
        onChange={(zone) => set({ timeZone: zone })}
      />
    </div>
  );
}

function toBody({ name, kind, url, secretRef, to, digestAt, timeZone }: Fields) {
  const digest = digestAt === '' ? null : { at: digestAt, timeZone };
  if (kind === 'webhook') return { name, kind, url, secretRef, digest };
  const mailboxes = to.split(',').map((mailbox) => mailbox.trim());
  return { name, kind, to: mailboxes.filter((mailbox) => mailbox !== ''), digest };
}
