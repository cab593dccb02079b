import { once } from 'node:events';
import { SMTPServer } from 'smtp-server';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { PlanLine } from '#domain/communication/schedule';
import { type MessageName, messageNames } from '#domain/communication/templates';
import { ALL_USERS } from '#domain/policy/settings';
import { DAY_MS, HOUR_MS } from '#domain/time';
import {
  changeWords,
  chooseLogo,
  fillKit,
  readKit,
  readKitLogo,
  readValues,
  readWords,
} from './communication.ts';
import { downloadMessage } from './communication-export.ts';
import { forgetOldPlans, listPlans, planRing, readRingPlan } from './communication-plan.ts';
import { countToWriteTo, listSent, tryMessage, writePlannedMessages } from './communication-send.ts';
import { addMember, createGroup } from './group.ts';
import { createUser, setUserDisabled } from './identity.ts';
import { forgetOldLogos } from './logo.ts';
import { forgetOldMails, listMails, sendMails } from './mail.ts';
import { createMailer } from './mailer.ts';
import { addRings, describeRing, readRing, readRings, removeRing, turnRing } from './rollout.ts';
import {
  aPassword,
  aPerson,
  aPersonWithHelloKey,
  aRuntime,
  aSession,
  aTenant,
  breakEvents,
  done,
  lastEvent,
  outcome,
  storeBytes,
  type TestRuntime,
} from './testing.ts';
import { aDocument, aSource } from './testing-policy.ts';
import {
  isReminderToken,
  oneClickAddress,
  reminderPage,
  reminderToken,
  setReminders,
} from './unsubscribe.ts';

/** One red pixel. */
const PNG = Buffer.from(
  '89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63e00e4d0300013500c792cf2f260000000049454e44ae426082',
  'hex',
);

async function house(): Promise<TestRuntime> {
  const runtime = await aRuntime();
  await aTenant(runtime);
  return runtime;
}

async function aRing(runtime: TestRuntime, groups: readonly string[] = [ALL_USERS]) {
  const { id: sourceId } = await aSource(runtime, aDocument({ UseBiometrics: 'false' }));
  const rings = [{ name: 'Pilot', groups }];
  done(await addRings(runtime, null, { sourceId, rings, confirmed: ['rollout_not_confirmed'] }));
  const [ring] = await readRings(runtime.db, sourceId);
  if (ring === undefined) throw new Error('there is no ring');
  return { sourceId, ringId: ring.id };
}

const open = async (runtime: TestRuntime, ringId: string) =>
  done(
    await turnRing(runtime, null, {
      ringId,
      change: 'open',
      confirmed: ['rollout_not_confirmed', 'ring_out_of_turn'],
    }),
  );

const plan = async (
  runtime: TestRuntime,
  ringId: string,
  lines: readonly PlanLine[],
  startsOn: string | null = null,
) => done(await planRing(runtime, null, { ringId, startsOn, lines }));

const line = (template: MessageName, days = 0, hour = 0): PlanLine => ({ template, days, hour });
const written = async (runtime: TestRuntime) =>
  (await listMails(runtime, 999)).map(({ address }) => address.split('@')[0]).sort();

describe('words', () => {
  test('are the shipped ones until somebody changes them, and again when they are changed back', async () => {
    const runtime = await house();
    const shipped = await readWords(runtime.db, 'reminder');
    expect(shipped.changedAt).toBeNull();
    const own = {
      name: 'reminder',
      subject: ' For\r\n{{person}} ',
      body: 'Hello\r\n\r\n{{account}}\u0007',
    } as const;
    done(await changeWords(runtime, null, own));
    expect(await readWords(runtime.db, 'reminder')).toMatchObject({
      subject: 'For {{person}}',
      body: 'Hello\n\n{{account}}',
      changedAt: runtime.clock.now(),
    });
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'communication_changed',
      detail: { what: 'reminder', shipped: false },
    });
    done(await changeWords(runtime, null, { ...shipped, name: 'reminder' }));
    expect((await readWords(runtime.db, 'reminder')).changedAt).toBeNull();
    expect(await lastEvent(runtime)).toMatchObject({ detail: { shipped: true } });
  });

  test('with an unknown field are refused, with a sentence for each part', async () => {
    const runtime = await house();
    const answer = await changeWords(runtime, null, { name: 'faq', subject: '{{x}}', body: '{{person}}' });
    expect(answer).toMatchObject({
      problem: {
        code: 'invalid_value',
        facts: {
          subject: 'There is no field {{x}}.',
          body: expect.stringContaining('not written to one person'),
        },
      },
    });
    expect((await readWords(runtime.db, 'faq')).changedAt).toBeNull();
  });

  test('without their event are not changed', async () => {
    const runtime = await house();
    const mend = await breakEvents(runtime);
    await expect(changeWords(runtime, null, { name: 'faq', subject: 'x', body: 'y' })).rejects.toThrow();
    await mend();
    expect((await readWords(runtime.db, 'faq')).changedAt).toBeNull();
  });
});

