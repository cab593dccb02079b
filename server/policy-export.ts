import 'server-only';
import type { z } from 'zod';
import {
  encodePolicy,
  exportable,
  type PolicyFormat,
  type PolicyText,
  type policyExportQuery,
  policyFormats,
} from '#domain/policy/artefacts';
import { type SettingName, settingNames } from '#domain/policy/settings';
import { ok, type Result, refuse } from '#domain/result';
import type { SignedIn } from './caller.ts';
import type { Streamed } from './endpoint.ts';
import { record } from './event.ts';
import { readTenantValues } from './policy.ts';
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
 * What the organisation has set, as an artefact that Windows and its management take. Defaults are not written: what nobody
 * set is not configured. Refused where nothing that is set has a place in this format.
 */
export async function exportPolicy(
  runtime: Runtime,
  { actorId, ...where }: Exporter,
  { format, tenantId }: z.output<typeof policyExportQuery>,
): Promise<Result<PolicyArtefact>> {
  const organisation = await readTenant(runtime);
  return await runtime.db.$transaction(async (tx) => {
    const values = (await readTenantValues(tx)).flatMap(({ name, value }): PolicyText[] => {
      const known = settingNames.find((each) => each === name);
      return known !== undefined ? [{ name: known, text: value }] : [];
    });
    const settings = exportable(format, values).length;
    if (settings === 0) return refuse('nothing_to_export');
    const bytes = encodePolicy(format, values, {
      name: organisation.name,
      tenantId: (tenantId ?? organisation.id).toLowerCase(),
    });
    await record(tx, runtime, { code: 'policy_exported', actorId, ...where, detail: { format, settings } });
    return ok({ bytes, settings, ...fileOf(runtime, format) });
  });
}

function fileOf(runtime: Runtime, format: PolicyFormat): { fileName: string; mediaType: string } {
  const { extension, mediaType } = policyFormats[format];
  const day = runtime.clock.now().toISOString().slice(0, 10);
  return { fileName: `latchkey-policy-${day}.${extension}`, mediaType };
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
  const values = (await readTenantValues(runtime.db)).flatMap(({ name, value }) =>
    settingNames.includes(name as SettingName) ? [{ name: name as SettingName, text: value }] : [],
  );
  const counts = Object.keys(policyFormats).map((format) => [
    format,
    exportable(format as PolicyFormat, values).length,
  ]);
  return Object.fromEntries(counts) as Record<PolicyFormat, number>;
}
