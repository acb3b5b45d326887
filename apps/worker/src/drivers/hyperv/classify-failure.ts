import type { MigrationErrorClass, MigrationFailure } from '@gauntlet/shared/domain/migration';
import {
  classesByEvent,
  classesByHresult,
  classesById,
  classesByText,
  normalizeHresult,
} from './error-table.ts';

/** Everything known of why a migration did not happen. */
export interface FailureSigns {
  readonly fqid?: string | null;
  readonly hresult?: string | null;
  /** MigrationFailureReason of the cluster's resource. */
  readonly failureReason?: string | null;
  readonly events?: readonly { readonly id: number; readonly text: string }[];
  readonly message: string;
}

export type ErrorClasses = Readonly<Record<string, MigrationErrorClass>>;

/**
 * The class of a failure: by FullyQualifiedErrorId, then by HRESULT (the exception's, the
 * cluster's, one inside an event's text), then by event id, and by words last, because they are
 * translated. What nothing names is `unknown`, and nobody may try it again.
 *
 * @param overrules the cluster's own table: ids and codes to classes
 */
export function classifyFailure(
  signs: FailureSigns,
  overrules: ErrorClasses = {},
): MigrationFailure {
  const { fqid = null, events = [] } = signs;
  const hresults = hresultsOf(signs);
  const message = (signs.message.trim() || 'no reason was given').slice(0, 4000);
  const found = (errorClass: MigrationErrorClass, code: string | null): MigrationFailure => ({
    class: errorClass,
    code,
    message,
  });
  for (const code of [fqid, ...hresults]) {
    const own = code === null ? undefined : overrules[code];
    if (own !== undefined) return found(own, code);
  }
  const byId = fqid === null ? undefined : classesById.find(([pattern]) => pattern.test(fqid));
  if (byId !== undefined) return found(byId[1], fqid);
  for (const code of hresults) {
    const byCode = classesByHresult[code];
    if (byCode !== undefined) return found(byCode, code);
  }
  for (const { id } of events) {
    const byEvent = classesByEvent[id];
    if (byEvent !== undefined) return found(byEvent, `event ${id}`);
  }
  const words = [message, ...events.map(({ text }) => text)].join('\n');
  const byText = classesByText.find(([pattern]) => pattern.test(words));
  return found(byText?.[1] ?? 'unknown', fqid ?? hresults[0] ?? null);
}

/** 0x80004005 says only that something failed: what else there is speaks first. */
const meaningless = new Set(['0x80004005', '0x80131500', '0x80131501']);

function hresultsOf({ hresult, failureReason, events = [], message }: FailureSigns): string[] {
  const inText = [...events.map(({ text }) => text), message].flatMap((text) =>
    [...text.slice(0, 8000).matchAll(/0x[0-9A-F]{8}\b/gi)].map(([code]) => code),
  );
  const all = [hresult, failureReason, ...inText].flatMap((text) =>
    text === null || text === undefined ? [] : (normalizeHresult(text) ?? []),
  );
  const known = [...new Set(all)];
  return [
    ...known.filter((code) => !meaningless.has(code)),
    ...known.filter((code) => meaningless.has(code)),
  ];
}
