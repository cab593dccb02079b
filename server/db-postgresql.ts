import 'server-only';
import { PrismaPg } from '@prisma/adapter-pg';

/** How long a connection in use may stay silent before its server counts as gone; idle ones are closed before that. */
const SILENCE_LIMIT_MS = 15_000;
const IDLE_LIMIT_MS = 10_000;
const CONNECT_LIMIT_MS = 10_000;

/** What the pool hands out, as far as it is needed here. */
interface Connected {
  readonly connection: {
    readonly stream: { destroy(error: Error): void; setTimeout(ms: number, then: () => void): void };
  };
}

/** As the system reports a peer that stopped answering, so that the adapter knows it for what it is. */
function silence(): Error {
  const facts = { code: 'ETIMEDOUT', syscall: 'read', errno: -110 };
  return Object.assign(new Error('The database did not answer in time'), facts);
}

/**
 * A pool that gives up a connection whose server says nothing: a database that hangs, or that vanished with its machine,
 * would otherwise keep every request waiting, and the connection would go back to the pool. It is the client that counts,
 * because a server that hangs cannot, and because connection poolers refuse `statement_timeout` at the start.
 */
export class Impatient extends PrismaPg {
  /** `isPatient` is asked when the limit is reached: a migration may take its time. */
  constructor(
    connectionString: string,
    private readonly isPatient: () => boolean,
  ) {
    super(
      {
        connectionString,
        max: 10,
        connectionTimeoutMillis: CONNECT_LIMIT_MS,
        idleTimeoutMillis: IDLE_LIMIT_MS,
        keepAlive: true,
      },
      // A connection that breaks while nobody uses it is replaced by the next one who asks; whoever uses it hears of it.
      { onPoolError: () => {}, onConnectionError: () => {} },
    );
  }

  override async connect() {
    const adapter = await super.connect();
    adapter.underlyingDriver().on('connect', (client) => {
      const { stream } = (client as unknown as Connected).connection;
      stream.setTimeout(SILENCE_LIMIT_MS, () => {
        if (!this.isPatient()) stream.destroy(silence());
      });
    });
    return adapter;
  }
}
