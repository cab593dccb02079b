import { aaguidLabel } from '#domain/attestation/aaguids';
import { textKinds } from '#domain/policy/setting-text';
import {
  ALL_USERS,
  parseSetting,
  policySettings,
  type Setting,
  type SettingName,
} from '#domain/policy/settings';

export type Value = boolean | number | string | readonly string[];

/** A value in words: On, 60 minutes, Everybody. */
export function valueWords(setting: Setting, value: Value): string {
  if (setting.type === 'aaguids')
    return (value as readonly string[]).map(aaguidLabel).join(', ') || 'None named';
  if (typeof value === 'object') return value.includes(ALL_USERS) ? 'Everybody' : 'Nobody';
  if (typeof value === 'boolean') return value ? 'On' : 'Off';
  if (typeof value === 'number')
    return setting.type === 'integer' && setting.unit !== undefined
      ? `${value} ${setting.unit}`
      : String(value);
  if (setting.type === 'choice') return setting.labels?.[value] ?? value;
  return value === '' ? 'Not configured' : value;
}

/** The same for a value as it is stored. */
export function textWords(name: SettingName, text: string): string {
  const value = parseSetting(name, text);
  return value === null ? text : valueWords(policySettings[name], value);
}

/** Which values a setting may have. */
export function allowedWords(setting: Setting): string {
  switch (setting.type) {
    case 'boolean':
      return 'On or off';
    case 'integer':
      return `${setting.minimum} to ${setting.maximum}${setting.unit === undefined ? '' : ` ${setting.unit}`}`;
    case 'choice':
      return setting.choices.map((choice) => setting.labels?.[choice] ?? choice).join(', ');
    case 'text':
      return textKinds[setting.kind];
    case 'groups':
      return setting.everyone ? 'Everybody, or groups' : 'Groups';
    case 'aaguids':
      return 'Authenticator models by their AAGUIDs';
  }
}
