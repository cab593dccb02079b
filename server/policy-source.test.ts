import { describe, expect, test } from 'vitest';
import { ALL_USERS, type SettingName } from '#domain/policy/settings';
import {
  ALL_DEVICES,
  emptyDocument,
  type PolicyDocument,
  policyDocument,
  type SourceKind,
  VALUES_MAX,
} from '#domain/policy/source';
import { administrator } from './caller.ts';
import { createGroup } from './group.ts';
import { deleteSource, publishSource } from './policy-publish.ts';
import { setPolicy } from './policy-setting.ts';
import {
  createSource,
  discardDraft,
  listSources,
  readPublished,
  readSource,
  restoreVersion,
  saveDraft,
} from './policy-source.ts';
import { readPolicyVersion } from './tenant.ts';
import {
  aPerson,
  aRuntime,
  aSession,
  aTenant,
  breakEvents,
  done,
  lastEvent,
  outcome,
  type TestRuntime,
} from './testing.ts';
import { aDocument, aSource, changeSource } from './testing-policy.ts';

const USE = 'UsePassportForWork';
const PIN = 'PINComplexity/MinimumPINLength';
const NOBODY = '00000000-0000-4000-8000-000000000000';

async function anOrganisation(): Promise<TestRuntime> {
  const runtime = await aRuntime();
  await aTenant(runtime);
  return runtime;
}

/** A source as it is kept; throws where there is none. */
async function kept(runtime: TestRuntime, id: string) {
  const source = await readSource(runtime.db, id);
  if (source === null) throw new Error('the source is gone');
  return source;
}

async function aGroup(runtime: TestRuntime, name: string): Promise<string> {
  return done(await createGroup(runtime, null, { name })).id;
}

const withValue = (name: SettingName, value: string, given: Partial<PolicyDocument> = {}) =>
  aDocument({ [name]: value }, given);

describe('a draft', () => {
  test('applies to nobody, and counts no change of policy', async () => {
    const runtime = await anOrganisation();
    const before = await readPolicyVersion(runtime.db);
    const { id } = done(
      await createSource(runtime, null, { kind: 'settings_catalog', document: withValue(PIN, '8') }),
    );
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'policy_source_created',
      detail: { source: id, kind: 'settings_catalog', name: 'A source' },
    });
    expect(await readPublished(runtime.db, runtime)).toEqual([]);
    expect(await readPolicyVersion(runtime.db)).toBe(before);
    expect(await kept(runtime, id)).toMatchObject({
      version: 0,
      published: null,
      draftRevision: 1,
      versions: [],
    });
  });

  test('is saved by who saw the latest one; of two editors the second is refused and nothing is overwritten', async () => {
    const runtime = await anOrganisation();
    const [ada, ben] = [await aPerson(runtime, 'ada'), await aPerson(runtime, 'ben')];
    const { id } = done(await createSource(runtime, ada.id, { kind: 'settings_catalog' }));
    const first = withValue(PIN, '8');
    expect(done(await saveDraft(runtime, ada.id, { id, revision: 1, document: first }))).toEqual({
      revision: 2,
    });
    const late = await saveDraft(runtime, ben.id, { id, revision: 1, document: withValue(PIN, '6') });
    expect(outcome(late)).toBe('policy_changed_meanwhile');
    expect(await kept(runtime, id)).toMatchObject({ draft: first, draftActorId: ada.id, draftRevision: 2 });
    done(await saveDraft(runtime, ben.id, { id, revision: 2, document: withValue(PIN, '6') }));
    expect(await kept(runtime, id)).toMatchObject({ draftActorId: ben.id, draftRevision: 3 });
  });

  test('that two editors save at the same moment is saved by one of them', async () => {
    const runtime = await anOrganisation();
    const other = await aRuntime({ databaseUrl: runtime.databaseUrl });
    const { id } = done(await createSource(runtime, null, { kind: 'settings_catalog' }));
    const outcomes = await Promise.all(
      [runtime, other].map(async (each, at) =>
        outcome(await saveDraft(each, null, { id, revision: 1, document: withValue(PIN, String(6 + at)) })),
      ),
    );
    expect(outcomes.sort()).toEqual(['ok', 'policy_changed_meanwhile']);
    expect((await kept(runtime, id)).draftRevision).toBe(2);
  });

  test('that says what is published is none, in whatever order it says it', async () => {
    const runtime = await anOrganisation();
    const [one, two] = [await aGroup(runtime, 'One'), await aGroup(runtime, 'Two')];
    const document = aDocument({ [PIN]: '8', 'PINComplexity/History': '5' }, { include: [one, two] });
    const { id } = await aSource(runtime, document);
    const turned = {
      ...document,
      include: [two, one],
      values: document.values.toReversed(),
    };
    const { draftRevision } = await kept(runtime, id);
    done(await saveDraft(runtime, null, { id, revision: draftRevision, document: turned }));
    expect(await kept(runtime, id)).toMatchObject({ draft: null, draftAt: null, published: document });
  });

  test('is thrown away alone; of a source that was never published nothing is left', async () => {
    const runtime = await anOrganisation();
    const document = withValue(PIN, '8');
    const { id } = await aSource(runtime, document);
    const { draftRevision } = await kept(runtime, id);
    done(await saveDraft(runtime, null, { id, revision: draftRevision, document: withValue(PIN, '9') }));
    expect(outcome(await discardDraft(runtime, null, { id, revision: draftRevision }))).toBe(
      'policy_changed_meanwhile',
    );
    expect(done(await discardDraft(runtime, null, { id, revision: draftRevision + 1 }))).toEqual({
      deleted: false,
    });
    expect(await kept(runtime, id)).toMatchObject({ draft: null, published: document, version: 1 });

    const { id: never } = done(await createSource(runtime, null, { kind: 'group_policy', document }));
    expect(done(await discardDraft(runtime, null, { id: never, revision: 1 }))).toEqual({ deleted: true });
    expect(await readSource(runtime.db, never)).toBeNull();
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'policy_source_deleted',
      detail: { source: never },
    });
  });
});

