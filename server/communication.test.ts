import { describe, expect, test } from 'vitest';
import type { PlanLine } from '#domain/communication/schedule';
import { type MessageName, messageNames, type TemplateName } from '#domain/communication/templates';
import { ALL_USERS } from '#domain/policy/settings';
import { DAY_MS, HOUR_MS } from '#domain/time';
import {
  changeWords,
  chooseLogo,
  fillKit,
  readChosenTimeZone,
  readKit,
  readKitLogo,
  readValues,
  readWords,
} from './communication.ts';
import { downloadTemplate } from './communication-export.ts';
import { forgetOldPlans, listPlans, planRing, readRingPlan } from './communication-plan.ts';
import { countToWriteTo, listSent, tryMessage, writePlannedMessages } from './communication-send.ts';
import { addMember, createGroup } from './group.ts';
import { createUser, setUserDisabled } from './identity.ts';
import { forgetOldLogos } from './logo.ts';
import { countMails, forgetOldMails, listMails, sendMails, writeMail } from './mail.ts';
import { createMailer } from './mailer.ts';
import { addRings, describeRing, readRing, readRings, removeRing, turnRing } from './rollout.ts';
import { issueTemporaryAccessPass } from './temporary-access-pass.ts';
import { removeSampleData } from './tenant.ts';
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
import { aMailServer } from './testing-mail.ts';
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

