import type { Metadata, Route } from 'next';
import { aaguidLabel } from '#domain/attestation/aaguids';
import { mayAdminister } from '#domain/identity';
import {
  ALL_USERS,
  isSetTogether,
  policySettings,
  type SettingGroup,
  type SettingName,
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
import { Notice } from '#ui/notice';
import { Term } from '#ui/term';
import { saveSetting } from './actions.ts';
import { GroupChips, GroupsForm } from './groups-form.tsx';
import { SettingForm } from './setting-form.tsx';

export const metadata: Metadata = { title: 'Policy' };

type Value = boolean | number | string | readonly string[];

function words(value: Value, unit?: string): string {
  if (typeof value === 'object') return value.includes(ALL_USERS) ? 'Everybody' : 'Nobody';
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return unit === undefined ? String(value) : `${value} ${unit}`;
  return value ? 'On' : 'Off';
}

export default async function PolicyPage() {
  const { runtime, caller } = await administratorPage();
  const [policy, groups] = await Promise.all([readPolicy(runtime.db), listGroups(runtime)]);
  const manages = mayAdminister(caller.session.person.roles, 'manage_policy');
  const parts = Object.entries(settingGroups) as [SettingGroup, (typeof settingGroups)[SettingGroup]][];
  return (
    <AdminPage
      title="Policy"
      purpose="The settings that govern setting up and signing in, and where each value comes from."
    >
      {manages ? null : (
        <Notice tone="info" live="none" title="You can look, not change">
          Policy is changed by a Global Administrator.
        </Notice>
      )}
      <div className="flex flex-col gap-10">
        {parts.map(([part, { title, purpose }]) => (
          <Section
            key={part}
            title={title}
            note={purpose}
            action={
              part === 'passwordless' ? (
                <ButtonLink href={'/admin/passwordless' as Route} size="small">
                  Open Passwordless
                </ButtonLink>
              ) : part === 'key-rules' ? (
                <ButtonLink href={'/admin/key-rules' as Route} size="small">
                  Open Rules for keys
                </ButtonLink>
              ) : null
            }
          >
            <Card flush>
              <ul className="divide-y divide-line">
                {settingNames
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
  resolved: { readonly value: Value; readonly source: 'tenant' | 'default' };
  groups: readonly GroupSummary[];
  manages: boolean;
}) {
  const setting = policySettings[name];
  const { value } = resolved;
  const byTenant = resolved.source === 'tenant';
  const unit = 'unit' in setting ? setting.unit : undefined;
  return (
    <li className="grid gap-x-10 gap-y-4 p-4 sm:p-6 lg:grid-cols-[1fr_auto]">
      <div className="flex min-w-0 flex-col gap-2">
        <h3 className="text-16 font-semibold">{setting.title}</h3>
        <p className="max-w-line text-14 text-ink-soft">{setting.explanation}</p>
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-12 text-ink-soft">
          <code className="font-mono wrap-anywhere">{name}</code>
          <span className="wrap-anywhere">{setting.origin}</span>
        </p>
      </div>
      <div className="flex flex-col gap-3 lg:w-72">
        <div className="flex flex-wrap items-center gap-2 text-14">
          <span className="text-ink-soft">Now</span>
          {typeof value === 'object' && setting.type === 'aaguids' ? (
            <span className="text-14">{value.map(aaguidLabel).join(', ') || 'None named'}</span>
          ) : typeof value === 'object' ? (
            <GroupChips chosen={value} groups={groups} />
          ) : (
            <span className="figures text-20 font-semibold">{words(value, unit)}</span>
          )}
          <Badge tone={byTenant ? 'accent' : 'neutral'}>
            <Term
              explains={
                byTenant
                  ? 'An administrator set it for everybody. Back to default removes that value.'
                  : 'Nobody set it: the value that the product comes with applies.'
              }
            >
              {byTenant ? 'Set for the tenant' : 'Built-in default'}
            </Term>
          </Badge>
        </div>
        {!manages ? null : setting.type === 'groups' ? (
          <GroupsForm
            name={name}
            title={setting.title}
            explanation={setting.explanation}
            chosen={value as readonly string[]}
            groups={groups}
            everyone={setting.everyone}
            byTenant={byTenant}
            fallback={words(setting.default)}
            save={saveSetting}
          />
        ) : (
          <SettingForm
            name={name}
            title={setting.title}
            value={settingText(value)}
            byTenant={byTenant}
            fallback={words(setting.default, unit)}
            range={
              setting.type === 'integer' ? { minimum: setting.minimum, maximum: setting.maximum } : undefined
            }
            save={saveSetting}
          />
        )}
      </div>
    </li>
  );
}
