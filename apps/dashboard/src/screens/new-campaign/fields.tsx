import type { ClusterView, InventoryView } from '@gauntlet/shared/contracts/clusters';
import type { ReactNode } from 'react';
import type { Snapshot } from '../../api/resources.ts';
import { Choices, SelectField, TextField } from '../../ui/field.tsx';
import { Panel } from '../../ui/panel.tsx';
import type { Draft } from './draft.ts';

interface FieldsProps {
  readonly draft: Draft;
  readonly set: (change: Partial<Draft>) => void;
}

interface WhereProps extends FieldsProps {
  readonly clusters: readonly ClusterView[];
  readonly inventory: Snapshot<InventoryView>;
}

export function WhereFields({ draft, set, clusters, inventory }: WhereProps) {
  return (
    <Panel title="What and where">
      <div className="stack">
        <div className="fields">
          <TextField
            label="Name"
            value={draft.name}
            required
            placeholder="storvsc before hotfix"
            onChange={(name) => set({ name })}
          />
          <SelectField
            label="Cluster"
            value={draft.clusterId}
            options={clusters.map((cluster) => [cluster.id, `${cluster.name} (${cluster.driver})`])}
            onChange={(clusterId) =>
              set({
                clusterId,
                hosts: [],
                arms: draft.arms.map((arm) => ({ ...arm, vms: [], tags: [] })),
              })
            }
          />
          <SelectField
            label="Action"
            value={draft.action}
            options={[
              ['live-migration', 'live migration'],
              ['power-cycle', 'power cycle'],
            ]}
            onChange={(action) => set({ action })}
          />
          <SelectField
            label="Placement"
            value={draft.policy}
            options={[
              ['ping-pong', 'ping-pong: there and back'],
              ['ring', 'ring: the next host'],
              ['random', 'random host, seeded'],
              ['all-pairs', 'all pairs equally often'],
            ]}
            onChange={(policy) => set({ policy })}
          />
        </div>
        <Choices
          legend="Hosts"
          emptyMeans="none ticked: all hosts"
          options={(inventory.data?.hosts ?? []).map((host) => ({
            value: host.name,
            note: host.state,
          }))}
          chosen={draft.hosts}
          onChange={(hosts) => set({ hosts })}
        />
        {inventory.failure === undefined ? null : (
          <p className="tone-bad" role="alert">
            {inventory.failure.detail}
          </p>
        )}
      </div>
    </Panel>
  );
}

export function StopFields({ draft, set }: FieldsProps) {
  return (
    <Panel title="When to stop" note="the first rule that holds; at least one">
      <div className="stack">
        <div className="fields">
          <NumberField
            label="After this many attempts"
            value={draft.attemptsMax}
            onChange={(attemptsMax) => set({ attemptsMax })}
          />
          <NumberField
            label="After this many hours"
            value={draft.hoursMax}
            onChange={(hoursMax) => set({ hoursMax })}
          />
          <NumberField
            label="At this many bugchecks of one kind"
            value={draft.bugchecksMin}
            onChange={(bugchecksMin) => set({ bugchecksMin })}
          />
        </div>
        <label className="check">
          <input
            type="checkbox"
            checked={draft.verdict}
            onChange={(event) => set({ verdict: event.target.checked })}
          />
          <span>Once a verdict on the fix is reached (two arms make it fastest)</span>
        </label>
        {draft.verdict ? (
          <div className="fields">
            <NumberField
              label="Alpha"
              value={draft.alpha}
              hint="chance of a false verdict"
              onChange={(alpha) => set({ alpha })}
            />
            <NumberField
              label="Effectiveness to show, %"
              value={draft.effectivenessTarget}
              hint="empty: 90; 0 asks for any improvement"
              onChange={(effectivenessTarget) => set({ effectivenessTarget })}
            />
            <NumberField
              label="Give up below 1 bugcheck in"
              value={draft.futilityEvery}
              hint="migrations; empty: never"
              onChange={(futilityEvery) => set({ futilityEvery })}
            />
          </div>
        ) : null}
      </div>
    </Panel>
  );
}

export function LimitFields({ draft, set }: FieldsProps) {
  return (
    <Panel title="How hard" note="empty fields take the service's defaults">
      <div className="fields">
        <NumberField
          label="Migrations at once"
          value={draft.concurrency}
          onChange={(concurrency) => set({ concurrency })}
        />
        <NumberField
          label="Out of a host at once"
          value={draft.outboundPerHost}
          onChange={(outboundPerHost) => set({ outboundPerHost })}
        />
        <NumberField
          label="Into a host at once"
          value={draft.inboundPerHost}
          onChange={(inboundPerHost) => set({ inboundPerHost })}
        />
        <NumberField
          label="Cooldown per VM, s"
          value={draft.cooldownSeconds}
          onChange={(cooldownSeconds) => set({ cooldownSeconds })}
        />
        <TextField
          label="Load in the guests"
          value={draft.load}
          placeholder="none"
          onChange={(load) => set({ load })}
        />
        <NumberField
          label="Settle window, s"
          value={draft.settleSeconds}
          hint="a crash so long after is still ours"
          onChange={(settleSeconds) => set({ settleSeconds })}
        />
        <NumberField
          label="Time limit per attempt, s"
          value={draft.timeoutSeconds}
          onChange={(timeoutSeconds) => set({ timeoutSeconds })}
        />
        <NumberField
          label="Seed"
          value={draft.seed}
          hint="same seed, same placements"
          onChange={(seed) => set({ seed })}
        />
      </div>
    </Panel>
  );
}

export function GuardFields({ draft, set }: FieldsProps) {
  return (
    <Panel title="Guards" note="one that trips pauses the campaign and waits for a person">
      <div className="fields">
        <NumberField
          label="Failed migrations at most, %"
          value={draft.failedShareMax}
          placeholder="20"
          onChange={(failedShareMax) => set({ failedShareMax })}
        />
        <NumberField
          label="Failed in a row at most"
          value={draft.failedInARowMax}
          placeholder="10"
          onChange={(failedInARowMax) => set({ failedInARowMax })}
        />
        <NumberField
          label="Unhealthy VMs at most"
          value={draft.unhealthyVmsMax}
          placeholder="2"
          onChange={(unhealthyVmsMax) => set({ unhealthyVmsMax })}
        />
        <SelectField
          label="After a bugcheck"
          value={draft.onBugcheck}
          options={[
            ['recover-vm', 'recover the VM'],
            ['leave-vm', 'leave it as it is'],
          ]}
          onChange={(onBugcheck) => set({ onBugcheck })}
        />
      </div>
    </Panel>
  );
}

interface NumberFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly hint?: ReactNode;
  readonly placeholder?: string;
}

function NumberField(props: NumberFieldProps) {
  return <TextField {...props} numeric />;
}
