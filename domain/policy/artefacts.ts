import { z } from 'zod';
import { encodeCustomProfile } from './custom-profile.ts';
import { encodeRegFile } from './reg-file.ts';
import { dwordBytes, type RegistryValue, registryText, registryTypes } from './registry.ts';
import { encodeRegistryPol } from './registry-pol.ts';
import { parseSetting, policySettings, type Setting, type SettingName, settingNames } from './settings.ts';
import { type PolicyDocument, type SourceKind, sourceKinds } from './source.ts';
import { encodeSyncml, escapeXml, type OmaValue } from './syncml.ts';
import { isTakenByDeviceLock, omaUri, type PolicyHome, windowsNumber } from './windows.ts';

/** The artefacts that Windows and its management take, in the order that they are offered. */
export const policyFormats = {
  intune: {
    title: 'Intune custom profile',
    about: 'JSON for Microsoft Graph: a windows10CustomConfiguration with one OMA-URI for each setting.',
    extension: 'json',
    mediaType: 'application/json',
    hasTenant: true,
  },
  syncml: {
    title: 'SyncML',
    about: 'What an MDM server sends to a device: Replace commands for its policy nodes, all or none.',
    extension: 'xml',
    mediaType: 'application/xml; charset=utf-8',
    hasTenant: true,
  },
  reg: {
    title: 'Registry file (.reg)',
    about: 'What group policy would write, for regedit on one computer.',
    extension: 'reg',
    mediaType: 'application/octet-stream',
    hasTenant: false,
  },
  pol: {
    title: 'Group policy (Registry.pol)',
    about:
      'One half of a group policy object: the computer’s for its Machine folder in SYSVOL, people’s for its User folder.',
    extension: 'pol',
    mediaType: 'application/octet-stream',
    hasTenant: false,
  },
} as const;
export type PolicyFormat = keyof typeof policyFormats;
export const policyFormatNames = Object.keys(policyFormats) as PolicyFormat[];

/** What `GET /api/policy/export` takes. */
export const policyExportQuery = z.strictObject({
  format: z.enum(policyFormatNames as [PolicyFormat, ...PolicyFormat[]]),
  /** The tenant whose nodes are written, as a GUID without braces; this organisation's own ID where it is missing. */
  tenantId: z.guid().optional(),
  /** A policy source; what the organisation itself has set where it is missing. */
  source: z.uuid().optional(),
  /** Which document of the source: what is published where it is missing. */
  state: z.enum(['published', 'draft']).optional(),
  /** The values for devices or those for people; where it is missing every value that one file of this format can hold. */
  scope: z.enum(['device', 'user']).optional(),
});

/** A setting and the text that is stored for it. */
export interface PolicyText {
  readonly name: SettingName;
  readonly text: string;
  /** Devices where it is missing. */
  readonly scope?: PolicyHome;
}

/** The values of a source as artefacts carry them. */
export function textsOf({ values }: Pick<PolicyDocument, 'values'>, kind: SourceKind): readonly PolicyText[] {
  const isLock = sourceKinds[kind].channel === 'device_lock';
  return values.map(({ scope, name, value }) => ({
    scope: isLock ? 'device_lock' : scope,
    name,
    text: value,
  }));
}

/** Whether a format can carry a setting for devices or for people: no place is made up that Windows would not read. */
export function carries(format: PolicyFormat, name: SettingName, scope: PolicyHome = 'device'): boolean {
  const { windows }: Setting = policySettings[name];
  if (windows === undefined) return false;
  if (scope === 'device_lock')
    return windows.deviceLock !== undefined && (format === 'intune' || format === 'syncml');
  if (format === 'intune' || format === 'syncml') return windows.csp?.scopes.includes(scope) ?? false;
  if (windows.registry === undefined) return false;
  if (format === 'pol' && windows.policy?.admx === undefined) return false;
  return scope === 'device' || (windows.policy?.scopes.includes(scope) ?? false);
}

/** Whether one file of a format says for which scope each value is; a Registry.pol does not, the folder it lies in does. */
export function holdsBothScopes(format: PolicyFormat): boolean {
  return format !== 'pol';
}

/** The value of a setting as a node takes it. */
function omaValue(name: SettingName, text: string): boolean | number | string | null {
  const { windows, type }: Setting = policySettings[name];
  const value = parseSetting(name, text);
  if (windows?.csp === undefined || value === null || typeof value === 'object') return null;
  const { format } = windows.csp;
  if (typeof format === 'object')
    return `<enabled/><data id="${format.admxData}" value="${escapeXml(String(value))}"/>`;
  if (type === 'text' || (format === 'bool' && typeof value === 'boolean')) return value;
  return windowsNumber(windows, value);
}

function registryValue({ name, text, scope = 'device' }: PolicyText): RegistryValue | null {
  const { windows }: Setting = policySettings[name];
  const value = parseSetting(name, text);
  if (windows?.registry === undefined || value === null || typeof value === 'object') return null;
  const { key, value: valueName, type } = windows.registry;
  const number = windowsNumber(windows, value);
  const data = type === 'REG_SZ' ? registryText(String(value)) : number === null ? null : dwordBytes(number);
  if (data === null) return null;
  const at = name;
  return {
    kind: 'value',
    hive: scope === 'user' ? 'HKEY_CURRENT_USER' : 'HKEY_LOCAL_MACHINE',
    key,
    name: valueName,
    type: registryTypes[type],
    data,
    at,
  };
}

/** What is exported: the values that a format can carry, in the order of the table; an empty text is as not configured. */
export function exportable(format: PolicyFormat, values: readonly PolicyText[]): readonly PolicyText[] {
  return settingNames.flatMap((name) =>
    (['device', 'user', 'device_lock'] as const).flatMap((scope) => {
      const found = values.find((value) => value.name === name && (value.scope ?? 'device') === scope);
      return found !== undefined && hasPlace(format, found) ? [found] : [];
    }),
  );
}

function hasPlace(format: PolicyFormat, { name, text, scope }: PolicyText): boolean {
  if (text === '' || !carries(format, name, scope)) return false;
  if (scope !== 'device_lock') return true;
  const { windows }: Setting = policySettings[name];
  return isTakenByDeviceLock(windows, Number(text));
}

export interface Organisation {
  /** Of the organisation, or of a source of it: it names the profile. */
  readonly name: string;
  /** A GUID without braces. */
  readonly tenantId: string;
}

/** The bytes of an artefact for these values. It never carries a value that its table row gives no place in the format. */
export function encodePolicy(
  format: PolicyFormat,
  values: readonly PolicyText[],
  { name: organisation, tenantId }: Organisation,
): Uint8Array {
  const exported = exportable(format, values);
  if (format === 'reg' || format === 'pol') {
    const entries = exported.flatMap((value) => registryValue(value) ?? []);
    return format === 'reg' ? encodeRegFile(entries) : encodeRegistryPol(entries);
  }
  const nodes = exported.flatMap(({ name, text, scope = 'device' }): OmaValue[] => {
    const { windows, title, explanation }: Setting = policySettings[name];
    const uri = windows === undefined ? null : omaUri(windows, scope, tenantId);
    const value = omaValue(name, text);
    return uri === null || value === null ? [] : [{ title, explanation, uri, value }];
  });
  const text =
    format === 'syncml'
      ? encodeSyncml(nodes)
      : encodeCustomProfile(`Windows Hello for Business, ${organisation}`, nodes);
  return new TextEncoder().encode(text);
}
