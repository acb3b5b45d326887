import type { ClusterView } from '@gauntlet/shared/contracts/clusters';
import { type FormEvent, useId, useState } from 'react';
import { useResource } from '../../api/use-resource.ts';
import { navigate } from '../../router/location.ts';
import { toUrl } from '../../router/route.ts';
import { useAction } from '../../ui/action-button.tsx';
import { SelectField, TextField } from '../../ui/field.tsx';
import { Refusal } from '../../ui/loadable.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ShellLines } from '../../ui/shell-lines.tsx';

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
  function submit(event: FormEvent): void {
    event.preventDefault();
    void register.run(action);
  }
  return (
    <Panel title="Register a cluster">
      <details open={open}>
        <summary className="quiet">Name, driver and options</summary>
        <form className="stack form" onSubmit={submit}>
          <div className="fields">
            <TextField label="Name" value={name} required onChange={setName} />
            <SelectField label="Driver" value={driver} options={drivers} onChange={setDriver} />
          </div>
          <OptionsField value={options} onChange={setOptions} valid={parsed !== undefined} />
          <button
            type="submit"
            className="button primary"
            disabled={register.busy || parsed === undefined || name === ''}
          >
            Register
          </button>
          <Refusal failure={register.failure} />
          <ShellLines actions={[{ name: 'Register the cluster', action }]} />
        </form>
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
  function submit(event: FormEvent): void {
    event.preventDefault();
    void save.run(action);
  }
  return (
    <Panel title="Driver options" note={`${cluster.driver}, revision ${cluster.revision}`}>
      <details>
        <summary className="quiet">Secrets never belong here</summary>
        <form className="stack form" onSubmit={submit}>
          <OptionsField value={options} onChange={setOptions} valid={parsed !== undefined} />
          <button
            type="submit"
            className="button"
            disabled={save.busy || parsed === undefined || options === first}
          >
            Save the options
          </button>
          <Refusal failure={save.failure} />
          <ShellLines actions={[{ name: 'Change the options', action }]} />
        </form>
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
