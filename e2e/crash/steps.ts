/** Every step of every ceremony at which the server is killed, and what has to be true afterwards. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Crash, House } from '../house.ts';
import { newPerson } from '../people.ts';
import { type Answer, actionOutcome, enrolled, type Visitor, visitor } from '../visitor.ts';
import { brokenInvariants } from './invariants.ts';
import { inStore } from './store.ts';

const into = (table: string) => `^INSERT INTO .*\\b${table}\\b`;
const CONSUME = into('ConsumedChallenge');
const COUNT = into('RateLimit');
const EVENT = into('Event');

type Step = Crash & {
  /** Whether what is single-use (challenge, pass, session) is used up by then. */
  consumed: boolean;
  /** Whether what the ceremony was about has happened by then. */
  happened: boolean;
};

const write: Readonly<Record<string, Step>> = {
  'before the transaction': { when: 'before', path: ['^BEGIN'], consumed: false, happened: false },
  'with the change written and its event not': {
    when: 'before',
    path: ['^BEGIN', EVENT],
    consumed: false,
    happened: false,
  },
  'with everything written and nothing committed': {
    when: 'before',
    path: ['^BEGIN', EVENT, '^COMMIT'],
    consumed: false,
    happened: false,
  },
  'after the commit, before the answer': {
    when: 'after',
    path: ['^BEGIN', EVENT, '^COMMIT'],
    consumed: true,
    happened: true,
  },
};
const ceremony: Readonly<Record<string, Step>> = {
  'before its challenge is used up': { when: 'before', path: [CONSUME], consumed: false, happened: false },
  'after that, before anything is verified': {
    when: 'after',
    path: [CONSUME],
    consumed: true,
    happened: false,
  },
  // From there on the challenge is used up, whatever becomes of the rest.
  ...Object.fromEntries(Object.entries(write).map(([name, step]) => [name, { ...step, consumed: true }])),
};
const guess: Readonly<Record<string, Step>> = {
  'before the attempt is counted': { when: 'before', path: [COUNT], consumed: false, happened: false },
  'after that, before the pass is read': { when: 'after', path: [COUNT], consumed: false, happened: false },
  ...write,
};

type Prepared = {
  /** The one request. It can be sent again, as somebody would who captured it. */
  send: () => Promise<Answer>;
  /** Counts how often what it is about has happened. */
  times: string;
  /** What the person does next, having read where they are. */
  goOn: (happened: boolean) => Promise<void>;
  /** Whether a repeated request is accepted each time: a policy set twice is set, a PIN reset is answered again. */
  repeatable?: boolean;
};

type Ceremony = { steps: Readonly<Record<string, Step>>; prepare: (stage: Stage) => Promise<Prepared> };

type Person = { id: string; upn: string };

/** A house with an administrator, and people nobody else uses. */
type Stage = {
  house: House;
  admin: Visitor;
  nextPerson: () => Person;
  issuePass: (person: Person, oneTime?: boolean) => Promise<string>;
  count: (sql: string) => Promise<number>;
};

let addresses = 0;
/** An address that nobody has come from yet. */
function anAddress(): string {
  addresses += 1;
  return `10.1.${addresses >> 8}.${addresses & 255}`;
}

const isAccepted = (answer: Answer): boolean =>
  answer.status === 200 &&
  (answer.headers.get('content-type')?.includes('text/x-component') ? actionOutcome(answer).ok : true);
const expectAccepted = (answer: Answer, what: string) =>
  assert.ok(isAccepted(answer), `${what}: ${answer.status} ${answer.text.slice(0, 300)}`);

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
const sessionHash = (person: Visitor) =>
  createHash('sha256')
    .update(person.jar.get('__Host-latchkey-session') ?? '')
    .digest('base64url');

async function withPass(stage: Stage, oneTime = false) {
  const someone = stage.nextPerson();
  const person = visitor(stage.house, { address: anAddress() });
  return { ...someone, person, pass: await stage.issuePass(someone, oneTime) };
}

async function inPassSession(stage: Stage) {
  const { person, pass, ...someone } = await withPass(stage);
  assert.ok((await person.redeemPass(someone.upn, pass)).ok);
  return { ...someone, person };
}

