import type { AddressInfo } from 'node:net';
import { NextRequest } from 'next/server';
import { describe, expect, test } from 'vitest';
import {
  IMPORT_MAX_BODY_BYTES,
  policyImportAnswer,
  policyImportRequest,
  REPORT_LINES_MAX,
  readArtefact,
} from '#domain/policy/artefact-import';
import { policyFormatNames } from '#domain/policy/artefacts';
import type { SettingName } from '#domain/policy/settings';
import { createFrontDoor } from '../serve.mjs';
import { administrator } from './caller.ts';
import { importWords } from './command-line/policy.ts';
import { endpoint } from './endpoint.ts';
import { readPolicy } from './policy.ts';
import { countExportable, exportPolicy } from './policy-export.ts';
import { importPolicy, importPolicyForCaller } from './policy-import.ts';
import { setPolicy } from './policy-setting.ts';
import { BROWSER_COOKIE, SESSION_COOKIE } from './request.ts';
import { readPolicyVersion } from './tenant.ts';
import {
  aPerson,
  aRuntime,
  aSession,
  aTenant,
  done,
  lastEvent,
  ORIGIN,
  outcome,
  type TestRuntime,
} from './testing.ts';

const GPR = 'HKLM\\SOFTWARE\\Policies\\Microsoft\\PassportForWork';
const file = (...lines: string[]) => Buffer.from(['REGEDIT4', ...lines].join('\r\n'));
const PIN = file(
  `[${GPR}]`,
  '"Enabled"=dword:00000000',
  `[${GPR}\\PINComplexity]`,
  '"MinimumPINLength"=dword:00000008',
  '"History"=-',
  '[HKLM\\SOFTWARE\\Other]',
  '"Thing"="x"',
);

const bring = (
  runtime: TestRuntime,
  bytes: Uint8Array,
  more: Partial<Parameters<typeof importPolicy>[2]> = {},
) => importPolicy(runtime, null, { file: bytes, dryRun: false, leaveOutRefused: false, ...more });
const value = async (runtime: TestRuntime, name: SettingName) => (await readPolicy(runtime.db))(name).value;
const rows = async (runtime: TestRuntime) => [
  await runtime.db.policyValue.count(),
  await runtime.db.event.count({ where: { code: 'policy_changed' } }),
  await readPolicyVersion(runtime.db),
];
const aPolicyTenant = async () => {
  const runtime = await aRuntime();
  await aTenant(runtime);
  return runtime;
};