describe('publishing', () => {
  test('makes the draft what applies, as one version with one event and one change of policy', async () => {
    const runtime = await anOrganisation();
    const ada = await aPerson(runtime, 'ada');
    const document = withValue(PIN, '8');
    const { id } = done(await createSource(runtime, ada.id, { kind: 'settings_catalog', document }));
    const before = await readPolicyVersion(runtime.db);
    expect(done(await publishSource(runtime, ada.id, { id, revision: 1 }))).toEqual({ version: 1 });
    expect(await readPolicyVersion(runtime.db)).toBe(before + 1);
    expect(await readPublished(runtime.db, runtime)).toMatchObject([{ id, version: 1, document }]);
    expect(await kept(runtime, id)).toMatchObject({
      draft: null,
      published: document,
      versions: [{ version: 1, document, actorId: ada.id }],
    });
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'policy_source_published',
      detail: { version: 1 },
    });
  });

  test('by two at the same moment makes one version', async () => {
    const runtime = await anOrganisation();
    const other = await aRuntime({ databaseUrl: runtime.databaseUrl });
    const { id } = done(
      await createSource(runtime, null, { kind: 'settings_catalog', document: withValue(PIN, '8') }),
    );
    const outcomes = await Promise.all(
      [runtime, other].map(async (each) => outcome(await publishSource(each, null, { id, revision: 1 }))),
    );
    expect(outcomes.sort()).toEqual(['ok', 'policy_changed_meanwhile']);
    expect((await kept(runtime, id)).versions.map(({ version }) => version)).toEqual([1]);
  });

  test('takes the draft that was looked at: one that changed since, or is gone, is not published', async () => {
    const runtime = await anOrganisation();
    const { id } = done(
      await createSource(runtime, null, { kind: 'settings_catalog', document: withValue(PIN, '8') }),
    );
    done(await saveDraft(runtime, null, { id, revision: 1, document: withValue(PIN, '9') }));
    expect(outcome(await publishSource(runtime, null, { id, revision: 1 }))).toBe('policy_changed_meanwhile');
    done(await publishSource(runtime, null, { id, revision: 2 }));
    expect(outcome(await publishSource(runtime, null, { id, revision: 3 }))).toBe('policy_changed_meanwhile');
    expect(outcome(await publishSource(runtime, null, { id: NOBODY, revision: 1 }))).toBe('not_found');
  });

  test('that cannot be logged publishes nothing', async () => {
    const runtime = await anOrganisation();
    const { id } = done(
      await createSource(runtime, null, { kind: 'settings_catalog', document: withValue(PIN, '8') }),
    );
    await breakEvents(runtime);
    await expect(publishSource(runtime, null, { id, revision: 1 })).rejects.toThrow();
    expect(await kept(runtime, id)).toMatchObject({
      version: 0,
      published: null,
      draftRevision: 1,
      versions: [],
    });
  });

  test('is refused where values of one scope contradict each other, and not across scopes', async () => {
    const runtime = await anOrganisation();
    const values = [
      { scope: 'device', name: PIN, value: '10' },
      { scope: 'user', name: 'PINComplexity/MaximumPINLength', value: '6' },
    ] as const;
    const { id } = done(
      await createSource(runtime, null, {
        kind: 'settings_catalog',
        document: aDocument({}, { values: [...values] }),
      }),
    );
    done(await publishSource(runtime, null, { id, revision: 1 }));
    const both = [...values, { scope: 'user', name: PIN, value: '10' } as const];
    done(await saveDraft(runtime, null, { id, revision: 2, document: aDocument({}, { values: both }) }));
    expect(outcome(await publishSource(runtime, null, { id, revision: 3 }))).toBe('settings_disagree');
    expect(await kept(runtime, id)).toMatchObject({ version: 1 });
  });
});

