import 'server-only';
import { ALL_USERS, type SettingName } from '#domain/policy/settings';
import { emptyDocument, type PolicyDocument, type SourceKind } from '#domain/policy/source';
import type { At } from './device-policy.ts';
import { refreshDevice } from './device-policy.ts';
import { publishSource } from './policy-publish.ts';
import { createSource, readSource, saveDraft } from './policy-source.ts';
import type { Runtime } from './runtime.ts';
import { done } from './testing.ts';

/** A document for everybody with these values for devices. */
export function aDocument(
  values: Readonly<Partial<Record<SettingName, string>>>,
  given: Partial<PolicyDocument> = {},
): PolicyDocument {
  return {
    ...emptyDocument,
    name: 'A source',
    include: [ALL_USERS],
    values: Object.entries(values).map(([name, value]) => ({
      scope: 'device',
      name: name as SettingName,
      value,
    })),
    ...given,
  };
}

/** Makes a source and publishes it; devices get it when they are told. */
export async function aSource(
  runtime: Runtime,
  document: PolicyDocument,
  kind: SourceKind = 'settings_catalog',
): Promise<{ readonly id: string }> {
  const { id } = done(await createSource(runtime, null, { kind, document }));
  done(await publishSource(runtime, null, { id, revision: 1, confirmed: true }));
  return { id };
}

/** Changes what a source says, and publishes that. */
export async function changeSource(runtime: Runtime, id: string, document: PolicyDocument): Promise<void> {
  const source = await readSource(runtime.db, id);
  const { revision } = done(
    await saveDraft(runtime, null, { id, revision: source?.draftRevision ?? 0, document }),
  );
  done(await publishSource(runtime, null, { id, revision, confirmed: true }));
}

/** Tells a device what its sources say now. */
export async function tell(runtime: Runtime, { userId, deviceId }: At) {
  if (deviceId === null) throw new Error('there is no device');
  return await runtime.db.$transaction((tx) => refreshDevice(tx, runtime, { userId, deviceId }));
}