describe('the organisation', () => {
  test('says who helps, where, and until when a password works', async () => {
    const runtime = await house();
    const kit = {
      contact: ' the help desk, 4242 ',
      helpLink: 'https://help.example/x',
      passwordEndsOn: '2026-09-01',
    };
    done(await fillKit(runtime, null, kit));
    expect(await readValues(runtime, runtime.db)).toMatchObject({
      contact: 'the help desk, 4242',
      help_link: 'https://help.example/x',
      password_date: '1 September 2026',
      latchkey_link: 'http://localhost:3000/',
    });
    for (const wrong of [
      { contact: 'x'.repeat(121) },
      { contact: 'a\nb' },
      { contact: '\u202Ex' },
      { helpLink: 'javascript:alert(1)' },
      { passwordEndsOn: '2026-02-30' },
    ])
      expect(outcome(await fillKit(runtime, null, { ...kit, ...wrong }))).toBe('invalid_value');
  });

  test('has a logo that is a picture by its bytes, kept as long as it is shown somewhere', async () => {
    const runtime = await house();
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>');
    expect(outcome(await chooseLogo(runtime, null, svg))).toBe('picture_refused');
    done(await chooseLogo(runtime, null, PNG));
    const logo = await readKitLogo(runtime.db);
    expect([logo?.type, Buffer.from(logo?.content ?? []).equals(PNG)]).toEqual(['image/png', true]);
    const boss = await aPerson(runtime, 'boss', ['global_administrator']);
    done(await tryMessage(runtime, await aSession(runtime, boss, 'passkey'), { name: 'reminder' }));
    done(await chooseLogo(runtime, null, null));
    expect((await readKit(runtime.db)).logo).toBeNull();
    expect(await forgetOldLogos(runtime)).toBe(0);
    runtime.pass(91 * DAY_MS);
    await forgetOldMails(runtime);
    expect(await forgetOldLogos(runtime)).toBe(1);
  });
});

