import { z } from 'zod';
import { type Parsed, unreadable } from './registry.ts';
import type { OmaValue } from './syncml.ts';

// Microsoft Graph, windows10CustomConfiguration with omaSettings (v1.0).

const PROFILE = '#microsoft.graph.windows10CustomConfiguration';
const types = {
  boolean: '#microsoft.graph.omaSettingBoolean',
  number: '#microsoft.graph.omaSettingInteger',
  string: '#microsoft.graph.omaSettingString',
} as const;

/** An Intune custom profile, as `POST /deviceManagement/deviceConfigurations` takes it. */
export function encodeCustomProfile(name: string, values: readonly OmaValue[]): string {
  const profile = {
    '@odata.type': PROFILE,
    displayName: name,
    description: 'Exported from Latchkey',
    omaSettings: values.map(({ title, explanation, uri, value }) => ({
      '@odata.type': types[typeof value as keyof typeof types],
      displayName: title,
      description: explanation,
      omaUri: uri,
      value,
    })),
  };
  return `${JSON.stringify(profile, null, 2)}\n`;
}

const URI_MAX = 2000;
const SETTINGS_MAX = 2000;
const profileForm = z.looseObject({
  '@odata.type': z.literal(PROFILE),
  omaSettings: z
    .array(
      z.looseObject({
        '@odata.type': z.string().max(200),
        omaUri: z.string().max(URI_MAX),
        value: z.unknown(),
      }),
    )
    .max(SETTINGS_MAX),
});

/** One setting of a profile, as it stands there; `value` is null where its type and its value do not fit each other. */
export interface OmaEntry {
  readonly uri: string;
  readonly value: boolean | number | string | null;
  readonly at: string;
}

const values: Readonly<Record<string, z.ZodType<boolean | number | string>>> = {
  [types.boolean]: z.boolean(),
  [types.number]: z.int(),
  [types.string]: z.string(),
};

/** Reads a custom profile in JSON, in UTF-8 with or without a byte order mark. */
export function parseCustomProfile(bytes: Uint8Array): Parsed<readonly OmaEntry[]> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return unreadable('the file', 'it is not JSON in UTF-8');
  }
  const profile = profileForm.safeParse(json);
  if (!profile.success) {
    const path = profile.error.issues[0]?.path.join('.') ?? '';
    const why = path.startsWith('omaSettings') ? 'it is no OMA setting' : `it is no ${PROFILE}`;
    return unreadable(path === '' ? 'the file' : path, why);
  }
  return {
    ok: true,
    value: profile.data.omaSettings.map((setting, at) => {
      const read = values[setting['@odata.type']]?.safeParse(setting.value);
      return {
        uri: setting.omaUri,
        value: read?.success === true ? read.data : null,
        at: `omaSettings.${at}`,
      };
    }),
  };
}
