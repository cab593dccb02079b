import { expect, test } from 'vitest';
import { ALL_USERS } from '#domain/policy/settings';
import { later, MINUTE_MS } from '#domain/time';
import { planRing } from './communication-plan.ts';
import { addRings, readRings, turnRing } from './rollout.ts';
import { aPerson, aRuntime, aTenant, done, MASTER_KEY, ORIGIN } from './testing.ts';
import { aMailServer } from './testing-mail.ts';
import { aDocument, aSource } from './testing-policy.ts';
import { CRASH_AT, elsewhere } from './testing-process.ts';

/** More than are written to in one transaction. */
const PEOPLE = 60;

const WRITTEN = '^INSERT INTO \\S*SentMessage';
const MAIL = '^INSERT INTO \\S*"?Mail"?';
const CLAIMED = '^UPDATE \\S*Mail\\S* SET \\S*attempts\\S* = \\S+ \\S*nextAttemptAt';
const NOTED = '^UPDATE \\S*Mail\\S* SET \\S*sentAt';

interface Crash {
  readonly when: 'before' | 'after';
  readonly path: readonly string[];
  readonly count?: number;
}

/** Each kills the process that writes and sends, one after the other. */
const crashes: Readonly<Record<string, Crash>> = {
  'before anybody is claimed': { when: 'before', path: [WRITTEN] },
  'with somebody claimed and their message not written': { when: 'after', path: [WRITTEN], count: 7 },
  'in the middle of the first people': { when: 'after', path: [MAIL], count: 30 },
  'with all of them written and nothing committed': { when: 'before', path: [MAIL, '^COMMIT'] },
  'after the first people, before the others': { when: 'after', path: [MAIL, '^COMMIT'] },
  'in the middle of the others': { when: 'after', path: [MAIL], count: 5 },
  'before a message is claimed': { when: 'before', path: [CLAIMED], count: 4 },
  'with a message claimed and not sent': { when: 'after', path: [CLAIMED], count: 9 },
  'with a message sent and that not noted': { when: 'before', path: [NOTED], count: 3 },
  'with a message sent and noted': { when: 'after', path: [NOTED], count: 5 },
};
/** Only here the one that receives knows more than the one that sends. */
const unavoidable = ['with a message sent and that not noted'];

const SCRIPT = `
  const { databaseUrl, crash, now, url, settings, crashAt } = JSON.parse(words[0]);
  const { openRuntime } = await server('product');
  const { createMailer } = await server('mailer');
  const { writePlannedMessages } = await server('communication-send');
  const { sendMails } = await server('mail');
  const opened = await openRuntime({ mail: null, push: null, ...settings, databaseUrl });
  const at = () => new Date(now);
  const runtime = { ...opened, clock: { now: at, world: at } };
  if (crash !== null) {
    process.env.CRASH_AT = JSON.stringify(crash);
    await import(crashAt);
  }
  await writePlannedMessages(runtime);
  await sendMails(runtime, createMailer({ url, from: 'no-reply@tidewater.example' }));
  await runtime.db.$disconnect();
  process.disconnect();`;

test('killed at every step of writing and sending, nobody is left out, and what has to be sent again is the same message', async () => {
  const runtime = await aRuntime();
  await aTenant(runtime);
  for (let each = 0; each < PEOPLE; each += 1) await aPerson(runtime, `p${String(each).padStart(2, '0')}`);
  const { id: sourceId } = await aSource(runtime, aDocument({ UseBiometrics: 'false' }));
  const rings = [{ name: 'Pilot', groups: [ALL_USERS] }];
  const confirmed = ['rollout_not_confirmed', 'ring_out_of_turn'] as const;
  done(await addRings(runtime, null, { sourceId, rings, confirmed }));
  const ringId = (await readRings(runtime.db, sourceId))[0]?.id ?? '';
  const lines = [{ template: 'announcement', days: 0, hour: 0 }] as const;
  done(await planRing(runtime, null, { ringId, startsOn: null, lines }));
  done(await turnRing(runtime, null, { ringId, change: 'open', confirmed }));
  const mail = await aMailServer();
  let now = runtime.clock.now();
  const run = async (crash: Crash | null) => {
    const { child, ended } = elsewhere(
      SCRIPT,
      JSON.stringify({
        databaseUrl: runtime.databaseUrl,
        crash,
        now,
        url: mail.url,
        crashAt: CRASH_AT,
        settings: {
          dataDir: '',
          origin: ORIGIN,
          relyingPartyId: 'localhost',
          secretKey: MASTER_KEY,
          demo: false,
          pinResetService: { folder: runtime.pinResetFolder, remote: null },
        },
      }),
    );
    const how = await ended.then(
      () => 'well',
      (error) => child.signalCode ?? String(error),
    );
    // Until the leases of whoever was killed are over, and what they claimed is due again.
    now = later(now, 5 * MINUTE_MS);
    return how;
  };

  for (const [step, crash] of Object.entries(crashes))
    expect([step, await run(crash)]).toEqual([step, 'SIGKILL']);
  expect(await run(null)).toBe('well');
  const before = mail.received.length;
  expect(await run(null)).toBe('well');

  expect(mail.received).toHaveLength(before);
  const byPerson = new Map<string, Set<string>>();
  for (const { to, text } of mail.received) {
    const ids = byPerson.get(to[0] ?? '') ?? new Set();
    byPerson.set(to[0] ?? '', ids.add(/^Message-ID:\s*(\S+)/im.exec(text)?.[1] ?? ''));
  }
  expect(byPerson.size).toBe(PEOPLE);
  // One message each; where it had to be sent again, it is the same one by its Message-ID.
  expect([...byPerson.values()].filter((ids) => ids.size !== 1)).toEqual([]);
  expect(mail.received.length - PEOPLE).toBe(unavoidable.length);
  expect(await runtime.db.mail.count({ where: { sentAt: { not: null } } })).toBe(PEOPLE);
  expect(await runtime.db.sentMessage.count()).toBe(PEOPLE);
  const events = await runtime.db.event.findMany({ where: { code: 'communication_sent' } });
  const told = events.map(({ detail }) => Number(JSON.parse(String(detail)).people));
  expect(told).toEqual([50, 10]);
}, 300_000);
