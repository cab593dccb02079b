import { z } from 'zod';
import { fromBase64Url } from '../base64url.ts';
import { type OmaEntry, parseCustomProfile } from './custom-profile.ts';
import { parseRegFile } from './reg-file.ts';
import {
  dwordOf,
  hives,
  type Parsed,
  type RegistryEntry,
  type RegistryRemoval,
  type RegistryValue,
  registryTypes,
  textOf,
} from './registry.ts';
import { POL_SIGNATURE, parseRegistryPol } from './registry-pol.ts';
import {
  isSetTogether,
  parseSetting,
  policySettings,
  type Setting,
  type SettingName,
  settingNames,
} from './settings.ts';
import { type SourceKind, sourceKinds } from './source.ts';
import { fromWindowsNumber, isTakenByDeviceLock, type PolicyScope, type WindowsFacts } from './windows.ts';

/** More than any policy has: a Registry.pol of a whole security baseline is a tenth of it. */
export const IMPORT_MAX_BYTES = 512 * 1024;
/** The same as base64url, and the little around it. */
export const IMPORT_MAX_BODY_BYTES = Math.ceil((IMPORT_MAX_BYTES * 4) / 3) + 1024;

/** As many lines of what is ignored or refused are told one by one; the rest is only counted. */
export const REPORT_LINES_MAX = 100;
/** Characters of the name of a place in a report. */
const WHAT_MAX = 400;

/** The formats that are read. */
export type ImportFormat = 'reg' | 'pol' | 'intune';

/** What `POST /api/policy/import` takes. */
export const policyImportRequest = z.strictObject({
  /** The file, base64url. Its format is seen by its first bytes. */
  file: z
    .string()
    .max(Math.ceil((IMPORT_MAX_BYTES * 4) / 3) + 4)
    .transform((text, context): Uint8Array => {
      const bytes = fromBase64Url(text);
      if (bytes !== null) return bytes;
      context.addIssue({ code: 'custom', message: 'not base64url' });
      return z.NEVER;
    }),
  /** Says what would be done, and does nothing. */
  dryRun: z.boolean(),
  /** Does what was understood although something of ours was refused. */
  leaveOutRefused: z.boolean().default(false),
  /** Says yes to what would keep every Global Administrator from setting up a key. */
  confirmed: z.boolean().optional(),
  /** The version of policy that a dry run answered: a change that came between is not overwritten. */
  policyVersion: z.int().min(0).optional(),
  /** A policy source, whose draft takes the values; the organisation itself where it is missing. */
  source: z.uuid().optional(),
  /** The revision of that source's draft that a dry run answered: a change that came between is not overwritten. */
  revision: z.int().min(0).optional(),
  /** For a source: which half of a group policy object a Registry.pol is, which the file does not say; else the computer's. */
  scope: z.enum(['device', 'user']).optional(),
});

/** What a door says of an import, done or tried. */
export const policyImportAnswer = z.object({
  format: z.enum(['reg', 'pol', 'intune']),
  understood: z.array(
    z.object({
      name: z.enum(settingNames as [SettingName, ...SettingName[]]),
      scope: z.enum(['device', 'user']),
      title: z.string(),
      /** null takes the value away. */
      value: z.string().nullable(),
      /** What the organisation has set, or the source says; null where there is nothing. */
      before: z.string().nullable(),
      at: z.string(),
    }),
  ),
  /** The first of them; long names are cut. */
  ignored: z.array(z.object({ what: z.string(), at: z.string() })),
  ignoredTotal: z.int(),
  /** The first of them; long names are cut. */
  refused: z.array(
    z.object({
      name: z.enum(settingNames as [SettingName, ...SettingName[]]),
      what: z.string(),
      at: z.string(),
      reason: z.enum([
        'bad_value',
        'wrong_type',
        'user_scope',
        'set_together',
        'contradicts_itself',
        'not_in_this_kind',
        'one_person',
      ]),
    }),
  ),
  refusedTotal: z.int(),
  /** How many values are not what they were. */
  changed: z.int(),
  applied: z.boolean(),
  /** What of the result would contradict what, in a sentence; it is then not applied. */
  contradiction: z.string().nullable(),
  policyVersion: z.int(),
  /** Of the source's draft; null where the organisation was meant. */
  revision: z.int().nullable(),
});

export const importRefusals = {
  bad_value: 'This setting cannot have that value.',
  wrong_type: 'The value has another type than this setting takes.',
  user_scope: 'This is for single users; a value of the organisation is for every device.',
  set_together: 'This setting is changed together with others, on a page of its own.',
  contradicts_itself: 'The file gives this setting two different values.',
  not_in_this_kind: 'A source of this kind has no such setting for this scope.',
  one_person: 'This is for one account on one computer; a source is for groups.',
} as const;
export type ImportRefusal = keyof typeof importRefusals;