describe('a ring', () => {
  test('sends each message once to each person, however often and from however many instances it is asked', async () => {
    const runtime = await house();
    const other = await aRuntime({ databaseUrl: runtime.databaseUrl });
    const people = Array.from({ length: 120 }, (_, at) => `p${String(at).padStart(3, '0')}`);
    for (const alias of people) await aPerson(runtime, alias);
    const { ringId } = await aRing(runtime);
    await plan(runtime, ringId, [line('announcement')]);
    expect(await writePlannedMessages(runtime)).toBe(0);
    await open(runtime, ringId);
    await Promise.all([runtime, other, runtime, other].map((at) => writePlannedMessages(at)));
    await writePlannedMessages(other);
    expect(await written(runtime)).toEqual(people);
    expect(await listSent(runtime.db)).toMatchObject([{ template: 'announcement', ringId, people: 120 }]);
    await aPerson(runtime, 'late');
    expect(await writePlannedMessages(runtime)).toBe(1);
    runtime.pass(6 * DAY_MS);
    await aPerson(runtime, 'later');
    expect(await writePlannedMessages(runtime)).toBe(0);
  });

  test('writes nothing that it does not log, and what was cut off is written once afterwards', async () => {
    const runtime = await house();
    await aPerson(runtime);
    const { ringId } = await aRing(runtime);
    await plan(runtime, ringId, [line('announcement')]);
    await open(runtime, ringId);
    const mend = await breakEvents(runtime);
    await expect(writePlannedMessages(runtime)).rejects.toThrow();
    await mend();
    expect(await written(runtime)).toEqual([]);
    expect(await writePlannedMessages(runtime)).toBe(1);
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'communication_sent',
      detail: { message: 'announcement', ringId, ring: 'Pilot', people: 1 },
    });
    expect(await writePlannedMessages(runtime)).toBe(0);
  });

  test('writes to its own people only, and not to disabled, emergency or sample accounts', async () => {
    const runtime = await house();
    const mia = await aPerson(runtime, 'mia');
    await aPerson(runtime, 'elsewhere');
    const gone = await aPerson(runtime, 'gone');
    const { id: group } = done(await createGroup(runtime, null, { name: 'Pilot people' }));
    for (const { id } of [mia, gone])
      done(await addMember(runtime, null, { groupId: group, kind: 'person', memberId: id }));
    for (const [alias, more] of [
      ['glass', { breakGlass: true }],
      ['sample', {}],
    ] as const) {
      const by = alias === 'sample' ? { ...runtime, sample: true } : runtime;
      const upn = `${alias}@tidewater.example`;
      const { id } = done(await createUser(by, { upn, displayName: alias, roles: [], ...more }));
      done(await addMember(runtime, null, { groupId: group, kind: 'person', memberId: id }));
    }
    done(await setUserDisabled(runtime, null, { userId: gone.id, disabled: true }));
    const { ringId } = await aRing(runtime, [group]);
    await plan(runtime, ringId, [line('announcement')]);
    await open(runtime, ringId);
    await writePlannedMessages(runtime);
    expect((await written(runtime)).filter((alias) => alias !== 'gone')).toEqual(['mia']);
  });

  test('writes to those whom each message is for', async () => {
    const runtime = await house();
    const { person: keyed } = await aPersonWithHelloKey(runtime, 'keyed');
    const bare = await aPerson(runtime, 'bare');
    await aPassword(runtime, bare);
    const { ringId } = await aRing(runtime);
    const ring = await readRing(runtime.db, ringId);
    if (ring === null) throw new Error('there is no ring');
    const many = async () =>
      Object.fromEntries(
        await Promise.all(
          messageNames.map(async (name) => [name, await countToWriteTo(runtime.db, ring, name)] as const),
        ),
      );
    const before = { announcement: 2, set_up: 1, reminder: 1, password_ending: 1, pin_help: 1 };
    expect(await many()).toEqual(before);
    // A key that is set aside gets nobody in.
    await runtime.db.credential.updateMany({
      where: { userId: keyed.id },
      data: { quarantinedAt: runtime.clock.now() },
    });
    expect(await many()).toEqual({ ...before, set_up: 2, reminder: 2, pin_help: 0 });
  });

  test('writes neither before its time nor while it is paused, and leaves what nobody filled in', async () => {
    const runtime = await house();
    const mia = await aPerson(runtime);
    await aPassword(runtime, mia);
    const { ringId } = await aRing(runtime);
    await plan(
      runtime,
      ringId,
      [line('announcement', -7, 9), line('set_up', 0, 9), line('password_ending', 1)],
      '2026-03-10',
    );
    runtime.pass(DAY_MS - HOUR_MS);
    expect(await writePlannedMessages(runtime)).toBe(0);
    runtime.pass(HOUR_MS);
    expect(await writePlannedMessages(runtime)).toBe(1);
    const [announced] = await listMails(runtime, 1);
    expect(announced?.text).toContain('On 10 March 2026 your part');
    runtime.pass(7 * DAY_MS);
    expect(await writePlannedMessages(runtime)).toBe(0);
    await open(runtime, ringId);
    done(await turnRing(runtime, null, { ringId, change: 'pause' }));
    expect(await writePlannedMessages(runtime)).toBe(0);
    done(await turnRing(runtime, null, { ringId, change: 'resume' }));
    expect(await writePlannedMessages(runtime)).toBe(1);
    runtime.pass(DAY_MS);
    expect(await writePlannedMessages(runtime)).toBe(0);
    done(await fillKit(runtime, null, { contact: '', helpLink: '', passwordEndsOn: '2026-09-01' }));
    expect(await writePlannedMessages(runtime)).toBe(1);
  });

  test('keeps its plan when it is renamed, and its plan goes with it', async () => {
    const runtime = await house();
    const { sourceId, ringId } = await aRing(runtime);
    await plan(runtime, ringId, [line('announcement', -3)], '2026-04-01');
    done(await describeRing(runtime, null, { ringId, name: 'First', groups: [ALL_USERS] }));
    expect(await readRingPlan(runtime, runtime.db, ringId)).toMatchObject({
      startsOn: '2026-04-01',
      ring: { name: 'First' },
      lines: [{ template: 'announcement', state: 'waiting' }],
    });
    expect(await listPlans(runtime)).toMatchObject([{ sourceId, rings: [{ startsOn: '2026-04-01' }] }]);
    expect(await forgetOldPlans(runtime)).toBe(0);
    done(await removeRing(runtime, null, { ringId, confirmed: ['rollout_not_confirmed'] }));
    expect(await forgetOldPlans(runtime)).toBe(1);
    expect(outcome(await planRing(runtime, null, { ringId, startsOn: null, lines: [] }))).toBe('not_found');
  });

  test('plans nothing that cannot be', async () => {
    const runtime = await house();
    const { ringId } = await aRing(runtime);
    for (const lines of [
      [line('announcement', 999)],
      [line('announcement', 0, 24)],
      [line('set_up'), line('set_up', 1)],
    ])
      expect(outcome(await planRing(runtime, null, { ringId, startsOn: null, lines }))).toBe('invalid_value');
    expect(outcome(await planRing(runtime, null, { ringId, startsOn: 'soon', lines: [] }))).toBe(
      'invalid_value',
    );
  });
});