describe('an import', () => {
  test('that is tried says what it would do, and does nothing', async () => {
    const runtime = await aPolicyTenant();
    done(await setPolicy(runtime, null, { name: 'PINComplexity/History', value: '5' }));
    const before = await rows(runtime);
    const tried = done(await bring(runtime, PIN, { dryRun: true }));
    expect(policyImportAnswer.parse(tried)).toEqual(tried);
    expect(tried).toMatchObject({
      format: 'reg',
      understood: [
        { name: 'UsePassportForWork', value: 'false', before: null, at: 'line 3' },
        { name: 'PINComplexity/MinimumPINLength', value: '8', before: null },
        { name: 'PINComplexity/History', value: null, before: '5' },
      ],
      ignored: [{ what: 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Other\\Thing' }],
      refused: [],
      changed: 3,
      applied: false,
      contradiction: null,
    });
    expect(await rows(runtime)).toEqual(before);
  });

  test('changes everything that was understood as one change of policy, with one event each', async () => {
    const runtime = await aPolicyTenant();
    done(await setPolicy(runtime, null, { name: 'PINComplexity/History', value: '5' }));
    const [, events = 0, version = 0] = await rows(runtime);
    expect(done(await bring(runtime, PIN))).toMatchObject({ applied: true, policyVersion: version + 1 });
    expect(await value(runtime, 'UsePassportForWork')).toBe(false);
    expect(await value(runtime, 'PINComplexity/MinimumPINLength')).toBe(8);
    expect(await value(runtime, 'PINComplexity/History')).toBe(0);
    expect(await rows(runtime)).toEqual([2, events + 3, version + 1]);
    expect((await lastEvent(runtime)).detail).toEqual({
      name: 'PINComplexity/History',
      value: null,
      imported: 'reg',
    });
    // The same file again changes nothing, and says nothing.
    expect(done(await bring(runtime, PIN))).toMatchObject({ changed: 0, applied: true });
    expect(await rows(runtime)).toEqual([2, events + 3, version + 1]);
  });

  test('with a value that cannot be taken changes nothing, unless that is left out', async () => {
    const runtime = await aPolicyTenant();
    const bytes = file(`[${GPR}]`, '"Enabled"=dword:00000000', '"EnablePinRecovery"=dword:00000007');
    const before = await rows(runtime);
    expect(await bring(runtime, bytes)).toMatchObject({
      problem: { code: 'import_incomplete', facts: { refused: 1 } },
    });
    expect(await rows(runtime)).toEqual(before);
    done(await bring(runtime, bytes, { leaveOutRefused: true }));
    expect(await value(runtime, 'UsePassportForWork')).toBe(false);
    expect(await value(runtime, 'EnablePinRecovery')).toBe(false);
    expect((await rows(runtime))[0]).toBe(1);
  });

  test('that would contradict other settings changes nothing, and a try says so', async () => {
    const runtime = await aPolicyTenant();
    const bytes = file(`[${GPR}\\PINComplexity]`, '"History"=dword:3', '"MaximumPINLength"=dword:5');
    const before = await rows(runtime);
    expect(done(await bring(runtime, bytes, { dryRun: true })).contradiction).toContain('Minimum PIN length');
    expect(outcome(await bring(runtime, bytes))).toBe('settings_disagree');
    expect(outcome(await bring(runtime, bytes, { leaveOutRefused: true }))).toBe('settings_disagree');
    expect(await rows(runtime)).toEqual(before);
  });

  test('two values that fit only together come together', async () => {
    const runtime = await aPolicyTenant();
    const bytes = file(`[${GPR}\\PINComplexity]`, '"MaximumPINLength"=dword:5', '"MinimumPINLength"=dword:4');
    done(await bring(runtime, bytes));
    expect(await value(runtime, 'PINComplexity/MaximumPINLength')).toBe(5);
  });

  test('after a try that somebody overtook is refused', async () => {
    const runtime = await aPolicyTenant();
    const { policyVersion } = done(await bring(runtime, PIN, { dryRun: true }));
    done(await setPolicy(runtime, null, { name: 'DeviceLimitPerUser', value: '3' }));
    expect(outcome(await bring(runtime, PIN, { policyVersion }))).toBe('policy_changed_meanwhile');
    expect(await value(runtime, 'UsePassportForWork')).toBe(true);
  });

  test('of two at once under the same version is one', async () => {
    const runtime = await aPolicyTenant();
    const { policyVersion } = done(await bring(runtime, PIN, { dryRun: true }));
    const other = file(`[${GPR}]`, '"EnablePinRecovery"=dword:1');
    const answers = await Promise.all([
      bring(runtime, PIN, { policyVersion }),
      bring(runtime, other, { policyVersion }),
    ]);
    expect(answers.map(outcome).sort()).toEqual(['ok', 'policy_changed_meanwhile']);
  });

  test('leaves what is changed together to its own page', async () => {
    const runtime = await aPolicyTenant();
    const bytes = file(`[${GPR}]`, '"RequireSecurityDevice"=dword:1');
    expect(done(await bring(runtime, bytes, { dryRun: true })).refused).toMatchObject([
      { name: 'RequireSecurityDevice', reason: 'set_together' },
    ]);
    done(await bring(runtime, bytes, { leaveOutRefused: true }));
    expect((await rows(runtime))[0]).toBe(0);
  });

  test.each([
    ['nothing', new Uint8Array()],
    ['noise', Uint8Array.from({ length: 300 }, (_, at) => (at * 31) % 256)],
    ['a Registry.pol that is cut off', Buffer.from('50526567010000005b00', 'hex')],
    ['an XML bomb', Buffer.from('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>')],
    ['deep JSON', Buffer.from('['.repeat(100_000))],
  ])('of %s is unreadable, and says where', async (_what, bytes) => {
    const runtime = await aPolicyTenant();
    const refused = await bring(runtime, bytes);
    expect(refused).toMatchObject({ problem: { code: 'artefact_unreadable' } });
  });

  test('answers the first lines of what it ignores and refuses, cut where they are long, and how many there are', async () => {
    const runtime = await aPolicyTenant();
    const long = Array.from({ length: 4000 }, (_, at) => `"${at}${'x'.repeat(40)}"=-`);
    const bytes = file(
      `[HKLM\\${'k'.repeat(1999)}]`,
      ...long,
      `[${GPR}]`,
      ...Array(3000).fill('"EnablePinRecovery"=dword:00000007'),
      '"Enabled"=dword:00000000',
    );
    const tried = done(await bring(runtime, bytes, { dryRun: true }));
    expect(policyImportAnswer.parse(tried)).toEqual(tried);
    expect(tried).toMatchObject({ ignoredTotal: 4000, refusedTotal: 3000, changed: 1 });
    for (const lines of [tried.ignored, tried.refused]) expect(lines).toHaveLength(REPORT_LINES_MAX);
    expect(tried.ignored[0]?.what).toMatch(/^HKEY_LOCAL_MACHINE\\k+…$/);
    expect(JSON.stringify(tried).length).toBeLessThan(bytes.length / 4);
    expect(await bring(runtime, bytes)).toMatchObject({ problem: { facts: { refused: 3000 } } });
  });

  test('never cuts a character in two', () => {
    for (const before of ['', 'x']) {
      const read = readArtefact(file(`[HKLM\\${before}${'🗝'.repeat(500)}]`, '"x"=-'));
      const what = read.ok ? read.value.ignored[0]?.what : undefined;
      expect(what).toMatch(/🗝…$/u);
    }
  });

  test('on the command line says how many lines it leaves out', async () => {
    const runtime = await aPolicyTenant();
    const bytes = file('[HKLM\\SOFTWARE\\Other]', ...Array(150).fill('"x"=dword:1'));
    const said = importWords(done(await bring(runtime, bytes, { dryRun: true }))).split('\n');
    expect(said.filter((line) => line.startsWith('ignored\t'))).toHaveLength(REPORT_LINES_MAX + 1);
    expect(said).toContain('ignored\tand 50 more');
  });

  test('of a file that is too large is not read', async () => {
    const runtime = await aPolicyTenant();
    expect(outcome(await bring(runtime, new Uint8Array(600 * 1024)))).toBe('payload_too_large');
  });
});

describe('an import through the front door', () => {
  const home = globalThis as { latchkeyRuntime?: Promise<TestRuntime> };
  const post = endpoint(
    'policy-import',
    policyImportRequest,
    administrator('manage_policy'),
    importPolicyForCaller,
    IMPORT_MAX_BODY_BYTES,
  );

  /** Sends a file of so many bytes as an administrator, its length told or in chunks. */
  async function send(bytes: number, chunked: boolean) {
    const runtime = await aPolicyTenant();
    const { token, browser } = await aSession(
      runtime,
      await aPerson(runtime, 'ada', ['global_administrator']),
      'hello',
    );
    home.latchkeyRuntime = Promise.resolve(runtime);
    const { server } = createFrontDoor(async (request, response) => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request) chunks.push(chunk);
      const headers = new Headers(request.headers as Record<string, string>);
      const answer = await post(
        new NextRequest(`${ORIGIN}${request.url}`, { method: 'POST', headers, body: Buffer.concat(chunks) }),
      );
      response.writeHead(answer.status).end(await answer.text());
    });
    try {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const begin = file(`[${GPR}]`, '"Enabled"=dword:00000000', ';');
      const whole = Buffer.concat([begin, Buffer.alloc(bytes - begin.length, 'x')]);
      const body = JSON.stringify({ file: whole.toString('base64url'), dryRun: true });
      const cookie = `${SESSION_COOKIE}=${token}; ${BROWSER_COOKIE}=${browser}`;
      const answer = await fetch(`http://127.0.0.1:${port}/api/policy/import`, {
        method: 'POST',
        headers: { origin: ORIGIN, 'content-type': 'application/json', cookie },
        ...(chunked ? { body: new Blob([body]).stream(), duplex: 'half' } : { body }),
      });
      return { status: answer.status, json: await answer.json() };
    } finally {
      server.closeAllConnections();
      delete home.latchkeyRuntime;
    }
  }

  test.each([false, true])('is one of 300 KB and of the whole 512 KiB (chunked: %s)', async (chunked) => {
    for (const bytes of [300_000, 512 * 1024])
      expect(await send(bytes, chunked)).toMatchObject({
        status: 200,
        json: { format: 'reg', understood: [{ name: 'UsePassportForWork', value: 'false' }], applied: false },
      });
  });

  test.each([false, true])('over the limit is refused with 413 (chunked: %s)', async (chunked) => {
    expect(await send(512 * 1024 + 1, chunked)).toMatchObject({
      status: 413,
      json: { code: 'payload_too_large' },
    });
    expect(await send(520 * 1024, chunked)).toMatchObject({
      status: 413,
      json: { code: 'content_too_large' },
    });
  });
});