/** What an artefact says about our settings. */
export interface ImportReading {
  readonly format: ImportFormat;
  /** Each setting once; null takes the value away. */
  readonly understood: {
    readonly name: SettingName;
    readonly scope: PolicyScope;
    readonly value: string | null;
    readonly at: string;
  }[];
  /** What is not ours: the first `REPORT_LINES_MAX`, and how many there are. */
  readonly ignored: { readonly what: string; readonly at: string }[];
  readonly ignoredTotal: number;
  /** What is ours and cannot be taken: the same of that. */
  readonly refused: {
    readonly name: SettingName;
    readonly what: string;
    readonly at: string;
    readonly reason: ImportRefusal;
  }[];
  readonly refusedTotal: number;
}

/** One thing that a file says, before it is known whether it is ours. */
interface Statement {
  readonly what: string;
  readonly at: string;
  /** The settings that it is about; none where it is not ours. */
  readonly names: readonly SettingName[];
  readonly scope: PolicyScope | 'one_person';
  readonly value: string | null | ImportRefusal | { readonly text: string };
  /** It is a node of DeviceLock. */
  readonly isLock?: boolean;
}

/** What takes the values of a file: why it cannot take a setting for a scope, or null where it can. */
type Taker = (name: SettingName, scope: PolicyScope, isLock: boolean) => ImportRefusal | null;

const organisation: Taker = (name, scope) =>
  scope === 'user' ? 'user_scope' : isSetTogether(name) ? 'set_together' : null;
const sourceOf =
  (kind: SourceKind): Taker =>
  (name, scope, isLock) =>
    // What a file says of Windows Hello is nothing that a DeviceLock policy says, nor the other way round.
    (sourceKinds[kind].channel === 'device_lock') === isLock && sourceKinds[kind].takes(name, scope)
      ? null
      : 'not_in_this_kind';

const windowsOf = (name: SettingName): WindowsFacts | undefined => (policySettings[name] as Setting).windows;
const typeOf = (name: SettingName): string => policySettings[name].type;
const same = (one: string, other: string) => one.toLowerCase() === other.toLowerCase();

/** The GUID of a tenant in a key or an address, with braces or without. */
const TENANT = '\\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\\}?';
const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Where a setting may stand in the registry: as group policy writes it, and as the CSP keeps what MDM sent. */
function registryPlaces(facts: WindowsFacts): readonly { readonly key: RegExp; readonly name: string }[] {
  const written =
    facts.registry === undefined
      ? []
      : [{ key: new RegExp(`^${escaped(facts.registry.key)}$`, 'i'), name: facts.registry.value }];
  const node = /^\/Vendor\/MSFT\/PassportForWork\/(\{TenantId\}\/Policies\/)?(.+)$/.exec(
    facts.csp?.uri ?? '',
  );
  if (node === null) return written;
  const path = (node[2] ?? '').split('/');
  const name = path.pop() ?? '';
  const root = 'SOFTWARE\\\\Microsoft\\\\Policies\\\\PassportForWork';
  const base = node[1] === undefined ? root : `${root}\\\\${TENANT}\\\\Device\\\\Policies`;
  const below = path.map((part) => `\\\\${escaped(part)}`).join('');
  return [...written, { key: new RegExp(`^${base}${below}$`, 'i'), name }];
}

const places = settingNames.flatMap((setting) => {
  const facts = windowsOf(setting);
  return facts === undefined ? [] : registryPlaces(facts).map((place) => ({ setting, ...place }));
});

/** For whom a root of the registry is; below HKEY_USERS each key belongs to one account. */
function scopeOf(hive: string): Statement['scope'] | null {
  if (hive === 'HKEY_USERS') return 'one_person';
  return Object.hasOwn(hives, hive) ? hives[hive as keyof typeof hives] : null;
}

function registryStatement(entry: RegistryValue): Statement {
  const what = `${entry.hive}\\${entry.key}\\${entry.name}`;
  const scope = scopeOf(entry.hive) ?? 'device';
  // Below HKEY_USERS a key begins with the account's SID.
  const inside = scope === 'one_person' ? entry.key.replace(/^[^\\]+\\/, '') : entry.key;
  const found = places.find(({ key, name }) => key.test(inside) && same(name, entry.name));
  const line = { what, at: entry.at, scope };
  if (found === undefined || scopeOf(entry.hive) === null) return { ...line, names: [], value: null };
  const names = [found.setting];
  const facts = windowsOf(found.setting);
  const isText = typeOf(found.setting) === 'text';
  const type = isText ? registryTypes.REG_SZ : registryTypes.REG_DWORD;
  if (entry.type !== type || facts === undefined) return { ...line, names, value: 'wrong_type' };
  if (isText) {
    const text = textOf(entry.data);
    return { ...line, names, value: text === null ? 'wrong_type' : { text } };
  }
  const number = dwordOf(entry.data);
  if (number === null) return { ...line, names, value: 'wrong_type' };
  const text = fromWindowsNumber(facts, typeOf(found.setting), number);
  return { ...line, names, value: text === null ? 'bad_value' : { text } };
}

