import { Clock, Layers, ListChecks, MonitorCog, RotateCcwKey, Waves } from 'lucide-react';
import type { Metadata, Route } from 'next';
import { mayAdminister } from '#domain/identity';
import { isForEnrollment } from '#domain/policy/assignment';
import type { SourceRef } from '#domain/policy/resolve';
import { textKinds } from '#domain/policy/setting-text';
import {
  isSetTogether,
  policySettings,
  type SettingGroup,
  type SettingName,
  type Setting as SettingRow,
  settingGroups,
  settingNames,
  settingText,
} from '#domain/policy/settings';
import { type GroupSummary, listGroups } from '#server/group';
import { administratorPage } from '#server/page';
import { readPolicy } from '#server/policy';
import { AdminPage } from '#ui/admin-page';
import { Badge } from '#ui/badge';
import { ButtonLink } from '#ui/button';
import { Card, Section } from '#ui/card';
import { FilterChips } from '#ui/chip';
import { EmptyState } from '#ui/empty-state';
import { Notice } from '#ui/notice';
import { SearchForm } from '#ui/search-form';
import { Term } from '#ui/term';
import { saveSetting } from './actions.ts';
import { GovernsBadge } from './governs-badge.tsx';
import { GroupChips, GroupsForm } from './groups-form.tsx';
import { SettingForm } from './setting-form.tsx';
import { WindowsDetails } from './windows-details.tsx';
import { type Value, valueWords } from './words.ts';

export const metadata: Metadata = { title: 'Policy' };

type Filter = { readonly q?: string; readonly show?: string };

const shows = {
  all: { label: 'All', takes: () => true },
  set: { label: 'Set here', takes: (_setting: SettingRow, byTenant: boolean) => byTenant },
  here: { label: 'Enforced here', takes: (setting: SettingRow) => setting.governs === undefined },
  windows: { label: 'For Windows only', takes: (setting: SettingRow) => setting.governs === 'windows' },
} as const;
type Show = keyof typeof shows;

const one = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);

/** Everything that an administrator may know a setting by. */
function searched(name: SettingName): string {
  const { title, explanation, origin, windows }: SettingRow = policySettings[name];
  const { csp, policy, registry } = windows ?? {};
  return [
    name,
    title,
    explanation,
    origin,
    csp?.uri,
    policy?.name,
    policy?.admx?.policy,
    registry?.key,
    registry?.value,
  ]
    .join('\n')
    .toLowerCase();
}

function addressOf({ q, show }: Filter): Route {
  const query = new URLSearchParams();
  if (q) query.set('q', q);
  if (show && show !== 'all') query.set('show', show);
  const text = query.toString();
  return `/admin/policy${text === '' ? '' : `?${text}`}` as Route;
}

export default async function PolicyPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { runtime, caller } = await administratorPage();
  const [policy, groups, params] = await Promise.all([
    readPolicy(runtime.db),
    listGroups(runtime),
    searchParams,
  ]);
  const q = one(params.q)?.trim().slice(0, 100) ?? '';
  const asked = one(params.show) ?? 'all';
  const show: Show = Object.hasOwn(shows, asked) ? (asked as Show) : 'all';
  const words = q.toLowerCase().split(/\s+/);
  const found = settingNames.filter((name) => words.every((word) => searched(name).includes(word)));
  const takes = (each: Show) => (name: SettingName) =>
    shows[each].takes(policySettings[name], policy(name).source !== null);
  const listed = found.filter(takes(show));
  const manages = mayAdminister(caller.session.person.roles, 'manage_policy');
  const parts = (Object.keys(settingGroups) as SettingGroup[]).filter((part) =>
    listed.some((name) => policySettings[name].group === part),
  );
  return (
    <AdminPage
      title="Policy"
      purpose="The settings that govern setting up and signing in, those that are kept for Windows, and where each value comes from."
      action={
        <>
          <ButtonLink href={'/admin/policy/sources' as Route} icon={<Layers size={16} />}>
            Sources
          </ButtonLink>
          <ButtonLink href={'/admin/policy/resultant' as Route} icon={<ListChecks size={16} />}>
            Resultant policy
          </ButtonLink>
          <ButtonLink href={'/admin/policy/rollout' as Route} icon={<Waves size={16} />}>
            Roll-out
          </ButtonLink>
          <ButtonLink href={'/admin/policy/pin-reset-service' as Route} icon={<RotateCcwKey size={16} />}>
            PIN reset service
          </ButtonLink>
          <ButtonLink href={'/admin/policy/files' as Route} icon={<MonitorCog size={16} />}>
            Export and import
          </ButtonLink>
        </>
      }
      filters={
        <>
          <SearchForm
            action={'/admin/policy' as Route}
            label="Find a setting"
            placeholder="PIN, UsePassportForWork, Enabled"
            words={q}
            kept={{ show: show === 'all' ? undefined : show }}
          />
          <FilterChips
            label="Which settings"
            chips={(Object.keys(shows) as Show[]).map((each) => ({
              href: addressOf({ q, show: each }),
              label: shows[each].label,
              count: found.filter(takes(each)).length,
              current: each === show,
            }))}
          />
        </>
      }
    >
      {manages ? null : (
        <Notice tone="info" live="none" title="You can look, not change">
          Policy is changed by a Global Administrator.
        </Notice>
      )}
      {parts.length === 0 ? (
        <EmptyState
          title={q === '' ? 'Nothing is set here yet' : `No setting has “${q}” in it`}
          action={<ButtonLink href={addressOf({})}>Show all settings</ButtonLink>}
        >
          Settings are found by their title, their name in a CSP or in group policy, and their registry value.
        </EmptyState>
      ) : null}
      <div className="flex flex-col gap-10">
        {parts.map((part) => (
          <Section
            key={part}
            title={settingGroups[part].title}
            note={settingGroups[part].purpose}
            action={
              part === 'passwordless' ? (
                <ButtonLink href={'/admin/passwordless' as Route} size="small">
                  Open Passwordless
                </ButtonLink>
              ) : part === 'methods' || part === 'strengths' ? (
                <ButtonLink href={'/admin/methods' as Route} size="small">
                  Open Methods
                </ButtonLink>
              ) : part === 'key-rules' ? (
                <ButtonLink href={'/admin/key-rules' as Route} size="small">
                  Open Rules for keys
                </ButtonLink>
              ) : part === 'deployment' ? (
                <ButtonLink href={'/admin/deployment' as Route} size="small">
                  Open Deployment
                </ButtonLink>
              ) : null
            }
          >
            <Card flush>
              <ul className="divide-y divide-line">
                {listed
                  .filter((name) => policySettings[name].group === part)
                  .map((name) => (
                    <Setting
                      key={name}
                      name={name}
                      resolved={policy(name)}
                      groups={groups}
                      manages={manages && !isSetTogether(name)}
                    />
                  ))}
              </ul>
            </Card>
          </Section>
        ))}
      </div>
    </AdminPage>
  );
}