describe('an export', () => {
  test('has what is set and nothing else, and says so in the log', async () => {
    const runtime = await aPolicyTenant();
    for (const format of policyFormatNames)
      expect(outcome(await exportPolicy(runtime, { actorId: null }, { format }))).toBe('nothing_to_export');
    done(await setPolicy(runtime, null, { name: 'DeviceLimitPerUser', value: '3' }));
    done(await setPolicy(runtime, null, { name: 'PINComplexity/History', value: '5' }));
    done(await setPolicy(runtime, null, { name: 'EnableWebSignIn', value: 'on' }));
    expect(await countExportable(runtime)).toEqual({ intune: 2, syncml: 2, reg: 1, pol: 1 });
    for (const format of policyFormatNames) {
      const { bytes, settings } = done(await exportPolicy(runtime, { actorId: null }, { format }));
      expect((await lastEvent(runtime)).detail).toEqual({ format, settings });
      if (format === 'syncml') continue;
      const read = readArtefact(bytes);
      expect(read).toMatchObject({ ok: true, value: { ignored: [], refused: [] } });
      expect(read.ok && read.value.understood).toHaveLength(settings);
    }
  });

  test('is for the tenant that is named, else for this one', async () => {
    const runtime = await aPolicyTenant();
    done(await setPolicy(runtime, null, { name: 'UsePassportForWork', value: 'true' }));
    const tenantId = '1D6E7F90-3C2B-4F5A-9E8D-0A1B2C3D4E5F';
    const text = async (tenant?: string) => {
      const query = { format: 'intune', ...(tenant === undefined ? {} : { tenantId: tenant }) } as const;
      return Buffer.from(done(await exportPolicy(runtime, { actorId: null }, query)).bytes).toString();
    };
    const { id } = await runtime.db.tenant.findFirstOrThrow();
    expect(await text()).toContain(`/PassportForWork/${id}/Policies/UsePassportForWork`);
    expect(await text(tenantId)).toContain(`/PassportForWork/${tenantId.toLowerCase()}/Policies/`);
  });

  test('and its import into another organisation make the same policy', async () => {
    const [one, other] = [await aPolicyTenant(), await aPolicyTenant()];
    const wanted = {
      UsePassportForWork: 'false',
      'PINComplexity/MinimumPINLength': '8',
      'PINComplexity/LowercaseLetters': 'allow',
      'DynamicLock/DynamicLock': 'true',
    } as const;
    for (const [name, text] of Object.entries(wanted))
      done(await setPolicy(one, null, { name, value: text }));
    for (const format of ['reg', 'pol', 'intune'] as const) {
      const { bytes } = done(await exportPolicy(one, { actorId: null }, { format }));
      done(await bring(other, bytes));
      const stored = await other.db.policyValue.findMany({ orderBy: { name: 'asc' } });
      expect(Object.fromEntries(stored.map(({ name, value: text }) => [name, text]))).toEqual(wanted);
      await other.db.policyValue.deleteMany();
    }
  });
});
