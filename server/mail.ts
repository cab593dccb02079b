import 'server-only';
import { MAIL_ATTEMPTS, MAIL_STALE_MS, MAIL_UNREACHABLE_MS, mailState, nextAttempt } from '#domain/mail';
import { DAY_MS, later, MINUTE_MS } from '#domain/time';
import { insert, type Tx } from './db.ts';
import { withLease } from './lease.ts';
import { readLogo } from './logo.ts';
import type { MailContent, Mailer } from './mailer.ts';
import { newId, type Runtime } from './runtime.ts';

export const MAIL_LEASE = 'mail';
const LEASE_MS = 2 * MINUTE_MS;

/** Messages that are looked up at once. */
const BATCH = 20;

/** Puts a message into the outbox, in the transaction of what it tells of. It leaves when a sender comes by. */
export async function writeMail(
  tx: Tx,
  runtime: Pick<Runtime, 'clock' | 'random'>,
  mail: MailContent & {
    readonly userId: string;
    /** The picture in it, by its hash. */
    readonly logo?: string | null;
  },
): Promise<void> {
  const now = runtime.clock.now();
  await insert(tx, 'Mail', { id: newId(runtime), ...mail, createdAt: now, nextAttemptAt: now });
}

/**
 * Sends what is due, one instance at a time. Each attempt is claimed by one conditional statement before it is made, and
 * noted after: a process that dies between the two sends a message again, under the same Message-ID, and never loses one.
 * Where no server answers, everything waits and nothing counts as an attempt. Returns how many were sent.
 */
export async function sendMails(runtime: Runtime, mailer: Mailer): Promise<number> {
  if ((await dueMails(runtime)).length === 0) return 0;
  const sent = await withLease(runtime, MAIL_LEASE, LEASE_MS, async (keep) => {
    await giveUpStale(runtime);
    let count = 0;
    for (;;) {
      const due = await dueMails(runtime);
      if (due.length === 0) return count;
      for (const mail of due) {
        if (!(await keep())) return count;
        const outcome = await attempt(runtime, mailer, mail);
        if (outcome === 'unreachable') return count;
        if (outcome === 'sent') count += 1;
      }
    }
  });
  return sent ?? 0;
}

/** What may still leave. What was written to sample people never does: their addresses are made up, or somebody else's. */
const open = { sentAt: null, attempts: { lt: MAIL_ATTEMPTS }, user: { sample: false } } as const;

async function dueMails(runtime: Runtime) {
  return await runtime.db.mail.findMany({
    where: { ...open, nextAttemptAt: { lte: runtime.clock.now() } },
    orderBy: [{ nextAttemptAt: 'asc' }, { id: 'asc' }],
    take: BATCH,
  });
}

/** What was written while nothing could be sent is no news any more when something can. */
async function giveUpStale(runtime: Runtime): Promise<void> {
  await runtime.db.mail.updateMany({
    where: { ...open, nextAttemptAt: { lt: later(runtime.clock.now(), -MAIL_STALE_MS) } },
    data: { attempts: MAIL_ATTEMPTS, failure: 'It waited too long for a server that sends.' },
  });
}

async function attempt(
  runtime: Runtime,
  mailer: Mailer,
  mail: MailContent & {
    readonly id: string;
    readonly logo: string | null;
    readonly attempts: number;
    readonly nextAttemptAt: Date;
  },
): Promise<'sent' | 'unreachable' | 'failed' | 'taken'> {
  const attempts = mail.attempts + 1;
  const claimed = await runtime.db.mail.updateMany({
    where: { ...open, id: mail.id, attempts: mail.attempts, nextAttemptAt: mail.nextAttemptAt },
    data: { attempts, nextAttemptAt: nextAttempt(attempts, runtime.clock.now()) },
  });
  if (claimed.count !== 1) return 'taken';
  const logo = mail.logo === null ? null : await readLogo(runtime.db, mail.logo);
  const delivery = await mailer.deliver({ ...mail, logo });
  const now = runtime.clock.now();
  const noted = {
    sent: () => ({ sentAt: now, failure: null }),
    unreachable: (failure: string) => ({
      attempts: mail.attempts,
      nextAttemptAt: later(now, MAIL_UNREACHABLE_MS),
      failure,
    }),
    later: (failure: string) => ({ failure }),
    never: (failure: string) => ({ attempts: MAIL_ATTEMPTS, failure }),
  };
  const data = delivery.kind === 'sent' ? noted.sent() : noted[delivery.kind](delivery.failure);
  await runtime.db.mail.updateMany({ where: { id: mail.id, sentAt: null }, data });
  return delivery.kind === 'sent' || delivery.kind === 'unreachable' ? delivery.kind : 'failed';
}

export interface MailSummary {
  readonly id: string;
  readonly userId: string;
  readonly address: string;
  readonly subject: string;
  readonly text: string;
  readonly createdAt: Date;
  readonly sentAt: Date | null;
  readonly attempts: number;
  readonly nextAttemptAt: Date;
  readonly failure: string | null;
  readonly state: ReturnType<typeof mailState>;
}

/** The outbox, the latest first. */
export async function listMails(runtime: Runtime, limit: number): Promise<MailSummary[]> {
  const rows = await runtime.db.mail.findMany({
    include: { user: { select: { sample: true } } },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    take: limit,
  });
  return rows.map(({ user, ...row }) => ({ ...row, state: mailState({ ...row, sample: user.sample }) }));
}

/** How the latest message went that left or could not; null where none was tried yet. */
export async function readLatestDelivery(tx: Tx): Promise<'sent' | 'failing' | null> {
  const latest = await tx.mail.findFirst({
    where: { OR: [{ sentAt: { not: null } }, { failure: { not: null } }] },
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    select: { sentAt: true },
  });
  return latest === null ? null : latest.sentAt === null ? 'failing' : 'sent';
}

/** How many messages there are, and how many of them have not left yet. */
export async function countMails(runtime: Runtime): Promise<{ readonly all: number; readonly open: number }> {
  const [all, waiting] = await Promise.all([runtime.db.mail.count(), runtime.db.mail.count({ where: open })]);
  return { all, open: waiting };
}

/** How long a message stays to be looked up. */
const KEPT_MS = 90 * DAY_MS;

/** Forgets messages that nobody needs to look up any more. Returns how many. */
export async function forgetOldMails(runtime: Runtime): Promise<number> {
  const before = later(runtime.clock.now(), -KEPT_MS);
  const { count } = await runtime.db.mail.deleteMany({ where: { createdAt: { lt: before } } });
  return count;
}
