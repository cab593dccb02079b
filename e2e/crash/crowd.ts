/**
 * A crowd that works at a house while its server is killed again and again. Everybody notes what was acknowledged (the
 * ledger); after each restart the ledger is held against the store, and everybody goes on where they were.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { SoftwareProfile } from '#domain/software-authenticator';
import type { House } from '../house.ts';
import { newPerson } from '../people.ts';
import { type Answer, actionOutcome, enrolled, type Visitor, visitor } from '../visitor.ts';
import { brokenInvariants } from './invariants.ts';
import { inStore, type Row } from './store.ts';

/** The same numbers for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The answer never came: what was asked for has happened whole, or not at all. */
class Lost extends Error {}

const SESSION = '__Host-latchkey-session';
const hashOf = (token: string | undefined) =>
  createHash('sha256')
    .update(token ?? '')
    .digest('base64url');

type Snapshot = {
  sessions: Map<string, Row>;
  devices: Map<string, Row>;
  keys: Map<string, Row>;
  keysByCredential: Map<string, Row>;
  users: Map<string, Row>;
  policy: Map<string, Row>;
  passes: Map<string, Row>;
  /** How many events of a code are about a thing: `code:id`. */
  events: Map<string, number>;
};

async function snapshot(house: House): Promise<Snapshot> {
  return await inStore(house, async ({ rows }) => {
    const by = async (table: string, column: string) =>
      new Map((await rows(`SELECT * FROM "${table}"`)).map((row) => [String(row[column]), row]));
    const events = new Map<string, number>();
    const logged = await rows(`SELECT "code", "userId", "deviceId", "credentialId", "sessionId" FROM "Event"
      WHERE "outcome" = 'success' AND "sample" = FALSE`);
    for (const { code, ...about } of logged)
      for (const id of Object.values(about)) {
        if (id !== null) events.set(`${code}:${id}`, (events.get(`${code}:${id}`) ?? 0) + 1);
      }
    return {
      sessions: await by('Session', 'tokenHash'),
      devices: await by('Device', 'id'),
      keys: await by('Credential', 'id'),
      keysByCredential: await by('Credential', 'credentialId'),
      users: await by('User', 'id'),
      policy: await by('PolicyValue', 'name'),
      passes: await by('TemporaryAccessPass', 'userId'),
      events,
    };
  });
}

type Promised = (store: Snapshot) => boolean;

/** What was acknowledged. A promise stands under a name until it is replaced, or open because an answer was lost. */
class Ledger {
  acknowledged = 0;
  lost = 0;
  readonly #standing = new Map<string, Promised>();
  readonly #counts = new Map<string, number>();

  /** From now on and until the answer comes, nothing is promised under these names. */
  open(...names: string[]): void {
    for (const name of names) this.#standing.delete(name);
  }

  promise(name: string, promised: Promised): void {
    this.#standing.set(name, promised);
  }

  /** One more event that must be there for ever. */
  event(code: string, id: string): void {
    this.#counts.set(`${code}:${id}`, (this.#counts.get(`${code}:${id}`) ?? 0) + 1);
  }

  /** What the store no longer has of it. */
  missing(store: Snapshot): string[] {
    const events = [...this.#counts].filter(([key, count]) => (store.events.get(key) ?? 0) < count);
    const broken = [...this.#standing].filter(([, promised]) => !promised(store));
    return [...events.map(([key, count]) => `${count} times ${key}`), ...broken.map(([name]) => name)];
  }
}

type Kept = { visitor: Visitor; kid: string; deviceId: string };

/** Somebody with a browser, who does one thing after the other. */
class Person {
  #browser: Visitor;
  #kid = '';
  #signedIn = false;
  #inPassSession = false;
  /** Made and sent, without an answer yet. */
  #pendingKey: Visitor['own']['key'];
  #pendingProfile: SoftwareProfile | undefined;
  /** What was acknowledged as used up: it must never be accepted again. */
  readonly #used: { what: string; send: () => Promise<Answer> }[] = [];
  #former: Kept | undefined;
  #enrolments = 0;

  constructor(
    readonly crowd: Crowd,
    readonly id: string,
    readonly upn: string,
  ) {
    this.#browser = visitor(crowd.house, { address: crowd.nextAddress() });
  }

  get #session() {
    return `session ${hashOf(this.#browser.jar.get(SESSION))}`;
  }

  /** Promises that this browser's session is there, begun by a proof that has its event. */
  #promiseSession(code: string): void {
    const hash = hashOf(this.#browser.jar.get(SESSION));
    this.crowd.ledger.promise(this.#session, (store) => {
      const row = store.sessions.get(hash);
      return row !== undefined && row.endedAt === null && store.events.has(`${code}:${row.id}`);
    });
  }

