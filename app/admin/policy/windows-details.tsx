import type { Setting } from '#domain/policy/settings';
import { omaUri, type PolicyScope } from '#domain/policy/windows';
import { Facts } from '#ui/facts';
import { allowedWords, valueWords } from './words.ts';

const scopeWords: Readonly<Record<PolicyScope, string>> = { device: 'Device', user: 'User' };
const halves: Readonly<Record<PolicyScope, string>> = {
  device: 'Computer Configuration',
  user: 'User Configuration',
};

/** What Windows calls a setting and where it keeps it; closed until somebody asks. */
export function WindowsDetails({ setting, title }: { setting: Setting; title: string }) {
  const { windows } = setting;
  const uris = (windows?.csp?.scopes ?? []).flatMap((scope) => {
    const uri = windows === undefined ? null : omaUri(windows, scope, '{TenantId}');
    return uri === null ? [] : [{ scope, uri }];
  });
  const policy = windows?.policy;
  const paths = (policy?.scopes ?? []).map((scope) => `${halves[scope]} > ${policy?.path} > ${policy?.name}`);
  const registry = windows?.registry;
  return (
    <details className="group text-14">
      <summary className="inline-flex min-h-8 cursor-pointer items-center rounded-inner text-accent-ink hover:underline pointer-coarse:min-h-11">
        {windows === undefined ? 'Default and range' : 'Default, range and names in Windows'}
        <span className="sr-only"> of {title}</span>
      </summary>
      <div className="pt-1">
        <Facts
          tight
          facts={[
            { term: 'Default', value: valueWords(setting, setting.default) },
            { term: 'Allowed', value: allowedWords(setting) },
            ...uris.map(({ scope, uri }) => ({
              term: uris.length > 1 ? `OMA-URI (${scopeWords[scope].toLowerCase()})` : 'OMA-URI',
              value: uri,
              mono: true,
              copy: uri,
            })),
            ...(windows !== undefined && uris.length === 0 ? [{ term: 'OMA-URI', value: 'None' }] : []),
            ...paths.map((path) => ({ term: 'Group policy', value: path, copy: path })),
            ...(windows !== undefined && paths.length === 0 ? [{ term: 'Group policy', value: 'None' }] : []),
            ...(policy?.admx
              ? [
                  {
                    term: 'ADMX',
                    value: [policy.admx.file, policy.admx.policy, policy.admx.element]
                      .filter((part) => part !== undefined)
                      .join(', '),
                    mono: true,
                  },
                ]
              : []),
            ...(registry === undefined
              ? []
              : [
                  {
                    term: 'Registry',
                    value: `HKLM\\${registry.key}\\${registry.value} (${registry.type})`,
                    mono: true,
                    copy: `HKLM\\${registry.key}\\${registry.value}`,
                  },
                ]),
            ...(windows === undefined
              ? []
              : [{ term: 'Since', value: windows.minimumOs ?? 'Not published' }]),
            ...(windows?.note === undefined ? [] : [{ term: 'To know', value: windows.note }]),
          ]}
        />
      </div>
    </details>
  );
}
