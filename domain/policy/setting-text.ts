import { signalRules } from './signal-rules.ts';

/** What the text of a setting has to be. Empty always means the same as not configured. */
export const textKinds = {
  'first-unlock-factors': 'PIN, fingerprint and face by their provider GUIDs, with commas between them.',
  'second-unlock-factors': 'Trusted signal, PIN, fingerprint and face by their provider GUIDs, with commas.',
  providers: 'GUIDs of credential providers in braces, with commas between them.',
  'unlock-signals': 'Rules in XML on one line, <rule schemaVersion="1.0">, with commas between them.',
  'lock-signals': 'Rules in XML on one line: bluetooth signals of the scenario Dynamic Lock.',
  domains: 'Domain names with semicolons between them.',
  domain: 'One domain name.',
} as const;
export type TextKind = keyof typeof textKinds;

/** Longer than any list that people write by hand. */
export const TEXT_MAX = 4000;

/** The credential providers that unlock factors are made of. */
export const unlockProviders = {
  pin: '{D6886603-9D2F-4EB2-B667-1971041FA96B}',
  fingerprint: '{BEC09223-B018-416D-A0AC-523971B639F5}',
  face: '{8AF662BF-65A0-4D0A-A540-A338A999D36F}',
  trustedSignal: '{27FBDB57-B613-4AF2-9D7E-4FA7A66C21AD}',
} as const;
const gestures: readonly string[] = [unlockProviders.pin, unlockProviders.fingerprint, unlockProviders.face];

const GUID = /^\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}$/;
/** A host name (RFC 1123 2.1) of at least two labels. */
const DOMAIN = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/** The GUIDs of a list, in upper case; empty for an empty text. */
export function providersOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(',').map((part) => part.trim().toUpperCase());
}

function isProviders(text: string, allowed: readonly string[] | null): boolean {
  const list = providersOf(text);
  const known = (guid: string) => (allowed === null ? GUID.test(guid) : allowed.includes(guid));
  return list.every(known) && new Set(list).size === list.length;
}

const kinds: Readonly<Record<TextKind, (text: string) => boolean>> = {
  'first-unlock-factors': (text) => isProviders(text, gestures),
  'second-unlock-factors': (text) => isProviders(text, [...gestures, unlockProviders.trustedSignal]),
  providers: (text) => isProviders(text, null),
  'unlock-signals': (text) => signalRules(text, 'Authentication') !== null,
  'lock-signals': (text) =>
    signalRules(text, 'Dynamic Lock')
      ?.flat()
      .every(({ type }) => type === 'bluetooth') === true,
  domains: (text) => text.split(';').every((name) => DOMAIN.test(name)),
  domain: (text) => DOMAIN.test(text),
};

/** Whether a text is one that a setting of this kind may have. */
export function isSettingText(kind: TextKind, text: string): boolean {
  if (text === '') return true;
  // One line, and no characters that an XML or a registry file could not carry.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  if (text.length > TEXT_MAX || /[\u0000-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]/.test(text))
    return false;
  return kinds[kind](text);
}