describe('reminders', () => {
  test('reach nobody who switched them off, and everything else does', async () => {
    const runtime = await house();
    const mia = await aPerson(runtime);
    const noah = await aPerson(runtime, 'noah');
    const token = reminderToken(runtime, mia.id);
    done(await setReminders(runtime, { token, wanted: false }));
    expect(await lastEvent(runtime)).toMatchObject({ code: 'reminders_stopped', userId: mia.id });
    const { ringId } = await aRing(runtime);
    await plan(runtime, ringId, [line('reminder'), line('set_up')]);
    await open(runtime, ringId);
    await writePlannedMessages(runtime);
    expect(await written(runtime)).toEqual(['mia', 'noah', 'noah']);
    done(await setReminders(runtime, { token, wanted: true }));
    expect(await writePlannedMessages(runtime)).toBe(1);
    const reminders = (await listMails(runtime, 9)).filter(({ text }) => text.includes('No more reminders'));
    expect(reminders).toHaveLength(2);
    for (const { userId, text, html, unsubscribe } of await runtime.db.mail.findMany()) {
      const page = reminderPage(runtime, userId);
      const isReminder = unsubscribe !== null;
      expect([text.includes(page), html?.includes(page)]).toEqual([isReminder, isReminder]);
      if (isReminder) expect(unsubscribe).toBe(oneClickAddress(runtime, userId));
      expect([mia.id, noah.id]).toContain(userId);
    }
  });

  test('a link that was changed, made up or made for something else does nothing; a link of nobody says so of nobody', async () => {
    const runtime = await house();
    const mia = await aPerson(runtime);
    const token = reminderToken(runtime, mia.id);
    const other = await aPerson(runtime, 'noah');
    const bytes = Buffer.from(token, 'base64url');
    const swapped = Buffer.concat([Buffer.from(other.id.replaceAll('-', ''), 'hex'), bytes.subarray(16)]);
    const forged = [
      '',
      'x',
      token.slice(0, -2),
      `${token}AA`,
      `${token}=`,
      swapped.toString('base64url'),
      bytes.subarray(0, 16).toString('base64url'),
      Buffer.alloc(48).toString('base64url'),
      reminderToken(await aRuntime({ masterKey: 'a1'.repeat(32) }), mia.id),
    ];
    for (const each of forged) {
      expect([each, isReminderToken(runtime, each)]).toEqual([each, false]);
      expect(outcome(await setReminders(runtime, { token: each, wanted: false }))).toBe(
        'reminder_link_broken',
      );
    }
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(isReminderToken(runtime, flipped.toString('base64url'))).toBe(false);
    }
    expect(await runtime.db.stoppedReminders.count()).toBe(0);
    const nobody = reminderToken(runtime, '00000000-0000-4000-8000-000000000000');
    for (const each of [token, token, nobody])
      expect(await setReminders(runtime, { token: each, wanted: false })).toEqual({ ok: true, value: null });
    expect(await runtime.db.event.count({ where: { code: 'reminders_stopped' } })).toBe(1);
    expect((await storeBytes(runtime)).includes(token)).toBe(false);
  });
});