async function atDesk(stage: Stage, name = 'CRASH-01') {
  const someone = await inPassSession(stage);
  await someone.person.registerDevice(name);
  expectAccepted(await someone.person.registerKey('hello'), 'making a key');
  expectAccepted(await someone.person.signIn(), 'signing in');
  return someone;
}

/** Sign-in, unlocking and stepping up: an answer of the same key, for different ends. */
function assertion(purpose: 'sign-in' | 'unlock' | 'step-up', code: string): Ceremony {
  return {
    steps: ceremony,
    prepare: async (stage) => {
      const { id, person } = await atDesk(stage);
      if (purpose === 'unlock') assert.ok((await person.act('(sign-in)#lockAction', {})).ok);
      const body = await person.assertion(purpose);
      return {
        send: () => person.verify(body),
        times: `SELECT COUNT(*) AS n FROM "Event" WHERE "code" = '${code}' AND "outcome" = 'success'
          AND "userId" = ${quoted(id)}`,
        goOn: async () => expectAccepted(await person.signIn(), 'signing in again'),
      };
    },
  };
}

/** Something that an administrator decides about a person or everybody, by the page's own action. */
function decision(
  action: string,
  decide: (stage: Stage) => Promise<{ input: unknown; back?: [action: string, input: unknown]; sql: string }>,
): Ceremony {
  return {
    steps: write,
    prepare: async (stage) => {
      const { input, back, sql } = await decide(stage);
      return {
        repeatable: true,
        send: () => stage.admin.callAction(action, input),
        times: sql,
        goOn: async () => {
          if (back) assert.ok((await stage.admin.act(...back)).ok);
        },
      };
    },
  };
}

