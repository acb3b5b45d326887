import { AppError } from '@gauntlet/shared/contracts/errors';
import type {
  DebuggerTextView,
  DumpHeaderView,
  EventView,
} from '@gauntlet/shared/contracts/evidence';
import { formatStopCode, type StopError } from '@gauntlet/shared/domain/bugcheck';
import { matchKnownIssue } from '@gauntlet/shared/domain/known-issues';
import { bucketKeyOf, imageOf } from '@gauntlet/shared/domain/signature';
import {
  baseStopCode,
  findStopCode,
  isLiveDump,
  nameOfStopCode,
} from '@gauntlet/shared/domain/stop-codes';
import { type DebuggerReport, parseDebuggerText } from '@gauntlet/shared/evidence/debugger-text';
import type { DumpReading } from '@gauntlet/shared/evidence/dump-header';
import { toFinding } from '@gauntlet/shared/evidence/event-finding';
import { parseWindowsEvent } from '@gauntlet/shared/evidence/windows-event';
import { toIso } from '@gauntlet/shared/kernel/instant';

/** What the hypervisor's own error belongs to; any other code is a guest's until told otherwise. */
function subjectOf(code: number | null): 'guest' | 'host' {
  return code !== null && baseStopCode(code) === 0x20001 ? 'host' : 'guest';
}

/** @throws AppError `request.impossible` when it is no dump of a crashed system */
export function toDumpHeaderView(reading: DumpReading): DumpHeaderView {
  if ('refused' in reading) {
    throw new AppError('request.impossible', reading.because, {
      details: { refused: reading.refused },
    });
  }
  const { header } = reading;
  const { code, crashedAt, drivers, faultingDriver, warnings, ...rest } = header;
  const stop: StopError = {
    code,
    parameters: header.parameters,
    module: faultingDriver === null ? null : imageOf(faultingDriver.name),
    function: null,
    offset: null,
    reason: null,
  };
  return {
    ...rest,
    code: formatStopCode(code),
    name: nameOfStopCode(code),
    isCrash: !isLiveDump(code),
    parameters: [...header.parameters],
    parameterMeanings: [...(findStopCode(code)?.parameters ?? [])],
    crashedAt: crashedAt === null ? null : toIso(crashedAt),
    drivers: drivers.map((driver) => ({ ...driver })),
    faultingDriver: faultingDriver === null ? null : { ...faultingDriver },
    bucketKey: bucketKeyOf(stop, subjectOf(code)),
    warnings: [...warnings],
  };
}

/** @throws AppError `request.impossible` when the text names no STOP code */
export function toDebuggerTextView(text: string): DebuggerTextView {
  const [first, ...others] = parseDebuggerText(text).flatMap((report) => toCrash(report) ?? []);
  if (first === undefined) {
    throw new AppError(
      'request.impossible',
      'The text names no STOP code. Send all that !analyze -v printed.',
    );
  }
  return { ...first, others };
}

function toCrash({
  stop,
  confidence,
  warnings,
  failureBucket,
  processName,
  stack,
}: DebuggerReport) {
  if (stop.code === null) return null;
  const subject = subjectOf(stop.code);
  return {
    code: formatStopCode(stop.code),
    name: nameOfStopCode(stop.code),
    parameters: [...stop.parameters],
    module: stop.module,
    function: stop.function,
    offset: stop.offset,
    bucketKey: bucketKeyOf(stop, subject),
    knownIssue: matchKnownIssue(stop, subject, null)?.id ?? null,
    confidence,
    warnings: [...warnings],
    failureBucket,
    processName,
    stack: [...stack],
  };
}

/** What an event says, or why it cannot be read. */
export function toEventView(xml: string): EventView | { readonly fault: string } {
  const event = parseWindowsEvent(xml);
  if ('fault' in event) return event;
  const { stop, at, channel: _channel, ...finding } = toFinding(event);
  return {
    ...finding,
    code: stop?.code == null ? null : formatStopCode(stop.code),
    name: stop?.code == null ? null : nameOfStopCode(stop.code),
    parameters: [...(stop?.parameters ?? [])],
    reason: stop?.reason ?? null,
    at: at === null ? null : toIso(at),
    computer: event.computer,
  };
}
