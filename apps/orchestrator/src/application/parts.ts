import type { Calendar } from '@gauntlet/shared/kernel/calendar';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { EngineState } from './engine-state.ts';
import type { NotifyParts } from './notify/ports.ts';
import type {
  AttemptQueue,
  ChangeNotices,
  ControlDesk,
  Digest,
  EvidenceFiles,
  Log,
  Meters,
  StartPermits,
  Stores,
  Transact,
  WorkerRegistry,
} from './ports.ts';
import type { RetentionParts } from './retention/ports.ts';
import type { ScheduleBell } from './schedules/schedule-record.ts';

/** Everything the use cases and the engine are made of; `compose.ts` fills it. */
export interface Parts {
  /** Outside any transaction: for reads, and for writes that stand alone. */
  readonly stores: Stores;
  readonly transact: Transact;
  readonly state: EngineState;
  readonly queue: AttemptQueue;
  readonly control: ControlDesk;
  readonly files: EvidenceFiles;
  readonly workers: WorkerRegistry;
  readonly permits: StartPermits;
  readonly bell: ScheduleBell;
  readonly notices: ChangeNotices;
  readonly notify: NotifyParts;
  readonly retention: RetentionParts;
  readonly meters: Meters;
  readonly digest: Digest;
  readonly clock: Clock;
  readonly calendar: Calendar;
  readonly ids: { next(): string };
  readonly log: Log;
}
