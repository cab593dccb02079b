import 'server-only';
import { fromBase64Url, toBase64Url } from '#domain/base64url';
import { ok, type Result, refuse } from '#domain/result';
import type { Tx } from './db.ts';
import { record } from './event.ts';
import type { Runtime } from './runtime.ts';
import { mac, sameBytes } from './secrets.ts';

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ID_BYTES = 16;

const tagOf = (runtime: Pick<Runtime, 'keys'>, id: Uint8Array) => mac(runtime.keys('unsubscribe'), id);

/**
 * What switches the reminders of one person off and on, and opens nothing else: their ID and a MAC under a key of its own.
 * It does not run out (RFC 8058): a reminder may be read late.
 */
export function reminderToken(runtime: Pick<Runtime, 'keys'>, userId: string): string {
  const id = Buffer.from(userId.replaceAll('-', ''), 'hex');
  return toBase64Url(Buffer.concat([id, tagOf(runtime, id)]));
}

/** Whose token it is, or null: not ours, or changed. */
function readToken(runtime: Pick<Runtime, 'keys'>, token: string): string | null {
  const bytes = fromBase64Url(token);
  if (bytes === null) return null;
  const [id, tag] = [bytes.subarray(0, ID_BYTES), bytes.subarray(ID_BYTES)];
  if (!sameBytes(tag, tagOf(runtime, id))) return null;
  const userId = Buffer.from(id)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  return ID.test(userId) ? userId : null;
}

/** Where a person switches reminders off: a page that does nothing until its button is pressed. */
export function reminderPage(runtime: Pick<Runtime, 'keys' | 'relyingParty'>, userId: string): string {
  return `${runtime.relyingParty.origin}/reminders?token=${reminderToken(runtime, userId)}`;
}

/** The same for a mail program, which presses the button by itself (RFC 8058). */
export function oneClickAddress(runtime: Pick<Runtime, 'keys' | 'relyingParty'>, userId: string): string {
  return `${runtime.relyingParty.origin}/api/communication/unsubscribe?token=${reminderToken(runtime, userId)}`;
}

/** Whether a link is whole, and nothing of whose it is. */
export function isReminderToken(runtime: Pick<Runtime, 'keys'>, token: string): boolean {
  return readToken(runtime, token) !== null;
}

/**
 * Switches reminders off or on for whoever the token is of. The answer is the same for somebody who has none any more, and
 * for somebody who is gone: it says nothing of anybody.
 */
export async function setReminders(
  runtime: Runtime,
  { token, wanted }: { readonly token: string; readonly wanted: boolean },
): Promise<Result<null>> {
  const userId = readToken(runtime, token);
  if (userId === null) return refuse('reminder_link_broken');
  return await runtime.db.$transaction(async (tx) => {
    if ((await tx.user.count({ where: { id: userId } })) === 0) return ok(null);
    const changed = wanted ? await forget(tx, userId) : await stop(tx, runtime, userId);
    if (changed)
      await record(tx, runtime, { code: wanted ? 'reminders_resumed' : 'reminders_stopped', userId });
    return ok(null);
  });
}

async function forget(tx: Tx, userId: string): Promise<boolean> {
  return (await tx.stoppedReminders.deleteMany({ where: { userId } })).count === 1;
}

async function stop(tx: Tx, { clock }: Pick<Runtime, 'clock'>, userId: string): Promise<boolean> {
  if ((await tx.stoppedReminders.count({ where: { userId } })) > 0) return false;
  await tx.stoppedReminders.create({ data: { userId, at: clock.now() } });
  return true;
}
