import 'server-only';
import manifest from '../package.json' with { type: 'json' };
import { theRuntime } from './product.ts';

export interface Health {
  readonly status: 'ok' | 'unavailable';
  readonly version: string;
  readonly database: 'ok' | 'unavailable';
}

/** Whether the product can serve: it asks the store for a row. */
export async function readHealth(): Promise<Health> {
  const { version } = manifest;
  try {
    const runtime = await theRuntime();
    await runtime.db.tenant.findFirst({ select: { id: true } });
    return { status: 'ok', version, database: 'ok' };
  } catch {
    return { status: 'unavailable', version, database: 'unavailable' };
  }
}
