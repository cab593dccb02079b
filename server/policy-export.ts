import 'server-only';
import type { z } from 'zod';
import {
  encodePolicy,
  exportable,
  holdsBothScopes,
  type PolicyFormat,
  type PolicyText,
  type policyExportQuery,
  policyFormats,
  textsOf,
} from '#domain/policy/artefacts';
import type { TenantValues } from '#domain/policy/assignment';
import { type SettingName, settingNames } from '#domain/policy/settings';
import { ok, type Result, refuse } from '#domain/result';
import type { SignedIn } from './caller.ts';
import type { Tx } from './db.ts';
import type { Streamed } from './endpoint.ts';
import { record } from './event.ts';
import { readTenantValues } from './policy.ts';
import { readSource } from './policy-source.ts';
import type { Runtime } from './runtime.ts';
import { readTenant } from './tenant.ts';

export interface PolicyArtefact {
  readonly bytes: Uint8Array;
  readonly fileName: string;
  readonly mediaType: string;
  /** How many settings it carries. */
  readonly settings: number;
}

/** Who exports, for the log; nobody for the command line. */
interface Exporter {
  readonly actorId: string | null;
  readonly deviceId?: string | null;
  readonly sessionId?: string;
}

/**
 * What the organisation has set, or what a source says, as an artefact that Windows and its management take. Defaults are not
 * written: what nobody set is not configured. Refused where nothing that is set has a place in this format.
 */
export async function exportPolicy(
  runtime: Runtime,
  { actorId, ...where }: Exporter,
  { format, tenantId, source, state = 'published', scope }: z.output<typeof policyExportQuery>,
): Promise<Result<PolicyArtefact>> {
  const organisation = await readTenant(runtime);
  return await runtime.db.$transaction(async (tx) => {
    const said = await readSaid(tx, source === undefined ? null : { source, state });
    if (said === null) return refuse('not_found');
    const asked = scope ?? (holdsBothScopes(format) ? undefined : 'device');
    const values = said.values.filter(
      ({ scope: of = 'device' }) => asked === undefined || (of === 'user' ? 'user' : 'device') === asked,
    );
    const settings = exportable(format, values).length;
    if (settings === 0) return refuse('nothing_to_export');
    const bytes = encodePolicy(format, values, {
      name: said.name ?? organisation.name,
      tenantId: (tenantId ?? organisation.id).toLowerCase(),
    });
    const of =
      source === undefined ? {} : { source, state, ...(asked === undefined ? {} : { scope: asked }) };
    await record(tx, runtime, {
      code: 'policy_exported',
      actorId,
      ...where,
      detail: { format, settings, ...of },
    });
    return ok({ bytes, settings, ...fileOf(runtime, format, said.name) });
  });
}

/** What the organisation or one of its sources says; null where there is no such source, or no such document of it. */
async function readSaid(
  tx: Tx,
  of: { readonly source: string; readonly state: 'published' | 'draft' } | null,
): Promise<{ readonly name: string | null; readonly values: readonly PolicyText[] } | null> {
  if (of === null) return { name: null, values: ofTenant(await readTenantValues(tx)) };
  const source = await readSource(tx, of.source);
  const document = source?.[of.state] ?? null;
  if (source === null || document === null) return null;
  return { name: document.name, values: textsOf(document, source.kind) };
}

const ofTenant = (values: TenantValues): readonly PolicyText[] =>
  values.flatMap(({ name, value }) =>
    settingNames.includes(name as SettingName) ? [{ name: name as SettingName, text: value }] : [],
  );

/** A name that every file system takes, and that says which source it is. */
function fileOf(
  runtime: Runtime,
  format: PolicyFormat,
  source: string | null,
): { fileName: string; mediaType: string } {
  const { extension, mediaType } = policyFormats[format];
  const day = runtime.clock.now().toISOString().slice(0, 10);
  const words = (source ?? 'policy')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40);
  return { fileName: `latchkey-${words === '' ? 'source' : words}-${day}.${extension}`, mediaType };
}

/** The same as a download, for an administrator. */
export async function downloadPolicy(
  runtime: Runtime,
  caller: SignedIn,
  query: z.output<typeof policyExportQuery>,
): Promise<Result<Streamed<Uint8Array>>> {
  const { userId, deviceId, id: sessionId } = caller.session;
  const exported = await exportPolicy(runtime, { actorId: userId, deviceId, sessionId }, query);
  if (!exported.ok) return exported;
  const { bytes, fileName, mediaType } = exported.value;
  async function* chunks() {
    yield bytes;
  }
  return ok({
    headers: {
      'content-type': mediaType,
      'content-disposition': `attachment; filename="${fileName}"`,
    },
    chunks: chunks(),
    closed: () => {},
  });
}

/** How many of the values that are set each format would carry. */
export async function countExportable(runtime: Runtime): Promise<Readonly<Record<PolicyFormat, number>>> {
  const values = ofTenant(await readTenantValues(runtime.db));
  const counts = Object.keys(policyFormats).map((format) => [
    format,
    exportable(format as PolicyFormat, values).length,
  ]);
  return Object.fromEntries(counts) as Record<PolicyFormat, number>;
}
