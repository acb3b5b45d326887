import { rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';

export interface RelayFaults {
  /** After so many bytes nothing is forwarded any more. */
  readonly stallAfterBytes?: number;
  readonly onStall?: (relay: FaultRelay) => void;
  readonly transform?: (chunk: Buffer) => Buffer;
  /** Goes on taking bytes from the source when the destination is gone. */
  readonly swallow?: boolean;
}

/** A link between two sockets that fails on request; bytes back to the source always pass. */
export interface FaultRelay {
  readonly path: string;
  readonly bytes: number;
  stall(): void;
  /** Lets everything held back pass, and all that follows. */
  heal(): void;
  cut(): void;
  close(): void;
}

export async function createFaultRelay(target: string, faults: RelayFaults): Promise<FaultRelay> {
  const path = `${target}.relay`;
  const sockets = new Set<Socket>();
  let held: (() => void)[] = [];
  let stalled = false;
  let stallAfter = faults.stallAfterBytes ?? Number.POSITIVE_INFINITY;
  let bytes = 0;

  const relay: FaultRelay = {
    path,
    get bytes() {
      return bytes;
    },
    stall() {
      stalled = true;
    },
    heal() {
      stalled = false;
      stallAfter = Number.POSITIVE_INFINITY;
      for (const forward of held) forward();
      held = [];
    },
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
      rmSync(path, { force: true });
    },
  };

  function forward(from: Socket, to: Socket, chunk: Buffer): void {
    const pass = () => {
      if (to.destroyed) return;
      if (!to.write(chunk)) {
        from.pause();
        to.once('drain', () => from.resume());
      }
    };
    if (!stalled) return pass();
    from.pause();
    held.push(() => {
      pass();
      from.resume();
    });
  }

  const server = createServer((source) => {
    const destination = connect(target);
    for (const socket of [source, destination]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        if (faults.swallow !== true) relay.cut();
      });
    }
    destination.pipe(source, { end: faults.swallow !== true });
    source.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes >= stallAfter && !stalled) {
        stalled = true;
        faults.onStall?.(relay);
      }
      forward(source, destination, faults.transform?.(chunk) ?? chunk);
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return relay;
}
