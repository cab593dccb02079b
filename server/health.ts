import 'server-only';
import manifest from '../package.json' with { type: 'json' };
import { forgetOutage, isOutageRemembered, noteOutage } from './outage.ts';
import { theRuntime } from './product.ts';
import { tryWriting } from './rate-limit.ts';

export interface Health {
  readonly status: 'ok' | 'unavailable';
  readonly version: string;
  readonly database: 'ok' | 'unavailable';
}

/**
 * Whether the product can serve: it asks the store for a row. After an outage it also writes, because a store that can
 * still be read, such as one on a full disk, signs nobody in.
 */
export async function readHealth(): Promise<Health> {
  const { version } = manifest;
  try {
    const runtime = await theRuntime();
    await runtime.db.tenant.findFirst({ select: { id: true } });
    if (isOutageRemembered()) {
      await tryWriting(runtime);
      forgetOutage();
    }
    return { status: 'ok', version, database: 'ok' };
  } catch (error) {
    if (!noteOutage(error)) console.error(error);
    return { status: 'unavailable', version, database: 'unavailable' };
  }
}