const emptyKit = { contact: '', helpLink: '', passwordEndsOn: '', timeZone: '' };
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
      timeZone: '',
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
      { timeZone: 'Mars/Olympus' },
      { timeZone: '+02:00' },
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

  test('writes to its own people only, and not to disabled or emergency accounts', async () => {
    const runtime = await house();
    const mia = await aPerson(runtime, 'mia');
    await aPerson(runtime, 'elsewhere');
    const gone = await aPerson(runtime, 'gone');
    const { id: group } = done(await createGroup(runtime, null, { name: 'Pilot people' }));
    const glass = { upn: 'glass@tidewater.example', displayName: 'Glass', roles: [], breakGlass: true };
    for (const { id } of [mia, gone, done(await createUser(runtime, glass))])
      done(await addMember(runtime, null, { groupId: group, kind: 'person', memberId: id }));
    done(await setUserDisabled(runtime, null, { userId: gone.id, disabled: true }));
    const { ringId } = await aRing(runtime, [group]);
    await plan(runtime, ringId, [line('announcement')]);
    await open(runtime, ringId);
    await writePlannedMessages(runtime);
    expect(await written(runtime)).toEqual(['mia']);
  });

  test('writes to sample people into the outbox, from where nothing of it ever leaves', async () => {
    const runtime = await house();
    const mail = await aMailServer();
    const mailer = createMailer({ url: mail.url, from: 'no-reply@tidewater.example' });
    const sample = { ...runtime, sample: true };
    const named = (alias: string) => ({ upn: `${alias}@tidewater.example`, displayName: alias, roles: [] });
    for (const alias of ['noor', 'kenji']) done(await createUser(sample, named(alias)));
    const mia = await aPerson(runtime, 'mia');
    const { ringId } = await aRing(runtime);
    await plan(runtime, ringId, [line('announcement'), line('reminder')]);
    await open(runtime, ringId);
    const ring = await readRing(runtime.db, ringId);
    if (ring === null) throw new Error('there is no ring');
    expect(await countToWriteTo(runtime.db, ring, 'announcement')).toEqual({ people: 3, sample: 2 });
    expect(await writePlannedMessages(runtime)).toBe(6);
    expect((await readRingPlan(runtime, runtime.db, ringId))?.lines[0]?.sent).toEqual({
      people: 3,
      sample: 2,
    });
    // Whatever tells sample people something goes the same way.
    const noor = await runtime.db.user.findFirstOrThrow({ where: { displayName: 'noor' } });
    const said = { userId: noor.id, address: 'real@somewhere.example', subject: 'A key was added', text: '' };
    await writeMail(runtime.db, runtime, said);
    for (let day = 0; day < 9; day += 1) {
      await sendMails(runtime, mailer);
      runtime.pass(DAY_MS);
    }
    expect(new Set(mail.received.flatMap(({ to }) => to))).toEqual(new Set([mia.upn]));
    expect(mail.received).toHaveLength(2);
    const states = (await listMails(runtime, 99)).map(
      ({ address, state }) => `${address.split('@')[0]} ${state}`,
    );
    expect(states.sort()).toEqual([
      'kenji sample',
      'kenji sample',
      'mia sent',
      'mia sent',
      'noor sample',
      'noor sample',
      'real sample',
    ]);
    expect(await countMails(runtime)).toEqual({ all: 7, open: 0 });
    // Whoever stays when the sample data goes is somebody from then on, and gets nothing that was never meant for anybody.
    done(await setUserDisabled(runtime, null, { userId: noor.id, disabled: true }));
    done(await setUserDisabled(runtime, null, { userId: noor.id, disabled: false }));
    done(await removeSampleData(runtime, null));
    expect(await sendMails(runtime, mailer)).toBe(0);
    expect((await listMails(runtime, 99)).map(({ address }) => address.split('@')[0])).toEqual([
      'mia',
      'mia',
    ]);
    expect(await runtime.db.user.count({ where: { sample: true } })).toBe(0);
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
          messageNames.map(
            async (name) => [name, (await countToWriteTo(runtime.db, ring, name)).people] as const,
          ),
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
    done(await fillKit(runtime, null, { ...emptyKit, passwordEndsOn: '2026-09-01' }));
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

describe('hours and days', () => {
  test('are those of the organisation, which are those of its first planner until it chooses', async () => {
    const runtime = await house();
    const { ringId } = await aRing(runtime);
    const other = await aRing(runtime);
    const when = async () => {
      const planned = await readRingPlan(runtime, runtime.db, ringId);
      return [planned?.zone, planned?.lines[0]?.at?.toISOString()];
    };
    expect(await readChosenTimeZone(runtime.db)).toBeNull();
    const summer = { ringId, startsOn: '2026-03-29', lines: [line('set_up', 0, 8)] };
    expect(outcome(await planRing(runtime, null, { ...summer, timeZone: 'Mars/Olympus' }))).toBe(
      'invalid_value',
    );
    done(await planRing(runtime, null, { ...summer, timeZone: 'Europe/Berlin' }));
    expect(await when()).toEqual(['Europe/Berlin', '2026-03-29T06:00:00.000Z']);
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'communication_planned',
      detail: { timeZone: 'Europe/Berlin' },
    });
    // Who plans next, from elsewhere, plans by the same clock.
    done(await planRing(runtime, null, { ...summer, ringId: other.ringId, timeZone: 'Asia/Tokyo' }));
    expect((await readRingPlan(runtime, runtime.db, other.ringId))?.zone).toBe('Europe/Berlin');
    done(await fillKit(runtime, null, { ...emptyKit, timeZone: 'America/New_York' }));
    expect(await when()).toEqual(['America/New_York', '2026-03-29T12:00:00.000Z']);
  });

  test('of plans from before there were time zones stay UTC until somebody chooses', async () => {
    const runtime = await house();
    const { ringId } = await aRing(runtime);
    await plan(runtime, ringId, [line('set_up', 0, 8)], '2026-03-29');
    expect(await readChosenTimeZone(runtime.db)).toBe('UTC');
    const lines = [line('set_up', 0, 9)];
    done(await planRing(runtime, null, { ringId, startsOn: '2026-03-29', lines, timeZone: 'Asia/Tokyo' }));
    expect((await readRingPlan(runtime, runtime.db, ringId))?.lines[0]?.at?.toISOString()).toBe(
      '2026-03-29T09:00:00.000Z',
    );
  });

  test('that were left out or come twice send once', async () => {
    const runtime = await house();
    await aPerson(runtime);
    const { ringId } = await aRing(runtime);
    done(await fillKit(runtime, null, { ...emptyKit, timeZone: 'Europe/Berlin' }));
    // 2:00 on 29 March is left out: it is 3:00, at 1:00 UTC.
    await plan(runtime, ringId, [line('announcement', -1, 2)], '2026-03-30');
    runtime.pass(new Date('2026-03-29T00:59:59Z').getTime() - runtime.clock.now().getTime());
    expect(await writePlannedMessages(runtime)).toBe(0);
    runtime.pass(1000);
    expect(await writePlannedMessages(runtime)).toBe(1);
    // 2:00 on 25 October comes twice.
    await plan(runtime, ringId, [line('password_ending', 0, 2), line('pin_help', -1, 2)], '2026-10-26');
    const [help] = (await readRingPlan(runtime, runtime.db, ringId))?.lines ?? [];
    expect(help).toMatchObject({ template: 'pin_help', at: new Date('2026-10-25T00:00:00Z') });
  });
});

