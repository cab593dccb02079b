import type { SMTPServerOptions } from 'smtp-server';
import { describe, expect, test } from 'vitest';
import { MAIL_ATTEMPTS, MAIL_STALE_MS, MAIL_UNREACHABLE_MS } from '#domain/mail';
import { DAY_MS, MINUTE_MS } from '#domain/time';
import { takeLease } from './lease.ts';
import { countMails, forgetOldMails, listMails, MAIL_LEASE, sendMails, writeMail } from './mail.ts';
import { createMailer } from './mailer.ts';
import { aPerson, aRuntime, START, type TestPerson, type TestRuntime } from './testing.ts';
import { aMailServer } from './testing-mail.ts';

const FROM = 'Latchkey <no-reply@tidewater.example>';

const refusing = (responseCode: number): Partial<SMTPServerOptions> => ({
  onRcptTo(_address, _session, done) {
    done(Object.assign(new Error('Not now'), { responseCode }));
  },
});

async function aMail(runtime: TestRuntime, { id, upn }: TestPerson, subject = 'A key was added') {
  await writeMail(runtime.db, runtime, { userId: id, address: upn, subject, text: 'Hello Mia,\n\nGrüße.\n' });
}

const states = async (runtime: TestRuntime) => (await listMails(runtime, 99)).map(({ state }) => state);