const ceremonies: Readonly<Record<string, Ceremony>> = {
  'redeeming a one-time pass': {
    steps: guess,
    prepare: async (stage) => {
      const { person, pass, ...someone } = await withPass(stage, true);
      const { id, upn } = someone;
      return {
        send: () => person.callAction('(sign-in)#redeemPassAction', { upn, pass }),
        times: `SELECT COUNT(*) AS n FROM "Session" WHERE "userId" = ${quoted(id)}
          AND "kind" = 'registration'`,
        goOn: async (happened) => {
          if (happened) assert.ok((await person.redeemPass(upn, await stage.issuePass(someone, true))).ok);
          await person.registerDevice('CRASH-02');
        },
      };
    },
  },
  'registering a device': {
    steps: ceremony,
    prepare: async (stage) => {
      const { id, person } = await inPassSession(stage);
      const { made, body } = await person.deviceRequest('CRASH-03');
      return {
        send: () => person.post('/api/device-registration/verification', body),
        times: `SELECT COUNT(*) AS n FROM "Device" WHERE "userId" = ${quoted(id)}`,
        goOn: async () => {
          // The profile's key was kept before it was sent: the same one registers again, as the same device.
          const again = await person.deviceRequest('CRASH-03', made);
          const answer = await person.post('/api/device-registration/verification', again.body);
          expectAccepted(answer, 'registering the device again');
          const { profileId, deviceId } = answer.json as { profileId: string; deviceId: string };
          person.own.profile = { ...made, profileId, deviceId };
          expectAccepted(await person.registerKey('hello'), 'making a key on the device');
          expectAccepted(await person.signIn(), 'signing in with that key');
        },
      };
    },
  },
  'registering a key': {
    steps: ceremony,
    prepare: async (stage) => {
      const { id, person } = await inPassSession(stage);
      await person.registerDevice('CRASH-04');
      const { key, body } = await person.keyRequest('hello');
      return {
        send: () => person.post('/api/registration/verification', body),
        times: `SELECT COUNT(*) AS n FROM "Credential" WHERE "userId" = ${quoted(id)}`,
        goOn: async (happened) => {
          if (happened) person.own.key = key;
          else expectAccepted(await person.registerKey('hello'), 'making a key again');
          expectAccepted(await person.signIn(), 'signing in with the key');
        },
      };
    },
  },
  'resetting a PIN': {
    // Its challenge is used up in the same transaction, and the same response gets the same answer.
    steps: write,
    prepare: async (stage) => {
      const { person, ...someone } = await atDesk(stage, 'CRASH-05');
      assert.ok((await person.redeemPass(someone.upn, await stage.issuePass(someone))).ok);
      const { key, body } = await person.keyRequest('pin-reset');
      return {
        repeatable: true,
        send: () => person.post('/api/registration/verification', body),
        times: `SELECT COUNT(*) AS n FROM "Event" WHERE "code" = 'pin_reset' AND "outcome" = 'success'
          AND "userId" = ${quoted(someone.id)}`,
        goOn: async () => {
          person.own.key = key;
          expectAccepted(await person.signIn(), 'signing in with the new key');
        },
      };
    },
  },
  'signing in': assertion('sign-in', 'sign_in'),
  unlocking: assertion('unlock', 'unlock'),
  'stepping up': assertion('step-up', 'step_up'),
  'signing out': {
    steps: write,
    prepare: async (stage) => {
      const { person } = await atDesk(stage);
      const hash = sessionHash(person);
      const cookies = new Map(person.jar);
      return {
        send: () => {
          for (const [name, value] of cookies) person.jar.set(name, value);
          return person.callAction('(sign-in)#signOutAction', {});
        },
        times: `SELECT COUNT(*) AS n FROM "Session" WHERE "tokenHash" = ${quoted(hash)}
          AND "endedAt" IS NOT NULL`,
        goOn: async () => expectAccepted(await person.signIn(), 'signing in again'),
      };
    },
  },
  'setting a policy': decision('admin/policy#saveSetting', async () => ({
    input: { name: 'DeviceLimitPerUser', value: '17' },
    back: ['admin/policy#saveSetting', { name: 'DeviceLimitPerUser', value: null }],
    sql: `SELECT COUNT(*) AS n FROM "PolicyValue" WHERE "name" = 'DeviceLimitPerUser' AND "value" = '17'`,
  })),
  'issuing a pass': decision('admin/people#issuePass', async (stage) => {
    const { id } = stage.nextPerson();
    await stage.admin.act('admin/people#removePass', { userId: id });
    return {
      input: { userId: id, lifetimeMinutes: 60, oneTime: true, reason: 'A test' },
      sql: `SELECT COUNT(*) AS n FROM "TemporaryAccessPass" WHERE "userId" = ${quoted(id)}`,
    };
  }),
  'disabling a person': decision('admin/people#setDisabled', async (stage) => {
    const { id: userId } = await atDesk(stage);
    return {
      input: { userId, disabled: true },
      back: ['admin/people#setDisabled', { userId, disabled: false }],
      sql: `SELECT COUNT(*) AS n FROM "User" WHERE "id" = ${quoted(userId)} AND "disabledAt" IS NOT NULL`,
    };
  }),
  'deleting a device': decision('admin/devices#changeDevice', async (stage) => {
    const { person } = await atDesk(stage);
    const deviceId = person.own.profile?.deviceId ?? '';
    return {
      input: { deviceId, change: 'disable' },
      back: ['admin/devices#changeDevice', { deviceId, change: 'delete', evenLast: true }],
      sql: `SELECT COUNT(*) AS n FROM "Device" WHERE "id" = ${quoted(deviceId)} AND "disabledAt" IS NOT NULL`,
    };
  }),
  // The last one: everybody else is as they were before it.
  'setting a chapter up': decision('presentation#setUpChapterAction', async ({ admin }) => {
    assert.ok((await admin.act('presentation#beginPresentationAction', {})).ok);
    return {
      input: { chapter: 'kept-key' },
      sql: `SELECT COUNT(*) AS n FROM "Event" WHERE "code" = 'chapter_set_up'`,
    };
  }),
};

/** The ceremonies that the short run is about; the long one knows no limit. */
const SHORT = [
  'redeeming a one-time pass',
  'registering a device',
  'registering a key',
  'resetting a PIN',
  'signing in',
  'setting a policy',
  'setting a chapter up',
];

