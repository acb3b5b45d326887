import { ScreenHead } from '../../ui/panel.tsx';
import { ChannelForm } from './channel-form.tsx';
import { ChannelsPanel } from './channels-panel.tsx';
import { ScheduleForm } from './schedule-form.tsx';
import { SchedulesPanel } from './schedules-panel.tsx';

export function NightsScreen() {
  return (
    <>
      <ScreenHead
        title="Nights"
        lead="What starts by itself, when it starts next, and who is told."
      />
      <div className="stack">
        <SchedulesPanel />
        <ScheduleForm />
        <ChannelsPanel />
        <ChannelForm />
      </div>
    </>
  );
}