describe('the outbox', () => {
  test('sends to a real server what is due, once, however often and from however many instances it is asked', async () => {
    const runtime = await aRuntime();
    const other = await aRuntime({ databaseUrl: runtime.databaseUrl });
    const peer = await aMailServer();
    const mailer = createMailer({ url: peer.url, from: FROM });
    const mia = await aPerson(runtime);
    for (let each = 0; each < 25; each += 1) await aMail(runtime, mia, `Subject ${each}`);
    await Promise.all([runtime, other, runtime].map((at) => sendMails(at, mailer)));
    expect(await sendMails(other, mailer)).toBe(0);
    expect(peer.received).toHaveLength(25);
    const [mail] = await listMails(runtime, 1);
    const sent = peer.received.find(({ text }) => text.includes(`<${mail?.id}@tidewater.example>`));
    expect(sent).toMatchObject({ from: 'no-reply@tidewater.example', to: [mia.upn] });
    expect(sent?.text).toMatch(/^From: Latchkey <no-reply@tidewater\.example>$/m);
    expect(sent?.text).toMatch(/^Auto-Submitted: auto-generated/m);
    expect(sent?.text).toMatch(/^Content-Type: text\/plain/m);
    expect(new Set(await states(runtime))).toEqual(new Set(['sent']));
    expect(await countMails(runtime)).toEqual({ all: 25, open: 0 });
  });

  test('loses nothing while no server answers: no attempt is spent, and all of it leaves when one does', async () => {
    const runtime = await aRuntime();
    const gone = await aMailServer();
    const mailer = createMailer({ url: gone.url, from: FROM });
    await gone.stop();
    const mia = await aPerson(runtime);
    for (let each = 0; each < 3; each += 1) await aMail(runtime, mia);
    for (let tries = 0; tries < 30; tries += 1) {
      expect(await sendMails(runtime, mailer)).toBe(0);
      runtime.pass(MAIL_UNREACHABLE_MS);
    }
    const waiting = await listMails(runtime, 9);
    expect(waiting.map(({ attempts }) => attempts)).toEqual([0, 0, 0]);
    expect(
      waiting.some(({ state, failure }) => state === 'failed' && failure?.includes('ECONNREFUSED')),
    ).toBe(true);
    const back = await aMailServer({}, Number(new URL(gone.url).port));
    expect(await sendMails(runtime, mailer)).toBe(3);
    expect(back.received).toHaveLength(3);
  });

  test('tries again later and later what a server puts off, a bounded number of times', async () => {
    const runtime = await aRuntime();
    const peer = await aMailServer(refusing(450));
    const mailer = createMailer({ url: peer.url, from: FROM });
    await aMail(runtime, await aPerson(runtime));
    const waits: number[] = [];
    for (let tries = 1; (await states(runtime))[0] !== 'given_up'; tries += 1) {
      await sendMails(runtime, mailer);
      const [mail] = await listMails(runtime, 1);
      expect(mail).toMatchObject({ attempts: tries, sentAt: null });
      const waitMs = (mail?.nextAttemptAt.getTime() ?? 0) - runtime.clock.now().getTime();
      waits.push(waitMs);
      runtime.pass(waitMs - 1);
      expect(await sendMails(runtime, mailer)).toBe(0);
      expect((await listMails(runtime, 1))[0]?.attempts).toBe(tries);
      runtime.pass(1);
    }
    expect(waits).toHaveLength(MAIL_ATTEMPTS);
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    runtime.pass(30 * DAY_MS);
    expect(await sendMails(runtime, mailer)).toBe(0);
    expect((await listMails(runtime, 1))[0]?.failure).toContain('EENVELOPE');
  });

  test('gives up at once what a server never takes, and the others leave all the same', async () => {
    const runtime = await aRuntime();
    const peer = await aMailServer({
      onRcptTo({ address }, _session, done) {
        if (address.startsWith('nobody'))
          done(Object.assign(new Error('No such user'), { responseCode: 550 }));
        else done();
      },
    });
    const mailer = createMailer({ url: peer.url, from: FROM });
    await aMail(runtime, await aPerson(runtime, 'nobody'));
    await aMail(runtime, await aPerson(runtime, 'mia'));
    expect(await sendMails(runtime, mailer)).toBe(1);
    expect((await states(runtime)).sort()).toEqual(['given_up', 'sent']);
  });

  test('sends again under the same Message-ID what a process died over, and never drops it', async () => {
    const runtime = await aRuntime();
    const peer = await aMailServer();
    const mailer = createMailer({ url: peer.url, from: FROM });
    await aMail(runtime, await aPerson(runtime));
    const dies = {
      deliver: async (mail: Parameters<typeof mailer.deliver>[0]) => {
        await mailer.deliver(mail);
        throw new Error('the process is gone');
      },
    };
    await expect(sendMails(runtime, dies)).rejects.toThrow('the process is gone');
    expect(await sendMails(runtime, mailer)).toBe(0);
    runtime.pass(MINUTE_MS);
    expect(await sendMails(runtime, mailer)).toBe(1);
    const ids = peer.received.map(({ text }) => /^Message-ID: (.*)$/im.exec(text)?.[1]);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
  });

  test('sends no old news when a server is named at last, and leaves the work to whoever holds the lease', async () => {
    const runtime = await aRuntime();
    const peer = await aMailServer();
    const mailer = createMailer({ url: peer.url, from: FROM });
    const mia = await aPerson(runtime);
    await aMail(runtime, mia, 'old');
    runtime.pass(MAIL_STALE_MS + 1);
    await aMail(runtime, mia, 'new');
    await takeLease(runtime, MAIL_LEASE, 'somebody', MINUTE_MS);
    expect(await sendMails(runtime, mailer)).toBe(0);
    runtime.pass(MINUTE_MS);
    expect(await sendMails(runtime, mailer)).toBe(1);
    expect(await states(runtime)).toEqual(['sent', 'given_up']);
    runtime.pass(91 * DAY_MS - MAIL_STALE_MS);
    expect(await forgetOldMails(runtime)).toBe(1);
    expect(START.getTime()).toBeLessThan(runtime.clock.now().getTime());
  });

  test('gives no password to a server that offers no TLS, unless it is this machine', async () => {
    const seen: string[] = [];
    const peer = await aMailServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth({ username = '', password = '' }, _session, done) {
        seen.push(`${username}:${password}`);
        done(null, { user: username });
      },
    });
    const { port } = new URL(peer.url);
    const mail = { id: 'x', address: 'mia@tidewater.example', subject: 's', text: 't' };
    const local = createMailer({ url: `smtp://user:secret@127.0.0.1:${port}`, from: FROM });
    expect(await local.deliver(mail)).toEqual({ kind: 'sent' });
    expect(seen).toEqual(['user:secret']);
    // The same server by an address that does not say that it is this machine.
    const remote = createMailer({ url: `smtp://user:secret@127.1.1.1:${port}`, from: FROM });
    expect(await remote.deliver(mail)).toMatchObject({
      kind: 'unreachable',
      failure: expect.stringContaining('STARTTLS'),
    });
    expect(seen).toHaveLength(1);
  });
});
