import 'server-only';
import { createHash } from 'node:crypto';
import { readLogo as judgeLogo } from '#domain/communication/logo';
import { sql, type Tx } from './db.ts';
import type { Picture } from './mailer.ts';
import type { Runtime } from './runtime.ts';

/** Keeps a picture by its hash, or null where it is none. */
export async function keepLogo(tx: Tx, content: Uint8Array<ArrayBuffer>): Promise<string | null> {
  const kind = judgeLogo(content);
  if (kind === null) return null;
  const hash = createHash('sha256').update(content).digest('hex');
  await tx.logo.upsert({ where: { hash }, create: { hash, type: kind.type, content }, update: {} });
  return hash;
}

export async function readLogo(tx: Tx, hash: string): Promise<Picture | null> {
  return await tx.logo.findUnique({ where: { hash }, select: { type: true, content: true } });
}

/** Forgets pictures that neither the organisation nor a message in the outbox shows. Returns how many. */
export async function forgetOldLogos({ db }: Pick<Runtime, 'db'>): Promise<number> {
  return await db.$executeRaw(sql`DELETE FROM "Logo" WHERE "hash" NOT IN (
    SELECT "logo" FROM "CommunicationKit" WHERE "logo" IS NOT NULL
    UNION SELECT "logo" FROM "Mail" WHERE "logo" IS NOT NULL)`);
}