describe('of two editors', () => {
  test('of words, the second is told and loses nothing', async () => {
    const runtime = await house();
    const { subject, body } = await readWords(runtime.db, 'faq');
    const seen = { subject, body };
    const [mine, theirs] = [
      { subject: 'Mine', body: 'Mine' },
      { subject: 'Theirs', body: 'Theirs' },
    ];
    done(await changeWords(runtime, null, { name: 'faq', ...theirs, seen }));
    const second = { name: 'faq', ...mine, seen } as const;
    expect(outcome(await changeWords(runtime, null, second))).toBe('communication_changed_meanwhile');
    expect(await readWords(runtime.db, 'faq')).toMatchObject(theirs);
    expect(done(await changeWords(runtime, null, { ...second, seen: theirs }))).toEqual(mine);
    // Who wrote the same, or began with what is kept again, loses nothing to nobody.
    done(await changeWords(runtime, null, { name: 'faq', ...mine, seen }));
    done(await changeWords(runtime, null, { name: 'faq', ...seen, seen: mine }));
    done(await changeWords(runtime, null, second));
  });

  test('at once, one is told', async () => {
    const runtime = await house();
    const other = await aRuntime({ databaseUrl: runtime.databaseUrl });
    const { subject, body } = await readWords(runtime.db, 'faq');
    const of = (at: TestRuntime, text: string) =>
      changeWords(at, null, { name: 'faq', subject: text, body: text, seen: { subject, body } });
    const outcomes = (await Promise.all([of(runtime, 'One'), of(other, 'Other')])).map(outcome);
    expect(outcomes.sort()).toEqual(['communication_changed_meanwhile', 'ok']);
  });

  test('of a plan, the second is told and loses nothing', async () => {
    const runtime = await house();
    const { ringId } = await aRing(runtime);
    const seen = { startsOn: null, lines: [] };
    const first = { startsOn: '2026-04-01', lines: [line('announcement', -7, 8)] };
    const second = { startsOn: null, lines: [line('set_up', 0, 8)] };
    done(await planRing(runtime, null, { ringId, ...first, seen }));
    expect(outcome(await planRing(runtime, null, { ringId, ...second, seen }))).toBe(
      'communication_changed_meanwhile',
    );
    expect(await readRingPlan(runtime, runtime.db, ringId)).toMatchObject({ startsOn: '2026-04-01' });
    done(await planRing(runtime, null, { ringId, ...second, seen: first }));
    expect((await readRingPlan(runtime, runtime.db, ringId))?.lines).toMatchObject(second.lines);
  });

  test('of the organisation, each keeps what only they changed, and is told of the rest', async () => {
    const runtime = await house();
    done(await fillKit(runtime, null, { ...emptyKit, contact: 'desk 1' }, emptyKit));
    const second = { ...emptyKit, helpLink: 'https://help.example/' };
    expect(done(await fillKit(runtime, null, second, emptyKit))).toEqual({ ...second, contact: 'desk 1' });
    expect(outcome(await fillKit(runtime, null, { ...emptyKit, contact: 'desk 2' }, emptyKit))).toBe(
      'communication_changed_meanwhile',
    );
    expect(await readKit(runtime.db)).toMatchObject({ contact: 'desk 1', helpLink: 'https://help.example/' });
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
    const { url, received } = await aMailServer();
    const mailer = createMailer({ url, from: 'Latchkey <no-reply@tidewater.example>' });
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
    const message = received[0]?.text ?? '';
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

  test('holds no secret of whoever it is to', async () => {
    const runtime = await house();
    const mia = await aPerson(runtime, 'mia');
    const password = await aPassword(runtime, mia);
    const { pass } = done(
      await issueTemporaryAccessPass(runtime, null, { userId: mia.id, reason: 'set-up' }),
    );
    const { token } = await aSession(runtime, mia, 'passkey');
    done(await fillKit(runtime, null, { ...emptyKit, passwordEndsOn: '2026-09-01' }));
    const { ringId } = await aRing(runtime);
    await plan(
      runtime,
      ringId,
      messageNames.map((name) => line(name)),
    );
    await open(runtime, ringId);
    await writePlannedMessages(runtime);
    const user = await runtime.db.user.findUniqueOrThrow({ where: { id: mia.id } });
    const secrets = [password, pass, token, user.passwordHash, user.userHandle].map(String);
    const mails = await runtime.db.mail.findMany({ where: { logo: null, html: { not: null } } });
    expect(mails.length).toBeGreaterThan(3);
    for (const mail of mails)
      for (const secret of secrets) {
        expect(secret.length).toBeGreaterThan(7);
        expect(JSON.stringify(mail)).not.toContain(secret);
      }
  });

  test('as a file is a draft without a sender, and a page that runs nothing', async () => {
    const runtime = await house();
    const boss = await aPerson(runtime, 'boss', ['global_administrator']);
    const at = await aSession(runtime, boss, 'passkey');
    done(await chooseLogo(runtime, null, PNG));
    const file = async (form: 'eml' | 'html', person?: string, template: TemplateName = 'reminder') => {
      const answer = await downloadTemplate(runtime, at, { template, form, person });
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
    expect(await file('html', undefined, 'faq')).toContain('<h2>Do you have my fingerprint now?</h2>');
    expect(await file('eml', undefined, 'help_desk')).toMatch(/^Subject: At the help desk/m);
    const nobody = '00000000-0000-4000-8000-000000000000';
    expect(
      outcome(await downloadTemplate(runtime, at, { template: 'reminder', form: 'eml', person: nobody })),
    ).toBe('not_found');
  });
});