describe('what leaves', () => {
  test('is one message with both forms, the logo and a button to stop, and a hostile name is only a name', async () => {
    const runtime = await house();
    const received: string[] = [];
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      logger: false,
      onData(stream, _session, finished) {
        const pieces: Buffer[] = [];
        stream.on('data', (piece: Buffer) => pieces.push(piece));
        stream.on('end', () => {
          received.push(Buffer.concat(pieces).toString('utf8'));
          finished();
        });
      },
    });
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const at = server.server.address();
    const mailer = createMailer({
      url: `smtp://127.0.0.1:${typeof at === 'object' && at ? at.port : 0}`,
      from: 'Latchkey <no-reply@tidewater.example>',
    });
    const upn = 'mal@tidewater.example';
    const displayName = 'Mal\r\nBcc: all@tidewater.example <b>"\'{{account}}';
    done(await createUser(runtime, { upn, displayName, roles: [] }));
    done(await chooseLogo(runtime, null, PNG));
    done(
      await changeWords(runtime, null, {
        name: 'reminder',
        subject: 'For {{person}}',
        body: '**{{person}}** {{account}}',
      }),
    );
    const { ringId } = await aRing(runtime);
    await plan(runtime, ringId, [line('reminder')]);
    await open(runtime, ringId);
    await writePlannedMessages(runtime);
    expect(await sendMails(runtime, mailer)).toBe(1);
    const [message = ''] = received;
    const head = message.slice(0, message.indexOf('\r\n\r\n'));
    expect(head).not.toMatch(/^bcc:/im);
    expect(head).toMatch(
      /^List-Unsubscribe:\s+<http:\/\/localhost:3000\/api\/communication\/unsubscribe\?token=[\w-]+>/m,
    );
    expect(message).toContain('Content-Type: multipart/related');
    expect(message).toContain('Content-ID: <logo@latchkey>');
    const [mail] = await runtime.db.mail.findMany();
    // An @ is what a mail program makes a link of: the name is left out.
    expect(mail?.subject).toBe('For there');
    expect(mail?.html).toContain('<strong>there</strong> mal@tidewater.example');
    expect(mail?.html).toContain('src="cid:logo@latchkey"');
  });

  test('as a file is a draft without a sender, and a page that runs nothing', async () => {
    const runtime = await house();
    const boss = await aPerson(runtime, 'boss', ['global_administrator']);
    const at = await aSession(runtime, boss, 'passkey');
    done(await chooseLogo(runtime, null, PNG));
    const file = async (form: 'eml' | 'html', person?: string) => {
      const answer = await downloadMessage(runtime, at, { message: 'reminder', form, person });
      const pieces: Uint8Array[] = [];
      for await (const piece of done(answer).chunks) pieces.push(piece);
      return Buffer.concat(pieces).toString('utf8');
    };
    const eml = await file('eml', boss.id);
    expect(eml).toMatch(/^X-Unsent: 1/m);
    expect(eml).not.toMatch(/^(From|To|Bcc|List-Unsubscribe):/im);
    expect(eml).not.toContain('/reminders');
    const html = await file('html');
    expect(html).toContain(`src="data:image/png;base64,${PNG.toString('base64')}"`);
    expect(html).toContain(`content="default-src 'none';`);
    expect(html).not.toMatch(/<script|reminders/);
    const nobody = '00000000-0000-4000-8000-000000000000';
    expect(
      outcome(await downloadMessage(runtime, at, { message: 'reminder', form: 'eml', person: nobody })),
    ).toBe('not_found');
  });
});
