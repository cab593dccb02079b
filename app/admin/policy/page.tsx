import type { Metadata } from 'next';
import { mayAdminister } from '#domain/identity';
import { policySettings, type SettingName, settingNames } from '#domain/policy/settings';
import { administratorPage } from '#server/page';
import { readPolicy } from '#server/policy';
import { AdminPage } from '#ui/admin-page';
import { Badge } from '#ui/badge';
import { Card } from '#ui/card';
import { Notice } from '#ui/notice';
import { Term } from '#ui/term';
import { saveSetting } from './actions.ts';
import { SettingForm } from './setting-form.tsx';

export const metadata: Metadata = { title: 'Policy' };

function words(value: boolean | number): string {
  return typeof value === 'number' ? String(value) : value ? 'On' : 'Off';
}

export default async function PolicyPage() {
  const { runtime, caller } = await administratorPage();
  const policy = await readPolicy(runtime.db);
  const manages = mayAdminister(caller.session.person.roles, 'manage_policy');
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
      <Card flush>
        <ul className="divide-y divide-line">
          {settingNames.map((name) => (
            <Setting key={name} name={name} resolved={policy(name)} manages={manages} />
          ))}
        </ul>
      </Card>
    </AdminPage>
  );
}

function Setting({
  name,
  resolved,
  manages,
}: {
  name: SettingName;
  resolved: { readonly value: boolean | number; readonly source: 'tenant' | 'default' };
  manages: boolean;
}) {
  const setting = policySettings[name];
  const byTenant = resolved.source === 'tenant';
  return (
    <li className="grid gap-x-10 gap-y-4 p-4 sm:p-6 lg:grid-cols-[1fr_auto]">
      <div className="flex min-w-0 flex-col gap-2">
        <h2 className="text-16 font-semibold">{setting.title}</h2>
        <p className="max-w-line text-14 text-ink-soft">{setting.explanation}</p>
        <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-12 text-ink-soft">
          <code className="font-mono wrap-anywhere">{name}</code>
          <span>{setting.origin}</span>
        </p>
      </div>
      <div className="flex flex-col gap-3 lg:w-72">
        <p className="flex flex-wrap items-center gap-2 text-14">
          <span className="text-ink-soft">Now</span>
          <span className="figures text-20 font-semibold">{words(resolved.value)}</span>
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
        </p>
        {manages ? (
          <SettingForm
            name={name}
            title={setting.title}
            value={String(resolved.value)}
            byTenant={byTenant}
            fallback={words(setting.default)}
            range={
              setting.type === 'integer' ? { minimum: setting.minimum, maximum: setting.maximum } : undefined
            }
            save={saveSetting}
          />
        ) : null}
      </div>
    </li>
  );
}