/** `undefined` for an answer that never came. */
async function orLost(send: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await send();
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

async function expectSound(house: House, of: string): Promise<void> {
  assert.deepEqual(await brokenInvariants(house), [], of);
}

async function killedAt(stage: Stage, of: string, { prepare }: Ceremony, step: Step): Promise<void> {
  const { house } = stage;
  const { send, times: sql, goOn, repeatable = false } = await prepare(stage);
  const before = await stage.count(sql);
  const times = async () => (await stage.count(sql)) - before;
  await house.crashAt(step);
  const answer = await orLost(send);
  assert.ok(
    answer === undefined,
    `${of}: nobody was killed; ${answer?.status} ${answer?.text.slice(0, 300)}`,
  );
  await house.gone();
  await house.start();
  await expectSound(house, of);
  assert.equal(await times(), Number(step.happened), `${of}: whole or not at all`);

  // Whoever sends the same again gets what is left of it, and never a second time.
  const again = [isAccepted(await send()), isAccepted(await send())];
  if (repeatable) assert.deepEqual(again, [true, true], of);
  else assert.deepEqual(again, [!step.consumed, false], `${of}: sent again, and once more`);
  const happened = step.happened || again[0] === true;
  assert.equal(await times(), Number(happened), `${of}: happened once`);
  await goOn(happened);
  await expectSound(house, of);
}

/** Kills the server at every named step, one after the other. Returns how many there were. */
export async function killAtEveryStep(
  house: House,
  { short, say = () => {} }: { short: boolean; say?: (line: string) => void },
): Promise<number> {
  const admin = await enrolled(
    house,
    await newPerson(house, 'global_administrator'),
    'ADMIN-01',
    anAddress(),
  );
  const people = await inStore(house, ({ rows }) =>
    rows(`SELECT "id", "upn" FROM "User" WHERE "disabledAt" IS NULL AND "breakGlass" = FALSE
      AND NOT EXISTS (SELECT 1 FROM "UserRole" r WHERE r."userId" = "User"."id") ORDER BY "upn"`),
  );
  const stage: Stage = {
    house,
    admin,
    nextPerson: () => {
      const person = people.shift() as Person;
      people.push(person);
      return person;
    },
    issuePass: async ({ id: userId }, oneTime = false) => {
      const issued = await admin.act('admin/people#issuePass', {
        userId,
        lifetimeMinutes: 60,
        oneTime,
        reason: 'A test',
      });
      assert.ok(issued.ok, `issuing a pass: ${JSON.stringify(issued)}`);
      return (issued.value as { pass: string }).pass;
    },
    count: async (sql) => Number((await inStore(house, ({ rows }) => rows(sql)))[0]?.n),
  };
  let kills = 0;
  for (const [name, played] of Object.entries(ceremonies)) {
    if (short && !SHORT.includes(name)) continue;
    for (const [stepName, step] of Object.entries(played.steps)) {
      const of = `${name}, killed ${stepName} (${house.engine})`;
      say(of);
      await killedAt(stage, of, played, step);
      kills += 1;
    }
  }
  return kills + (await killTheCommandLine(stage));
}

/** The administrators' command line is another process on the same store: the server goes on when it dies. */
async function killTheCommandLine(stage: Stage): Promise<number> {
  const { house, count } = stage;
  for (const [name, { when, path, happened }] of Object.entries(write)) {
    const of = `the command line issues a pass, killed ${name} (${house.engine})`;
    const { id, upn, person } = await atDesk(stage);
    const issued = () =>
      count(`SELECT COUNT(*) AS n FROM "Event" WHERE "code" = 'pass_issued' AND "userId" = ${quoted(id)}`);
    const before = await issued();
    // Opening the store is a transaction of its own, and comes first.
    const own = [into('TemporaryAccessPass'), ...path.slice(1)];
    const at = path.length === 1 ? { when, path: ['^BEGIN', '^COMMIT', '^BEGIN'] } : { when, path: own };
    await assert.rejects(house.admin(['tap', 'issue', upn, '--reason', 'A test'], at), of);
    assert.equal((await issued()) - before, Number(happened), of);
    await expectSound(house, of);
    expectAccepted(await person.signIn(), `${of}: signing in meanwhile`);
    const again = visitor(house, { address: anAddress() });
    assert.ok((await again.redeemPass(upn, await stage.issuePass({ id, upn }))).ok, of);
  }
  return Object.keys(write).length;
}