/** What a removal takes away of ours. */
function removalStatement({ kind, hive, key, name, at }: RegistryRemoval): Statement {
  const what = name === '' ? `${hive}\\${key}` : `${hive}\\${key}\\${name}`;
  const above = `${key.toLowerCase()}\\`;
  const concerned = places.filter((place) => {
    if (kind === 'remove-value') return place.key.test(key) && same(place.name, name);
    if (kind === 'remove-values') return place.key.test(key);
    const written = `${windowsOf(place.setting)?.registry?.key ?? ''}\\`.toLowerCase();
    return place.key.test(key) || written.startsWith(above);
  });
  const scope = scopeOf(hive);
  const isOurs = (setting: SettingName) =>
    scope === 'device' || (scope === 'user' && windowsOf(setting)?.policy?.scopes.includes('user') === true);
  const names = [...new Set(concerned.map(({ setting }) => setting))].filter(isOurs);
  return { what: `${what} (removed)`, at, names, scope: scope ?? 'device', value: null };
}

const addresses = settingNames.flatMap((setting) => {
  const csp = windowsOf(setting)?.csp;
  return csp === undefined
    ? []
    : [csp.uri, ...(csp.formerUris ?? [])].map((uri) => ({
        setting,
        // `./Vendor` without a scope is the device's (OMA-DM addresses of the first versions).
        uri: new RegExp(
          `^\\./(?:(Device|User)/)?${escaped(uri.slice(1)).replace('\\{TenantId\\}', `(?:${TENANT}|\\{TenantId\\})`)}$`,
          'i',
        ),
      }));
});

const lockAddresses = settingNames.flatMap((setting) => {
  const uri = windowsOf(setting)?.deviceLock?.uri;
  return uri === undefined
    ? []
    : [{ setting, uri: new RegExp(`^\\./(?:Device/)?${escaped(uri.slice(1))}$`, 'i') }];
});

/** What a node of DeviceLock says; null where it is none that we have. */
function lockStatement({ uri, value, at }: OmaEntry): Statement | null {
  const found = lockAddresses.find((address) => address.uri.test(uri));
  if (found === undefined) return null;
  const line = { what: uri, at, names: [found.setting], scope: 'device', isLock: true } as const;
  if (typeof value !== 'number') return { ...line, value: 'wrong_type' };
  const isTaken = isTakenByDeviceLock(windowsOf(found.setting), value);
  return { ...line, value: isTaken ? { text: String(value) } : 'bad_value' };
}

