import type { InventoryView } from '@gauntlet/shared/contracts/clusters';
import { useState } from 'react';
import type { Failure } from '../../api/failure.ts';
import { read } from '../../api/http.ts';
import { put } from '../../api/resources.ts';
import { useResource } from '../../api/use-resource.ts';
import { formatCount, plural } from '../../format/numbers.ts';
import type { Word } from '../../format/words.ts';
import { Empty, Loadable, Refusal } from '../../ui/loadable.tsx';
import { StateWord } from '../../ui/mark.tsx';
import { Panel, ScreenHead } from '../../ui/panel.tsx';
import { ClusterPicker, usePickedCluster } from '../../ui/pickers.tsx';
import { ScrollTable } from '../../ui/scroll-table.tsx';
import { TableHead } from '../../ui/table-head.tsx';
import { Ago } from '../../ui/time-stamp.tsx';
import { ClusterOptionsPanel, RegisterCluster } from './cluster-forms.tsx';
import { KnownIssuesPanel } from './known-issues-panel.tsx';

/** What a cluster has, and to which known issues it is exposed. */
export function InventoryScreen() {
  const picked = usePickedCluster();
  return (
    <>
      <ScreenHead title="Inventory" lead="Hosts, VMs, versions, and exposure to known issues." />
      <Loadable of={picked.list} what="the clusters">
        {() =>
          picked.id === null ? (
            <div className="stack">
              <Panel title="Inventory">
                <Empty title="No cluster yet">
                  <p>Register one; its hosts and VMs appear here once a worker has looked.</p>
                </Empty>
              </Panel>
              <RegisterCluster open />
            </div>
          ) : (
            <div className="stack">
              <div className="filter">
                <ClusterPicker of={picked} />
              </div>
              <Inventory key={picked.id} clusterId={picked.id} />
            </div>
          )
        }
      </Loadable>
    </>
  );
}

function Inventory({ clusterId }: { readonly clusterId: string }) {
  const path = `/clusters/${clusterId}/inventory`;
  const inventory = useResource<InventoryView>(path, 10_000);
  return (
    <>
      <RefreshRow path={path} takenAt={inventory.data?.takenAt ?? null} />
      <KnownIssuesPanel clusterId={clusterId} />
      <Loadable of={inventory} what="the inventory">
        {(body) => (
          <>
            <Hosts hosts={body.hosts} vms={body.vms} />
            <Vms vms={body.vms} />
          </>
        )}
      </Loadable>
      <ClusterOptionsPanel clusterId={clusterId} />
      <RegisterCluster open={false} />
    </>
  );
}

function RefreshRow({ path, takenAt }: { readonly path: string; readonly takenAt: string | null }) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  async function refreshNow(): Promise<void> {
    setBusy(true);
    const answer = await read<InventoryView>(
      `${path}?refresh=true`,
      null,
      new AbortController().signal,
    );
    setBusy(false);
    setFailure(answer.kind === 'failed' ? answer.failure : null);
    if (answer.kind === 'body') put(path, answer.body);
  }
  return (
    <div>
      <div className="row">
        <button type="button" className="button" disabled={busy} onClick={() => void refreshNow()}>
          {busy ? 'Asking the hosts …' : 'Look again'}
        </button>
        <span className="quiet">
          looked at <Ago at={takenAt} />
        </span>
      </div>
      <Refusal failure={failure} />
    </div>
  );
}

const hostWords = {
  up: { text: 'up', tone: 'ok', shape: 'disc' },
  down: { text: 'down', tone: 'bad', shape: 'cross' },
  paused: { text: 'paused', tone: 'warn', shape: 'half' },
  unknown: { text: 'unknown', tone: 'mute', shape: 'half' },
} as const satisfies Record<InventoryView['hosts'][number]['state'], Word>;

const vmWords = {
  running: { text: 'running', tone: 'ok', shape: 'disc' },
  off: { text: 'off', tone: 'mute', shape: 'ring' },
  paused: { text: 'paused', tone: 'warn', shape: 'half' },
  failed: { text: 'failed', tone: 'bad', shape: 'cross' },
  unknown: { text: 'unknown', tone: 'mute', shape: 'half' },
} as const satisfies Record<InventoryView['vms'][number]['state'], Word>;

function Hosts({ hosts, vms }: Pick<InventoryView, 'hosts' | 'vms'>) {
  return (
    <Panel title="Hosts" note={plural(hosts.length, 'host')} flush>
      <ScrollTable label="Hosts">
        <TableHead
          columns={[
            'Host',
            'State',
            { name: 'VMs', numeric: true },
            'Build',
            'Processor',
            { name: 'Migrations at once', numeric: true },
            'Hypervisor files',
            'Hotfixes',
          ]}
        />
        <tbody>
          {hosts.map((host) => (
            <tr key={host.name}>
              <th scope="row" className="name">
                {host.name}
              </th>
              <td>
                <StateWord word={hostWords[host.state]} />
              </td>
              <td className="num">{vms.filter((vm) => vm.host === host.name).length}</td>
              <td className="number">{host.osBuild ?? 'unknown'}</td>
              <td>{host.cpuVendor ?? 'unknown'}</td>
              <td className="num">{host.migrationsMax ?? 'no cap'}</td>
              <td className="small wide">
                {host.hypervisorFiles.map((file) => `${file.name} ${file.version}`).join(', ')}
              </td>
              <td className="small">{host.hotfixes.join(', ') || 'none'}</td>
            </tr>
          ))}
        </tbody>
      </ScrollTable>
    </Panel>
  );
}

const vmsShownMax = 500;

function Vms({ vms }: Pick<InventoryView, 'vms'>) {
  return (
    <Panel
      title="Virtual machines"
      note={`${plural(vms.length, 'VM')}${vms.length > vmsShownMax ? `, the first ${vmsShownMax} shown` : ''}`}
      flush
    >
      <ScrollTable label="Virtual machines">
        <TableHead
          columns={[
            'VM',
            'State',
            'Host',
            'Guest OS',
            { name: 'vCPUs', numeric: true },
            { name: 'Memory, MiB', numeric: true },
            'Disks',
            'Processor compatibility',
            'Tags',
          ]}
        />
        <tbody>
          {vms.slice(0, vmsShownMax).map((vm) => (
            <tr key={vm.id}>
              <th scope="row" className="name" title={vm.name}>
                {vm.name}
              </th>
              <td>
                <StateWord word={vmWords[vm.state]} />
              </td>
              <td className="name">{vm.host ?? 'unknown'}</td>
              <td className="name">{vm.guestOs ?? 'unknown'}</td>
              <td className="num">{formatCount(vm.vcpus)}</td>
              <td className="num">{formatCount(vm.memoryMiB)}</td>
              <td className="small nowrap">{disksOf(vm.disks)}</td>
              <td>
                {vm.processorCompatibility === null
                  ? 'unknown'
                  : vm.processorCompatibility
                    ? 'on'
                    : 'off'}
              </td>
              <td className="small">{vm.tags.join(', ')}</td>
            </tr>
          ))}
        </tbody>
      </ScrollTable>
    </Panel>
  );
}

/** `3 dynamic on SCSI, 1 fixed on IDE` */
function disksOf(disks: InventoryView['vms'][number]['disks']): string {
  const groups = new Map<string, number>();
  for (const disk of disks) {
    const name = `${disk.format} on ${disk.controller.toUpperCase()}`;
    groups.set(name, (groups.get(name) ?? 0) + 1);
  }
  return [...groups].map(([name, count]) => `${count} ${name}`).join(', ') || 'none';
}