describe('where no Global Administrator could set up a key any more', () => {
  /** The organisation has it off; one profile turns it on for everybody. */
  async function anEnablingSource() {
    const runtime = await anOrganisation();
    await aPerson(runtime, 'ada', ['global_administrator']);
    const document = withValue(USE, 'true');
    const { id } = await aSource(runtime, document);
    done(await setPolicy(runtime, null, { name: USE, value: 'false' }));
    const { draftRevision: revision } = await kept(runtime, id);
    return { runtime, id, document, revision };
  }

  test.each<[string, (document: PolicyDocument) => PolicyDocument]>([
    ['turning the profile off', (document) => ({ ...document, enabled: false })],
    ['taking the value out of it', (document) => ({ ...document, values: [] })],
    ['giving it to nobody', (document) => ({ ...document, include: [] })],
    ['blocking with it', () => withValue(USE, 'false')],
  ])('%s is published after a second look alone', async (_how, change) => {
    const { runtime, id, document, revision } = await anEnablingSource();
    done(await saveDraft(runtime, null, { id, revision, document: change(document) }));
    const seen = { id, revision: revision + 1 };
    expect(outcome(await publishSource(runtime, null, seen))).toBe('administrators_not_confirmed');
    expect(await kept(runtime, id)).toMatchObject({ version: 1 });
    expect(done(await publishSource(runtime, null, { ...seen, confirmed: true }))).toEqual({ version: 2 });
  });

  test('a source is deleted after a second look alone', async () => {
    const { runtime, id, revision } = await anEnablingSource();
    expect(outcome(await deleteSource(runtime, null, { id, revision }))).toBe('administrators_not_confirmed');
    expect(await readPublished(runtime.db, runtime)).toHaveLength(1);
    done(await deleteSource(runtime, null, { id, revision, confirmed: true }));
    expect(await readPublished(runtime.db, runtime)).toEqual([]);
  });

  test('a source that has nothing to do with it is published and deleted at once', async () => {
    const { runtime } = await anEnablingSource();
    const { id } = done(
      await createSource(runtime, null, { kind: 'settings_catalog', document: withValue(PIN, '8') }),
    );
    done(await publishSource(runtime, null, { id, revision: 1 }));
    done(await deleteSource(runtime, null, { id, revision: 2 }));
  });
});