/** The value inside `<enabled/><data id="..." value="..."/>`; a policy that is disabled has none. */
function admxValue(text: string, id: string): string | null {
  if (/^\s*<disabled\s*\/>\s*$/.test(text)) return '';
  const data = /^\s*<enabled\s*\/>\s*<data\s+id="([^"<]*)"\s+value="([^"<]*)"\s*\/>\s*$/.exec(text);
  if (data?.[1] !== id) return null;
  const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
  return (data[2] ?? '').replace(/&(amp|lt|gt|quot|apos);/g, (_, name) => entities[name] ?? '');
}

function omaStatement({ uri, value, at }: OmaEntry): Statement {
  const found = addresses.find((address) => address.uri.test(uri));
  const scope = found?.uri.exec(uri)?.[1]?.toLowerCase() === 'user' ? 'user' : 'device';
  const line = { what: uri, at, scope } as const;
  if (found === undefined) return { ...line, names: [], value: null };
  const facts = windowsOf(found.setting);
  // Windows has no such node for people: it is none of ours.
  if (scope === 'user' && facts?.csp?.scopes.includes('user') !== true)
    return { ...line, names: [], value: null };
  const names = [found.setting];
  const format = facts?.csp?.format;
  if (facts === undefined || format === undefined || value === null)
    return { ...line, names, value: 'wrong_type' };
  const wanted = { bool: 'boolean', int: 'number', chr: 'string' } as const;
  if (typeof value !== (typeof format === 'object' ? 'string' : wanted[format]))
    return { ...line, names, value: 'wrong_type' };
  const text =
    typeof format === 'object'
      ? admxValue(String(value), format.admxData)
      : typeof value === 'number'
        ? fromWindowsNumber(facts, typeOf(found.setting), value)
        : String(value);
  return { ...line, names, value: text === null ? 'bad_value' : { text } };
}

/** The lines that a report tells, with names of a length that can be read. A character is not cut in two. */
const told = <T extends { readonly what: string }>(lines: readonly T[]): T[] =>
  lines.slice(0, REPORT_LINES_MAX).map((line) => {
    if (line.what.length <= WHAT_MAX) return line;
    return { ...line, what: `${line.what.slice(0, WHAT_MAX).replace(/[\ud800-\udbff]$/, '')}…` };
  });

/** Why one thing that a file says of a setting cannot be taken, or null. */
function refusalOf(
  { scope, value, isLock = false }: Statement,
  name: SettingName,
  taker: Taker,
): ImportRefusal | null {
  const here = taker(name, scope === 'one_person' ? 'user' : scope, isLock);
  if (here !== null) return here;
  if (scope === 'one_person') return 'one_person';
  if (typeof value === 'string') return value as ImportRefusal;
  return value !== null && parseSetting(name, value.text) === null ? 'bad_value' : null;
}

/** Sorts what a file says into what is understood, ignored and refused. Later lines never win over earlier ones in silence. */
function sort(format: ImportFormat, statements: readonly Statement[], taker: Taker): ImportReading {
  const understood = new Map<string, ImportReading['understood'][number]>();
  const ignored: { what: string; at: string }[] = [];
  const refused: ImportReading['refused'] = [];
  const wrong = new Set<string>();
  for (const statement of statements) {
    const { what, at, names, value } = statement;
    if (names.length === 0) ignored.push({ what, at });
    for (const name of names) {
      const scope = statement.scope === 'device' ? 'device' : 'user';
      const key = `${scope} ${name}`;
      const text = value === null || typeof value === 'string' ? null : value.text;
      const before = understood.get(key);
      const reason =
        refusalOf(statement, name, taker) ??
        // To take away what stood there, and then to set it, is how policies are written: the value counts.
        (before === undefined || before.value === null || before.value === text
          ? null
          : 'contradicts_itself');
      if (reason !== null) {
        refused.push({ name, what, at, reason });
        wrong.add(key);
        // Taken for every device alone, a setting would not do what the file says.
        if (reason === 'user_scope') wrong.add(`device ${name}`);
      } else if (before === undefined || before.value === null)
        understood.set(key, { name, scope, value: text, at });
    }
  }
  return {
    format,
    understood: [...understood].flatMap(([key, each]) => (wrong.has(key) ? [] : [each])),
    ignored: told(ignored),
    ignoredTotal: ignored.length,
    refused: told(refused),
    refusedTotal: refused.length,
  };
}

const registryStatements = (entries: readonly RegistryEntry[]) =>
  entries.map((entry) => (entry.kind === 'value' ? registryStatement(entry) : removalStatement(entry)));

/** Which of the formats the first bytes of a file announce. */
function formatOf(bytes: Uint8Array): ImportFormat {
  const start = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length >= 4 && start.getUint32(0, true) === POL_SIGNATURE) return 'pol';
  const first = bytes.find((byte) => ![0xef, 0xbb, 0xbf, 0x20, 0x09, 0x0a, 0x0d].includes(byte));
  return first === 0x7b ? 'intune' : 'reg';
}

/** A source that takes a file, and the half of a group policy object that a Registry.pol then is. */
export interface ImportSource {
  readonly kind: SourceKind;
  readonly scope: PolicyScope;
}

/**
 * Reads an artefact of Windows' management and says what of it is ours: for the organisation, or for a source. Nothing else
 * than the bytes decides.
 */
export function readArtefact(bytes: Uint8Array, source: ImportSource | null = null): Parsed<ImportReading> {
  const format = formatOf(bytes);
  const taker = source === null ? organisation : sourceOf(source.kind);
  if (format === 'intune') {
    const parsed = parseCustomProfile(bytes);
    if (!parsed.ok) return parsed;
    // To anything but a policy of DeviceLock its nodes are none of ours.
    const isLock = source !== null && sourceKinds[source.kind].channel === 'device_lock';
    const said = (entry: OmaEntry) => (isLock ? lockStatement(entry) : null) ?? omaStatement(entry);
    return { ok: true, value: sort(format, parsed.value.map(said), taker) };
  }
  const parsed = format === 'pol' ? parseRegistryPol(bytes) : parseRegFile(bytes);
  if (!parsed.ok) return parsed;
  const isUserHalf = format === 'pol' && source?.scope === 'user';
  const entries = isUserHalf
    ? parsed.value.map((entry) => ({ ...entry, hive: 'HKEY_CURRENT_USER' }))
    : parsed.value;
  return { ok: true, value: sort(format, registryStatements(entries), taker) };
}
