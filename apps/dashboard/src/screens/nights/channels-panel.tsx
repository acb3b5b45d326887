import type { ChannelView, DeliveryView } from '@gauntlet/shared/contracts/notifications';
import { useState } from 'react';
import type { Failure } from '../../api/failure.ts';
import type { List } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { deliveryWord } from '../../format/night-words.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Empty, Loadable, Refusal } from '../../ui/loadable.tsx';
import { StateWord } from '../../ui/mark.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ScrollTable } from '../../ui/scroll-table.tsx';
import { ShellLines } from '../../ui/shell-lines.tsx';
import { TableHead } from '../../ui/table-head.tsx';
import { TimeStamp } from '../../ui/time-stamp.tsx';

/** Who is told of what, whether that arrived, and a way to try it before the night. */
export function ChannelsPanel() {
  const channels = useResource<List<ChannelView>>('/notification-channels?limit=100', 5_000);
  const [failure, setFailure] = useState<Failure | null>(null);
  return (
    <Panel title="Notifications" note="webhooks and mailboxes" flush>
      <Loadable of={channels} what="the notification channels">
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nobody is told">
              <p>A bugcheck at 02:13 waits until somebody looks here.</p>
            </Empty>
          ) : (
            <ChannelTable channels={items} onFailure={setFailure} />
          )
        }
      </Loadable>
      <Refusal failure={failure} />
    </Panel>
  );
}

interface RowsProps {
  readonly onFailure: (failure: Failure | null) => void;
}

function ChannelTable({
  channels,
  onFailure,
}: RowsProps & { readonly channels: readonly ChannelView[] }) {
  return (
    <>
      <ScrollTable label="Notification channels">
        <TableHead columns={['Channel', 'Goes to', 'At once', 'Digest', 'Last sent', 'Change']} />
        <tbody>
          {channels.map((channel) => (
            <ChannelRow key={channel.id} channel={channel} onFailure={onFailure} />
          ))}
        </tbody>
      </ScrollTable>
      <ShellLines
        actions={channels.map((channel) => ({
          name: `Test ${channel.name}`,
          action: testAction(channel),
        }))}
      />
    </>
  );
}

function ChannelRow({ channel, onFailure }: RowsProps & { readonly channel: ChannelView }) {
  const { id, name, enabled, notices, digest } = channel;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>{channel.url ?? channel.to?.join(', ')}</td>
      <td className="small">{notices.length === 0 ? 'nothing' : notices.join(', ')}</td>
      <td className="small">{digest === null ? 'none' : `${digest.at} ${digest.timeZone}`}</td>
      <td>
        <LastDelivery channelId={id} />
      </td>
      <td>
        <div className="row">
          <ActionButton action={testAction(channel)} onFailure={onFailure}>
            Test
            <span className="visually-hidden"> {name}</span>
          </ActionButton>
          <ActionButton
            action={{
              method: 'PATCH',
              path: `/notification-channels/${id}`,
              body: { enabled: !enabled },
            }}
            onFailure={onFailure}
          >
            {enabled ? 'Mute' : 'Unmute'}
            <span className="visually-hidden"> {name}</span>
          </ActionButton>
        </div>
      </td>
    </tr>
  );
}

function LastDelivery({ channelId }: { readonly channelId: string }) {
  const path = `/notification-channels/${channelId}/deliveries?limit=1`;
  const deliveries = useResource<List<DeliveryView>>(path, 5_000);
  const last = deliveries.data?.items[0];
  if (last === undefined) return deliveries.data === undefined ? '…' : 'nothing yet';
  return (
    <>
      <StateWord word={deliveryWord(last.state)} /> {last.title}
      <br />
      <span className="small quiet">
        <TimeStamp at={last.createdAt} />
        {last.error === null ? null : `: ${last.error}`}
      </span>
    </>
  );
}

function testAction({ id }: ChannelView) {
  return { method: 'POST', path: `/notification-channels/${id}/test` } as const;
}