describe('history', () => {
  test('has every version with who and when, the latest first', async () => {
    const runtime = await anOrganisation();
    const ada = await aPerson(runtime, 'ada');
    const { id } = await aSource(runtime, withValue(PIN, '8'));
    const first = runtime.clock.now();
    runtime.pass(60_000);
    done(await saveDraft(runtime, ada.id, { id, revision: 2, document: withValue(PIN, '9') }));
    done(await publishSource(runtime, ada.id, { id, revision: 3 }));
    expect((await kept(runtime, id)).versions).toMatchObject([
      { version: 2, actorId: ada.id, at: runtime.clock.now(), document: { values: [{ value: '9' }] } },
      { version: 1, actorId: null, at: first, document: { values: [{ value: '8' }] } },
    ]);
  });

  test('gives a version back as the draft; it applies when it is published again', async () => {
    const runtime = await anOrganisation();
    const { id } = await aSource(runtime, withValue(PIN, '8'));
    await changeSource(runtime, id, withValue(PIN, '9'));
    const { draftRevision: revision } = await kept(runtime, id);
    expect(outcome(await restoreVersion(runtime, null, { id, version: 3, revision }))).toBe('not_found');
    expect(outcome(await restoreVersion(runtime, null, { id, version: 1, revision: 1 }))).toBe(
      'policy_changed_meanwhile',
    );
    done(await restoreVersion(runtime, null, { id, version: 1, revision }));
    expect(await kept(runtime, id)).toMatchObject({
      version: 2,
      draft: withValue(PIN, '8'),
      published: withValue(PIN, '9'),
    });
    expect(done(await publishSource(runtime, null, { id, revision: revision + 1 }))).toEqual({ version: 3 });
  });

  test('gives a version back without the groups that are gone', async () => {
    const runtime = await anOrganisation();
    const [pilot, gone] = [await aGroup(runtime, 'Pilot'), await aGroup(runtime, 'Gone')];
    const { id } = await aSource(
      runtime,
      withValue(PIN, '8', { include: [pilot, gone, ALL_DEVICES], exclude: [gone] }),
    );
    await changeSource(runtime, id, withValue(PIN, '9'));
    await runtime.db.group.delete({ where: { id: gone } });
    const { draftRevision: revision } = await kept(runtime, id);
    done(await restoreVersion(runtime, null, { id, version: 1, revision }));
    expect((await kept(runtime, id)).draft).toMatchObject({ include: [pilot, ALL_DEVICES], exclude: [] });
  });

  test('goes with its source', async () => {
    const runtime = await anOrganisation();
    const { id } = await aSource(runtime, withValue(PIN, '8'));
    expect(outcome(await deleteSource(runtime, null, { id, revision: 1 }))).toBe('policy_changed_meanwhile');
    const before = await readPolicyVersion(runtime.db);
    done(await deleteSource(runtime, null, { id, revision: 2 }));
    expect(outcome(await deleteSource(runtime, null, { id, revision: 2 }))).toBe('not_found');
    expect(await runtime.db.policySourceVersion.count()).toBe(0);
    expect(await listSources(runtime.db)).toEqual([]);
    expect(await readPolicyVersion(runtime.db)).toBe(before + 1);
    expect(await lastEvent(runtime)).toMatchObject({
      code: 'policy_source_deleted',
      detail: { source: id, name: 'A source' },
    });
  });
});