function Setting({
  name,
  resolved,
  groups,
  manages,
}: {
  name: SettingName;
  resolved: { readonly value: Value; readonly source: SourceRef | null };
  groups: readonly GroupSummary[];
  manages: boolean;
}) {
  const setting: SettingRow = policySettings[name];
  const { value } = resolved;
  const byTenant = resolved.source !== null;
  return (
    <li className="grid gap-x-10 gap-y-4 p-4 sm:p-6 lg:grid-cols-[minmax(0,1fr)_auto]">
      <div className="flex min-w-0 flex-col gap-2">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h3 className="text-16 font-semibold">{setting.title}</h3>
          <GovernsBadge setting={setting} />
          {isForEnrollment(name) ? (
            <Badge icon={<Clock size={12} />}>
              <Term explains="What is set here reaches a device once, when it is enrolled. A later change reaches devices that are enrolled after it; for the others, use a source.">
                At enrolment
              </Term>
            </Badge>
          ) : null}
        </div>
        <p className="max-w-line text-14 text-ink-soft">{setting.explanation}</p>
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-12 text-ink-soft">
          <code className="font-mono wrap-anywhere">{name}</code>
          <span className="wrap-anywhere">{setting.origin}</span>
        </p>
        <WindowsDetails setting={setting} title={setting.title} />
      </div>
      <div className="flex min-w-0 flex-col gap-3 lg:w-72">
        <div className="flex flex-wrap items-center gap-2 text-14">
          <span className="text-ink-soft">Now</span>
          {setting.type === 'groups' ? (
            <GroupChips chosen={value as readonly string[]} groups={groups} />
          ) : (
            <span
              className={
                setting.type === 'text' || setting.type === 'aaguids'
                  ? 'line-clamp-3 min-w-0 font-mono text-12 wrap-anywhere'
                  : 'figures text-20 font-semibold'
              }
            >
              {valueWords(setting, value)}
            </span>
          )}
          <Badge tone={byTenant ? 'accent' : 'neutral'}>
            <Term
              explains={
                byTenant
                  ? 'An administrator set it for everybody. Back to default removes that value.'
                  : 'Nobody set it: the value that the product comes with applies. It is not exported.'
              }
            >
              {byTenant ? 'Set for the tenant' : 'Built-in default'}
            </Term>
          </Badge>
        </div>
        {!manages || setting.type === 'aaguids' ? null : setting.type === 'groups' ? (
          <GroupsForm
            name={name}
            title={setting.title}
            explanation={setting.explanation}
            chosen={value as readonly string[]}
            groups={groups}
            everyone={setting.everyone}
            byTenant={byTenant}
            fallback={valueWords(setting, setting.default)}
            save={saveSetting}
          />
        ) : (
          <SettingForm
            name={name}
            title={setting.title}
            value={settingText(value)}
            byTenant={byTenant}
            fallback={valueWords(setting, setting.default)}
            range={
              setting.type === 'integer' ? { minimum: setting.minimum, maximum: setting.maximum } : undefined
            }
            choices={
              setting.type === 'choice'
                ? setting.choices.map((choice) => ({
                    value: choice,
                    label: setting.labels?.[choice] ?? choice,
                  }))
                : undefined
            }
            text={
              setting.type === 'text'
                ? { hint: textKinds[setting.kind], maximumLength: setting.maximumLength }
                : undefined
            }
            told={
              isForEnrollment(name)
                ? 'Saved. Devices that are enrolled from now on get it.'
                : 'Saved. It applies from now on.'
            }
            save={saveSetting}
          />
        )}
      </div>
    </li>
  );
}
