import type { BucketView } from '@gauntlet/shared/contracts/bugchecks';
import { type FormEvent, useId, useState } from 'react';
import { bucketStatusNames, bucketWord } from '../../format/crash-words.ts';
import { useAction } from '../../ui/action-button.tsx';
import { SelectField } from '../../ui/field.tsx';
import { Refusal } from '../../ui/loadable.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ShellLines } from '../../ui/shell-lines.tsx';

/** Status and note of a signature. */
export function BucketForm({ bucket }: { readonly bucket: BucketView }) {
  const [status, setStatus] = useState<string>(bucket.status);
  const [note, setNote] = useState(bucket.note ?? '');
  const id = useId();
  const save = useAction();
  const action = {
    method: 'PATCH',
    path: `/buckets/${bucket.id}`,
    body: { status, note: note === '' ? null : note },
  } as const;
  const changed = status !== bucket.status || note !== (bucket.note ?? '');
  function submit(event: FormEvent): void {
    event.preventDefault();
    void save.run(action);
  }
  return (
    <Panel title="Status and note">
      <form className="stack" onSubmit={submit}>
        <SelectField
          label="Status"
          value={status}
          options={bucketStatusNames.map((name) => [name, bucketWord(name).text])}
          onChange={setStatus}
        />
        <div className="field">
          <label htmlFor={id}>Note</label>
          <textarea
            id={id}
            rows={4}
            maxLength={10_000}
            value={note}
            placeholder="Case number, who looks at it, what was tried"
            onChange={(event) => setNote(event.target.value)}
          />
        </div>
        <button type="submit" className="button" disabled={!changed || save.busy}>
          {changed ? 'Save' : 'Saved'}
        </button>
        <Refusal failure={save.failure} />
        <ShellLines actions={[{ name: 'Change the status', action }]} />
      </form>
    </Panel>
  );
}