  #promiseEnded(hash: string): void {
    this.crowd.ledger.promise(`session ${hash}`, (store) => {
      const row = store.sessions.get(hash);
      return row === undefined || row.endedAt !== null;
    });
  }

  /** One request whose answer must be an acknowledgement. */
  async #write(what: string, send: () => Promise<Answer>): Promise<Answer> {
    return await this.crowd.acknowledged(`${what} of ${this.upn}`, send);
  }

  async step(): Promise<void> {
    if (this.#kid === '') return await this.#enrol();
    if (!this.#signedIn) return await this.#prove('sign-in');
    const dice = this.crowd.random();
    if (dice < 0.6) return await this.#prove('sign-in');
    if (dice < 0.72) return await this.#prove('step-up');
    if (dice < 0.8) return await this.#lockAndUnlock();
    if (dice < 0.86) return await this.#signOut();
    if (dice < 0.91) return await this.#rename();
    if (dice < 0.95) return await this.#disabledForAMoment();
    if (dice < 0.97 || this.#enrolments > 12) return await this.crowd.setPolicy();
    this.#leaveThisBrowser();
  }

  /** From a pass to a key; where it was cut off, it goes on. */
  async #enrol(): Promise<void> {
    const { ledger } = this.crowd;
    const browser = this.#browser;
    if (!this.#inPassSession) {
      const oneTime = this.crowd.random() < 0.5;
      const pass = await this.crowd.issuePass(this, oneTime);
      const send = () => browser.callAction('(sign-in)#redeemPassAction', { upn: this.upn, pass });
      await this.#write('the pass', send);
      this.#inPassSession = true;
      this.#promiseSession('pass_redeemed');
      ledger.event('pass_redeemed', this.id);
      if (oneTime) this.#use('a one-time pass', send);
    }
    if (browser.own.profile === undefined) {
      const { made, body } = await browser.deviceRequest(`CROWD-${this.#enrolments}`, this.#pendingProfile);
      this.#pendingProfile = made;
      const send = () => browser.post('/api/device-registration/verification', body);
      const { profileId, deviceId } = (await this.#write('the device', send)).json as Record<string, string>;
      assert.ok(profileId && deviceId);
      browser.own.profile = { ...made, profileId, deviceId };
      this.#pendingProfile = undefined;
      ledger.promise(`device ${deviceId}`, ({ devices }) => devices.get(deviceId)?.deletedAt === null);
      ledger.event('device_registered', deviceId);
      this.#use('the challenge of a device', send);
    }
    const { key, body } = await browser.keyRequest('hello');
    this.#pendingKey = key;
    const send = () => browser.post('/api/registration/verification', body);
    const { kid } = (await this.#write('the key', send)).json as Record<string, string>;
    assert.ok(kid);
    this.#adoptKey(kid);
    this.#use('the challenge of a key', send);
    await this.#prove('sign-in');
    if (this.#former) await this.#removeFormerDevice(this.#former);
  }

  #adoptKey(kid: string): void {
    const { ledger } = this.crowd;
    if (this.#pendingKey) this.#browser.own.key = this.#pendingKey;
    this.#pendingKey = undefined;
    this.#kid = kid;
    this.#enrolments += 1;
    ledger.promise(`key ${kid}`, ({ keys }) => keys.get(kid)?.revokedAt === null);
    ledger.event('key_registered', kid);
  }

  #use(what: string, send: () => Promise<Answer>): void {
    this.#used.push({ what: `${what} of ${this.upn}`, send });
    if (this.#used.length > 4) this.#used.shift();
  }

  async #prove(purpose: 'sign-in' | 'unlock' | 'step-up'): Promise<void> {
    const { ledger } = this.crowd;
    const browser = this.#browser;
    const before = hashOf(browser.jar.get(SESSION));
    const counter = browser.own.key?.counter ?? 0;
    const body = await browser.assertion(purpose);
    ledger.open(`session ${before}`);
    await this.#write(purpose, () => browser.verify(body));
    this.#signedIn = true;
    this.#inPassSession = false;
    this.#promiseEnded(before);
    const code = { 'sign-in': 'sign_in', unlock: 'unlock', 'step-up': 'step_up' }[purpose];
    this.#promiseSession(code);
    const kid = this.#kid;
    ledger.event(code, kid);
    ledger.promise(`counter of ${kid}`, ({ keys }) => Number(keys.get(kid)?.counter) >= counter);
    this.#use(`the challenge of a ${purpose}`, () => browser.verify(body));
  }

  async #lockAndUnlock(): Promise<void> {
    const browser = this.#browser;
    const hash = hashOf(browser.jar.get(SESSION));
    this.crowd.ledger.open(this.#session);
    await this.#write('the lock', () => browser.callAction('(sign-in)#lockAction', {}));
    this.crowd.ledger.promise(this.#session, ({ sessions }) => {
      const row = sessions.get(hash);
      return row !== undefined && row.lockedAt !== null && row.endedAt === null;
    });
    await this.#prove('unlock');
  }

  async #signOut(): Promise<void> {
    const hash = hashOf(this.#browser.jar.get(SESSION));
    this.crowd.ledger.open(this.#session);
    await this.#write('signing out', () => this.#browser.callAction('(sign-in)#signOutAction', {}));
    this.#signedIn = false;
    this.#promiseEnded(hash);
  }

  async #rename(): Promise<void> {
    const deviceId = this.#browser.own.profile?.deviceId ?? '';
    const name = `CROWD-${Math.floor(this.crowd.random() * 1e6)}`;
    this.crowd.ledger.open(`name of ${deviceId}`);
    await this.#write('renaming', () =>
      this.#browser.callAction('(member)#renameDeviceAction', { deviceId, name }),
    );
    this.crowd.ledger.promise(`name of ${deviceId}`, ({ devices }) => devices.get(deviceId)?.name === name);
    this.crowd.ledger.event('device_renamed', deviceId);
  }

  /** An administrator shuts the device or the person out: nothing opens until they are let in again. */
  async #disabledForAMoment(): Promise<void> {
    const { crowd } = this;
    const { deviceId = '' } = this.#browser.own.profile ?? {};
    const kind = crowd.random() < 0.5 ? 'device' : 'person';
    crowd.ledger.open(this.#session);
    const session = hashOf(this.#browser.jar.get(SESSION));
    if (kind === 'device') await crowd.changeDevice(deviceId, 'disable');
    else await crowd.setDisabled(this.id, true);
    this.#signedIn = false;
    this.#promiseEnded(session);
    await this.#expectRefused('sign-in while disabled', this.#browser);
    if (kind === 'device') await crowd.changeDevice(deviceId, 'enable');
    else await crowd.setDisabled(this.id, false);
  }

  async #expectRefused(what: string, browser: Visitor): Promise<void> {
    const answer = await this.crowd.answer(async () => browser.verify(await browser.assertion('sign-in')));
    assert.ok([401, 403].includes(answer.status), `${what} of ${this.upn}: ${answer.status} ${answer.text}`);
  }

  /** Another browser on another device; the device of this one is deleted once the new key works. */
  #leaveThisBrowser(): void {
    const { deviceId = '' } = this.#browser.own.profile ?? {};
    this.#former = { visitor: this.#browser, kid: this.#kid, deviceId };
    this.#browser = visitor(this.crowd.house, { address: this.crowd.nextAddress() });
    this.#kid = '';
    this.#signedIn = false;
    this.#inPassSession = false;
    this.#pendingKey = undefined;
    this.#pendingProfile = undefined;
  }

  async #removeFormerDevice({ visitor: former, deviceId, kid }: Kept): Promise<void> {
    const { ledger } = this.crowd;
    ledger.open(
      `device ${deviceId}`,
      `key ${kid}`,
      `name of ${deviceId}`,
      `session ${hashOf(former.jar.get(SESSION))}`,
    );
    await this.crowd.changeDevice(deviceId, 'delete');
    ledger.promise(`device ${deviceId}`, ({ devices }) => devices.get(deviceId)?.deletedAt !== null);
    ledger.promise(`key ${kid}`, ({ keys }) => keys.get(kid)?.revokedAt !== null);
    this.#former = undefined;
    await this.#expectRefused('a key of a deleted device', former);
  }

  /** After a restart: reads where one is, as a page does, and goes on from there. */
  async settle(store: Snapshot): Promise<void> {
    const { crowd } = this;
    const session = store.sessions.get(hashOf(this.#browser.jar.get(SESSION)));
    const live = session !== undefined && session.endedAt === null;
    this.#signedIn = live && session.kind === 'ordinary';
    this.#inPassSession = live && session.kind === 'registration';
    const made = this.#pendingKey && store.keysByCredential.get(this.#pendingKey.credentialId);
    if (made) this.#adoptKey(String(made.id));
    this.#pendingKey = undefined;
    if (store.users.get(this.id)?.disabledAt !== null) await crowd.setDisabled(this.id, false);
    const { deviceId = '' } = this.#browser.own.profile ?? {};
    if (deviceId && store.devices.get(deviceId)?.disabledAt !== null)
      await crowd.changeDevice(deviceId, 'enable');
    if (this.#former && store.devices.get(this.#former.deviceId)?.deletedAt === null && this.#kid)
      await this.#removeFormerDevice(this.#former);
    else if (this.#kid) this.#former = undefined;
    if (this.#signedIn && session?.lockedAt) await this.#prove('unlock');
    for (const { what, send } of this.#used) {
      const cookies = new Map(this.#browser.jar);
      const answer = await crowd.answer(send);
      for (const [name, value] of cookies) this.#browser.jar.set(name, value);
      assert.ok(!isAccepted(answer), `${what} was accepted a second time`);
    }
    this.#used.length = 0;
    if (this.#kid) await this.#prove('sign-in');
  }
}

function isAccepted(answer: Answer): boolean {
  if (answer.status !== 200) return false;
  return answer.headers.get('content-type')?.includes('text/x-component') ? actionOutcome(answer).ok : true;
}

export type Report = { rounds: number; kills: number; acknowledged: number; lost: number };

export class Crowd {
  readonly ledger = new Ledger();
  readonly random: () => number;
  #people: Person[] = [];
  #stopping = false;
  #addresses = 0;

  private constructor(
    readonly house: House,
    readonly seed: number,
    readonly admin: Visitor,
  ) {
    this.random = seededRandom(seed);
  }

  static async gather(house: House, { seed, people }: { seed: number; people: number }): Promise<Crowd> {
    const upn = await newPerson(house, 'global_administrator');
    const admin = await enrolled(house, upn, 'ADMIN-02', '10.2.0.1');
    const crowd = new Crowd(house, seed, admin);
    const rows = await inStore(house, (store) =>
      store.rows(`SELECT "id", "upn" FROM "User" WHERE "disabledAt" IS NULL AND "breakGlass" = FALSE
        AND NOT EXISTS (SELECT 1 FROM "UserRole" r WHERE r."userId" = "User"."id") ORDER BY "upn" DESC`),
    );
    crowd.#people = rows.slice(0, people).map((row) => new Person(crowd, String(row.id), String(row.upn)));
    return crowd;
  }

  /** Each browser comes from an address of its own. */
  nextAddress(): string {
    this.#addresses += 1;
    return `10.3.${this.#addresses >> 8}.${this.#addresses & 255}`;
  }

  /** Sends and waits; an answer that never comes is `Lost`, and so is one to nobody who is still there. */
  async answer(send: () => Promise<Answer>): Promise<Answer> {
    try {
      const answer = await send();
      // A busy machine left the connection open without a request for too long: nothing of it was read.
      return answer.status === 408 ? await send() : answer;
    } catch (error) {
      if (error instanceof TypeError) throw new Lost('', { cause: error });
      throw error;
    }
  }

  async acknowledged(what: string, send: () => Promise<Answer>): Promise<Answer> {
    const answer = await this.answer(send);
    assert.ok(isAccepted(answer), `${what} was refused: ${answer.status} ${answer.text.slice(-400)}`);
    this.ledger.acknowledged += 1;
    return answer;
  }

  async #administer(action: string, input: unknown): Promise<Answer> {
    return await this.acknowledged(action, () => this.admin.callAction(action, input));
  }

  async issuePass({ id: userId }: Person, oneTime: boolean): Promise<string> {
    this.ledger.open(`pass of ${userId}`);
    const answer = await this.#administer('admin/people#issuePass', {
      userId,
      lifetimeMinutes: 60,
      oneTime,
      reason: 'A test',
    });
    this.ledger.event('pass_issued', userId);
    this.ledger.promise(`pass of ${userId}`, ({ passes }) => passes.has(userId));
    return (actionOutcome(answer).value as { pass: string }).pass;
  }

  async changeDevice(deviceId: string, change: 'disable' | 'enable' | 'delete'): Promise<void> {
    const name = `standing of ${deviceId}`;
    this.ledger.open(name);
    await this.#administer('admin/devices#changeDevice', { deviceId, change, evenLast: true });
    this.ledger.promise(name, ({ devices }) => {
      const row = devices.get(deviceId);
      return change === 'delete'
        ? row?.deletedAt !== null
        : (row?.disabledAt !== null) === (change === 'disable');
    });
  }

  async setDisabled(userId: string, disabled: boolean): Promise<void> {
    this.ledger.open(`standing of ${userId}`);
    await this.#administer('admin/people#setDisabled', { userId, disabled });
    const promised: Promised = ({ users }) => (users.get(userId)?.disabledAt !== null) === disabled;
    this.ledger.promise(`standing of ${userId}`, promised);
  }

  #policyTurn: Promise<unknown> = Promise.resolve();
  /** One at a time: of two at once nobody could say which came last. */
  async setPolicy(): Promise<void> {
    const value = String(20 + Math.floor(this.random() * 10));
    const turn = this.#policyTurn.then(async () => {
      this.ledger.open('policy');
      await this.#administer('admin/policy#saveSetting', { name: 'DeviceLimitPerUser', value });
      this.ledger.promise('policy', ({ policy }) => policy.get('DeviceLimitPerUser')?.value === value);
    });
    this.#policyTurn = turn.catch(() => {});
    await turn;
  }

  async #untilLost(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return false;
    } catch (error) {
      // Asking for options fails as a whole when nobody is there to ask.
      if (error instanceof Lost || error instanceof TypeError) return true;
      throw error;
    }
  }

  /** Everybody works until the server is gone, or until `stop`. */
  async #work(): Promise<void> {
    this.#stopping = false;
    await Promise.all(
      this.#people.map(async (person) => {
        while (!this.#stopping) {
          if (!(await this.#untilLost(() => person.step()))) continue;
          this.ledger.lost += 1;
          return;
        }
      }),
    );
  }

  /** The ledger and the invariants against the store, then everybody goes on. */
  async #check(of: string): Promise<void> {
    const store = await snapshot(this.house);
    assert.deepEqual(this.ledger.missing(store), [], `${of}: acknowledged, and not there`);
    assert.deepEqual(await brokenInvariants(this.house), [], `${of}: half there`);
    await Promise.all(this.#people.map((person) => person.settle(store)));
  }

  /** Kills and restarts until so many writes were acknowledged. */
  async run(until: { acknowledged: number; kills: number; say?: (line: string) => void }): Promise<Report> {
    const { house, ledger } = this;
    const { say = () => {} } = until;
    let kills = 0;
    while (kills < until.kills || ledger.acknowledged < until.acknowledged) {
      const working = this.#work();
      const fromOutside = this.random() < 0.5;
      const of = `seed ${this.seed}, kill ${kills + 1} (${house.engine})`;
      // In writes, and not in seconds, so that a slow machine is killed as far into its work as a fast one.
      const goal = ledger.acknowledged + Math.ceil(this.random() * (until.acknowledged / until.kills) * 2);
      while (ledger.acknowledged < goal) {
        await Promise.race([working, delay(20)]);
        if (house.process().exitCode !== null || house.process().signalCode !== null)
          throw new Error(`${of}: the server ended by itself\n${house.log()}`);
      }
      if (fromOutside) await house.kill();
      else {
        const when = this.random() < 0.5 ? 'before' : 'after';
        await house.crashAt({ when, path: [''], count: 1 + Math.floor(this.random() * 60) });
        await house.gone();
      }
      await working;
      kills += 1;
      await house.start();
      await this.#check(of);
      say(`${of}: ${ledger.acknowledged} writes acknowledged, ${ledger.lost} answers lost`);
    }
    return { rounds: kills, kills, acknowledged: ledger.acknowledged, lost: ledger.lost };
  }
}
