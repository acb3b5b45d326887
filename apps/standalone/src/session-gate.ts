/** Leave it exactly once. */
export type Leave = () => void;

/**
 * Who may use the one session of the embedded database: first come, first served. A statement holds
 * it for itself, a transaction from BEGIN to COMMIT or ROLLBACK.
 */
export interface SessionGate {
  enter(): Promise<Leave>;
}

export function createSessionGate(): SessionGate {
  let last: Promise<void> = Promise.resolve();
  return {
    async enter() {
      const before = last;
      const turn = Promise.withResolvers<void>();
      last = turn.promise;
      await before;
      return turn.resolve;
    },
  };
}
