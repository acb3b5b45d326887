export const evidenceKinds = [
  'event-record',
  'dump-header',
  'dump',
  'debugger-text',
  'console',
  'registers',
  'screenshot',
  'probe-output',
  'ledger',
] as const;
export type EvidenceKind = (typeof evidenceKinds)[number];

/** Raw proof as a driver hands it over, before it is stored under its hash. */
export interface CollectedEvidence {
  readonly kind: EvidenceKind;
  /** A file name for people: `serial.log`, `18590.xml`. */
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}
