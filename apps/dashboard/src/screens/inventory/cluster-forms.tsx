import type { ClusterView } from '@gauntlet/shared/contracts/clusters';
import { useId, useState } from 'react';
import { useResource } from '../../api/use-resource.ts';
import { navigate } from '../../router/location.ts';
import { toUrl } from '../../router/route.ts';
import { useAction } from '../../ui/action-button.tsx';
import { ActionForm } from '../../ui/action-form.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { Panel } from '../../ui/panel.tsx';

const drivers = [
  ['simulated', 'simulated: hosts and defects in software'],
  ['hyperv', 'Hyper-V: a failover cluster'],
  ['qemu', 'QEMU: processes on the worker'],
] as const;

/** A new cluster: a name, a driver and the driver's own options. */
export function RegisterCluster({ open }: { readonly open: boolean }) {
  const [name, setName] = useState('');
  const [driver, setDriver] = useState<string>('simulated');
  const [options, setOptions] = useState('{ "preset": "demo" }');
  const register = useAction((body) =>
    navigate(toUrl('/inventory', { cluster: (body as ClusterView).id })),
  );
  const parsed = parseOptions(options);
  const action = {
    method: 'POST',
    path: '/clusters',
    body: { name, driver, options: parsed },
  } as const;
  return (
    <Panel title="Register a cluster">
      <details open={open}>
        <summary className="quiet">Name, driver and options</summary>
        <ActionForm
          sender={register}
          action={action}
          name="Register the cluster"
          submit="Register"
          ready={parsed !== undefined && name !== ''}
        >
          <div className="fields">
            <TextField label="Name" value={name} required onChange={setName} />
            <SelectField label="Driver" value={driver} options={drivers} onChange={setDriver} />
          </div>
          <OptionsField value={options} onChange={setOptions} valid={parsed !== undefined} />
        </ActionForm>
      </details>
    </Panel>
  );
}

/** How a hotfix is installed on a simulated cluster, and a worker told where the hosts are. */
export function ClusterOptionsPanel({ clusterId }: { readonly clusterId: string }) {
  const cluster = useResource<ClusterView>(`/clusters/${clusterId}`, 10_000);
  return cluster.data === undefined ? null : (
    <OptionsForm key={cluster.data.revision} cluster={cluster.data} />
  );
}

function OptionsForm({ cluster }: { readonly cluster: ClusterView }) {
  const first = JSON.stringify(cluster.options, null, 2);
  const [options, setOptions] = useState(first);
  const save = useAction();
  const parsed = parseOptions(options);
  const action = {
    method: 'PATCH',
    path: `/clusters/${cluster.id}`,
    body: { options: parsed },
  } as const;
  return (
    <Panel title="Driver options" note={`${cluster.driver}, revision ${cluster.revision}`}>
      <details>
        <summary className="quiet">Secrets never belong here</summary>
        <ActionForm
          sender={save}
          action={action}
          name="Change the options"
          submit="Save the options"
          ready={parsed !== undefined && options !== first}
          quiet
        >
          <OptionsField value={options} onChange={setOptions} valid={parsed !== undefined} />
        </ActionForm>
      </details>
    </Panel>
  );
}

interface OptionsFieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly valid: boolean;
}

function OptionsField({ value, onChange, valid }: OptionsFieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>Options (JSON)</label>
      <textarea
        id={id}
        className="code"
        rows={Math.min(14, Math.max(3, value.split('\n').length))}
        spellCheck={false}
        value={value}
        aria-invalid={!valid}
        onChange={(event) => onChange(event.target.value)}
      />
      <small>
        {valid ? 'The driver says what it understands.' : 'This is no JSON object yet.'}
      </small>
    </div>
  );
}

function parseOptions(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