describe('a document that means nothing', () => {
  const value = (name: string, text: string, scope = 'device') => ({ scope, name, value: text });
  const garbage: readonly [string, unknown][] = [
    ['an unknown setting', { values: [value('NoSuchSetting', 'true')] }],
    ['an unknown scope', { values: [value(USE, 'true', 'galaxy')] }],
    ['a value that is no text', { values: [{ scope: 'device', name: USE, value: true }] }],
    ['201 values', { values: Array.from({ length: VALUES_MAX + 1 }, () => value(USE, 'true')) }],
    ['one group twice', { include: [NOBODY, NOBODY] }],
    ['everybody left out', { exclude: [ALL_USERS] }],
    ['a group that is none', { include: ['Finance'] }],
    ['no name', { name: ' ' }],
    ['a name of two lines', { name: 'Pilot\nDeleted by Ada' }],
    ['a name that runs the other way', { name: 'Pilot \u202etnatsissa' }],
    ['a link order of 0', { order: 0 }],
    ['a field that nobody knows', { colour: 'blue' }],
  ];
  test.each(garbage)('is refused at the door: %s', (_what, part) => {
    expect(
      policyDocument.safeParse({ ...emptyDocument, name: 'A source', ...(part as object) }).success,
    ).toBe(false);
  });

  const faults: readonly [string, SourceKind, ReturnType<typeof value>[], string][] = [
    [
      'digits in account protection',
      'account_protection',
      [value('PINComplexity/Digits', 'require')],
      'not_in_this_kind',
    ],
    [
      'a device setting for people',
      'settings_catalog',
      [value('UseBiometrics', 'true', 'user')],
      'not_in_this_kind',
    ],
    [
      'a PIN length for people in group policy',
      'group_policy',
      [value(PIN, '8', 'user')],
      'not_in_this_kind',
    ],
    ['a setting of the server', 'custom_profile', [value('DeviceLimitPerUser', '5')], 'not_in_this_kind'],
    ['more than a PIN in DeviceLock', 'device_lock', [value(USE, 'false')], 'not_in_this_kind'],
    ['a length out of range', 'settings_catalog', [value(PIN, '3')], 'bad_value'],
    ['a word for a switch', 'settings_catalog', [value(USE, 'on')], 'bad_value'],
    ['one setting twice', 'settings_catalog', [value(PIN, '8'), value(PIN, '9')], 'twice'],
  ];
  test.each(faults)(
    'is neither made nor saved, and the draft stays: %s',
    async (_what, kind, values, fault) => {
      const runtime = await anOrganisation();
      const document = policyDocument.parse({ ...emptyDocument, name: 'A source', values });
      const made = await createSource(runtime, null, { kind, document });
      expect(made).toMatchObject({ ok: false, problem: { code: 'invalid_value', facts: { fault } } });
      const { id } = done(await createSource(runtime, null, { kind }));
      expect(outcome(await saveDraft(runtime, null, { id, revision: 1, document }))).toBe('invalid_value');
      expect(await kept(runtime, id)).toMatchObject({ draft: emptyDocument, draftRevision: 1 });
      expect(await runtime.db.policySource.count()).toBe(1);
    },
  );

  test('is not saved with a group that does not exist, nor published with one that is gone since', async () => {
    const runtime = await anOrganisation();
    const group = await aGroup(runtime, 'Pilot');
    const document = withValue(PIN, '8', { include: [group] });
    const { id } = done(await createSource(runtime, null, { kind: 'settings_catalog', document }));
    const wrong = withValue(PIN, '8', { exclude: [NOBODY] });
    expect(outcome(await saveDraft(runtime, null, { id, revision: 1, document: wrong }))).toBe(
      'invalid_value',
    );
    await runtime.db.group.delete({ where: { id: group } });
    expect(outcome(await publishSource(runtime, null, { id, revision: 1 }))).toBe('invalid_value');
    expect(await kept(runtime, id)).toMatchObject({ version: 0, draft: document });
  });
});

test('a source is for those alone who manage policy', async () => {
  const runtime = await anOrganisation();
  const guard = administrator('manage_policy');
  for (const [alias, roles, answer] of [
    ['mia', [], 'not_found'],
    ['ada', ['global_reader'], 'not_permitted'],
    ['ben', ['global_administrator'], 'ok'],
  ] as const) {
    const caller = await aSession(runtime, await aPerson(runtime, alias, roles), 'hello');
    expect([alias, outcome(guard(caller))]).toEqual([alias, answer]);
  }
});
