import type { Instant } from '../kernel/instant.ts';

/** Why a migration did not happen, as classes that decide what to do next. */
export const migrationErrorClasses = [
  'busy',
  'transient-network',
  'resources',
  'permanent-config',
  'permanent-auth',
  'gone',
  'tooling',
  'unsupported',
  'vm-locked',
  'cancelled',
  'unknown',
] as const;
export type MigrationErrorClass = (typeof migrationErrorClasses)[number];

export interface MigrationFailure {
  readonly class: MigrationErrorClass;
  /** The hypervisor's own code: an HRESULT, a FullyQualifiedErrorId, a QMP error class. */
  readonly code: string | null;
  readonly message: string;
}

/**
 * What the driver knows of a migration after it ended.
 * `failed`: the VM verifiably runs on the source. `unknown`: nobody can say; ask `locate`.
 */
export type MigrationResult =
  | {
      readonly kind: 'completed';
      readonly switchedOverAt: Instant;
      readonly copyMs: number;
      readonly blackoutMs: number | null;
    }
  | { readonly kind: 'failed'; readonly failure: MigrationFailure }
  | { readonly kind: 'unknown'; readonly failure: MigrationFailure };
