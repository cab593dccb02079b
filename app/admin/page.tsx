import { Hourglass, KeyRound, MonitorX, ShieldAlert, Trash2 } from 'lucide-react';
import type { Metadata } from 'next';
import Link from 'next/link';
import type { ReactNode } from 'react';
import { PASSWORD_FREE_DAYS, RECENT_USE_DAYS, type RollOutStep, rollOut } from '#domain/adoption';
import { mayAdminister } from '#domain/identity';
import {
  countKeysByProtection,
  readAdoption,
  readAttention,
  readPasswordUse,
  readRecoveryWeeks,
  readSignInDays,
  rollOutFacts,
} from '#server/adoption';
import { administratorPage } from '#server/page';
import { countSampleData, type SampleData } from '#server/tenant';
import { AdminPage } from '#ui/admin-page';
import { Card, Section } from '#ui/card';
import { ColumnChart } from '#ui/column-chart';
import { EmptyState } from '#ui/empty-state';
import { Funnel } from '#ui/funnel';
import { LineChart } from '#ui/line-chart';
import { Notice } from '#ui/notice';
import { Sparkline } from '#ui/sparkline';
import { StackedBar } from '#ui/stacked-bar';
import { StatTile } from '#ui/stat-tile';
import { StepCards } from '#ui/step-cards';
import { Term } from '#ui/term';
import { Time } from '#ui/time';
import { removeSample } from './actions.ts';
import { address } from './address.ts';
import { Act, Outcomes } from './outcomes.tsx';
import { counted } from './words.ts';

export const metadata: Metadata = { title: 'Overview' };

const CHART_DAYS = 60;
const SPARK_DAYS = 14;
const RECOVERY_WEEKS = 8;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

export default async function OverviewPage() {
  const { runtime, caller } = await administratorPage();
  const [adoption, used, keys, days, weeks, attention, sample] = await Promise.all([
    readAdoption(runtime),
    readPasswordUse(runtime),
    countKeysByProtection(runtime),
    readSignInDays(runtime, CHART_DAYS),
    readRecoveryWeeks(runtime, RECOVERY_WEEKS),
    readAttention(runtime),
    countSampleData(runtime),
  ]);
  const steps = rollOut(await rollOutFacts(runtime, adoption, used));
  const mayRemove = mayAdminister(caller.session.person.roles, 'manage_sample_data');
  const people = (standing: string) => address('/admin/people', { standing });
  return (
    <AdminPage title="Overview" purpose="How far the roll-out is, and what wants a decision.">
      <Outcomes>
        {sample.people + sample.peopleKept + sample.events > 0 ? (
          <SampleNotice sample={sample} mayRemove={mayRemove} />
        ) : null}
        <Section title={whereabouts(steps)} note={<Strategy />}>
          <StepCards steps={steps.map((step) => ({ ...step, vision: step.number === 4 }))} />
        </Section>
        <div className="grid gap-4 sm:grid-cols-2 xl:grid-cols-4">
          <StatTile
            label="People who are ready"
            value={adoption.withHello}
            unit={`of ${adoption.people}`}
            detail="have a Hello key that can sign in now"
            href={people('ready')}
          />
          <StatTile
            label="Passes open"
            value={adoption.passesOpen}
            detail="Temporary Access Passes that can be used now"
            href={people('pass_open')}
          />
          <StatTile
            label="Keys quarantined"
            value={adoption.keysQuarantined}
            detail={
              adoption.keysQuarantined === 0
                ? 'no counter went back'
                : 'a counter went back: a copy may exist'
            }
            href={people('quarantined')}
          />
          <StatTile
            label="Failed sign-ins"
            value={adoption.failedSignIns}
            unit="in 24 hours"
            detail="the last 14 days"
            href={address('/admin/events', { kind: 'sign-ins', outcome: 'failure', from: '-24h' })}
          >
            <Sparkline
              values={days.slice(-SPARK_DAYS).map(({ failed }) => failed)}
              label={`Failed sign-ins a day: ${days
                .slice(-SPARK_DAYS)
                .map(({ failed }) => failed)
                .join(', ')}`}
            />
          </StatTile>
        </div>
        <div className="grid gap-6 xl:grid-cols-2">
          <Card>
            <Funnel
              title="How far people have come"
              unit="people"
              stages={[
                {
                  key: 'people',
                  label: 'Targeted: enabled, in the directory',
                  value: adoption.people,
                  href: address('/admin/people'),
                },
                {
                  key: 'device',
                  label: 'Registered a device',
                  value: adoption.withDevice,
                  href: address('/admin/devices'),
                },
                {
                  key: 'hello',
                  label: 'Have a Windows Hello key',
                  value: adoption.withHello,
                  href: people('ready'),
                },
                {
                  key: 'used',
                  label: `Used it in the last ${RECENT_USE_DAYS} days`,
                  value: adoption.usedHello,
                },
              ]}
            />
            <div className="mt-6 border-line border-t pt-6">
              <StackedBar
                title="When people last used a password"
                unit="people"
                parts={[
                  { key: 'never', label: `Not in the last ${PASSWORD_FREE_DAYS} days`, look: 1 },
                  {
                    key: 'month',
                    label: `${RECENT_USE_DAYS + 1} to ${PASSWORD_FREE_DAYS} days ago`,
                    look: 3,
                  },
                  { key: 'week', label: `In the last ${RECENT_USE_DAYS} days`, look: 'dashed' },
                ]}
                rows={[
                  {
                    key: 'people',
                    label: 'People',
                    values: {
                      never: adoption.people - used.recently - used.thisMonth,
                      month: used.thisMonth,
                      week: used.recently,
                    },
                  },
                ]}
              />
            </div>
          </Card>
          <Card>
            <div className="flex flex-col gap-4">
              <StackedBar
                title="What protects the keys"
                unit="keys"
                parts={[
                  { key: 'tpm', label: 'TPM', look: 1 },
                  { key: 'vbs', label: 'VBS', look: 2 },
                  { key: 'hardware', label: 'Other hardware', look: 3 },
                  { key: 'software', label: 'Software', look: 'hollow' },
                  { key: 'unverified', label: 'Not verified', look: 'dashed' },
                ]}
                rows={[
                  { key: 'hello', label: 'Windows Hello keys', values: keys.hello },
                  { key: 'passkey', label: 'Passkeys', values: keys.passkey },
                ]}
              />
              <p className="max-w-line text-14 text-ink-soft">
                Proven by each key's{' '}
                <Term explains="What the device states about the key it just made: by which chip, from which maker. It is stored whole, so that it can be judged later without asking anybody again.">
                  attestation statement
                </Term>
                . Whatever is not proven is not verified: nothing is claimed for it.
              </p>
            </div>
          </Card>
        </div>
        <Card>
          <ColumnChart
            title={`Sign-ins a day by method, the last ${CHART_DAYS} days`}
            unit="sign-ins a day"
            parts={[
              { key: 'hello', label: 'Windows Hello', look: 1 },
              { key: 'passkey', label: 'Passkey', look: 2 },
              { key: 'pass', label: 'Temporary Access Pass', look: 3 },
              { key: 'password', label: 'Password', look: 5 },
            ]}
            columns={days.map(({ day, hello, passkey, pass, password }) => ({
              key: day,
              label: mark(day),
              values: { hello, passkey, pass, password },
            }))}
          />
        </Card>
        <Card>
          <LineChart
            title={`PIN resets and passes a week, the last ${RECOVERY_WEEKS} weeks`}
            unit="a week"
            marks={weeks.map(({ day }) => mark(day))}
            lines={[
              { key: 'resets', label: 'PIN resets', values: weeks.map((week) => week.pinResets), look: 1 },
              {
                key: 'issued',
                label: 'Passes issued',
                values: weeks.map((week) => week.passesIssued),
                look: 2,
              },
              { key: 'used', label: 'Passes used', values: weeks.map((week) => week.passesUsed), look: 3 },
            ]}
          />
        </Card>
        <Section title="What wants attention" note="Each leads to the person or the device it is about.">
          <AttentionList
            attention={attention}
            passwordOnly={adoption.passwordOnly}
            passesOpen={adoption.passesOpen}
          />
        </Section>
      </Outcomes>
    </AdminPage>
  );
}

/** Where the tenant stands, as a headline. */
function whereabouts(steps: readonly RollOutStep[]): string {
  const current = steps.find(({ state }) => state === 'current');
  return current === undefined
    ? 'No password is left'
    : `Step ${current.number} of ${steps.length}: ${current.name}`;
}

function Strategy() {
  return (
    <>
      The way to no passwords, in{' '}
      <Term explains="“Plan a passwordless strategy” of Microsoft's documentation. Each step has exit criteria; what you see is computed from this tenant's own data. Accounts that are disabled or for emergencies are not counted.">
        four steps
      </Term>
      . A step is done when everything in it is ticked.
    </>
  );
}

/** `2026-11-03` as "3 Nov". */
function mark(day: string): string {
  return `${Number(day.slice(8))} ${months[Number(day.slice(5, 7)) - 1]}`;
}

function SampleNotice({ sample, mayRemove }: { sample: SampleData; mayRemove: boolean }) {
  const contents = [
    counted(sample.people, 'person', 'people'),
    counted(sample.devices, 'device'),
    counted(sample.keys, 'key'),
    counted(sample.events, 'event'),
  ].join(', ');
  return (
    <Notice
      tone="info"
      live="none"
      title="Part of this is sample data"
      action={
        mayRemove ? (
          <Act
            trigger={{ label: 'Remove the sample data', size: 'small', icon: <Trash2 size={16} /> }}
            title="Remove all sample data?"
            confirmLabel="Remove the sample data"
            pendingLabel="Removing"
            action={removeSample}
            input={{}}
            done="The sample data is gone. What is left is real."
          >
            <p>This removes {contents}, with their sessions and passes. It cannot be undone.</p>
            {sample.peopleKept > 0 ? (
              <p>
                {counted(sample.peopleKept, 'sample person', 'sample people')} who{' '}
                {sample.peopleKept === 1 ? 'was' : 'were'} used for real{' '}
                {sample.peopleKept === 1 ? 'stays' : 'stay'}, without the sample history.
              </p>
            ) : null}
            <p>Real people, devices, keys and events stay as they are.</p>
          </Act>
        ) : undefined
      }
    >
      <p>
        {contents}: sixty days of an invented organisation, made by the same code that you use, so that these
        pictures show something. Its keys exist nowhere and open nothing.
      </p>
    </Notice>
  );
}

function AttentionList({
  attention,
  passwordOnly,
  passesOpen,
}: {
  attention: Awaited<ReturnType<typeof readAttention>>;
  passwordOnly: number;
  passesOpen: number;
}) {
  const { quarantined, disabledDevices } = attention;
  if (quarantined.length + disabledDevices.length + passwordOnly + passesOpen === 0) {
    return (
      <EmptyState title="Nothing wants your attention">
        Quarantined keys, people who still have only a password, and passes that are open will be listed here.
      </EmptyState>
    );
  }
  return (
    <Card flush>
      <ul className="divide-y divide-line">
        {quarantined.map((key) => (
          <Item
            key={key.credentialId}
            icon={<ShieldAlert size={20} className="text-danger-ink" />}
            href={address('/admin/people', { person: key.userId })}
            title={`${key.displayName}: the key “${key.name}” is quarantined`}
          >
            Its counter went back <Time at={key.quarantinedAt.toISOString()} />, the mark of a copied key.
            Ask, then revoke it.
          </Item>
        ))}
        {disabledDevices.map((device) => (
          <Item
            key={device.id}
            icon={<MonitorX size={20} className="text-warning-ink" />}
            href={address('/admin/devices', { device: device.id })}
            title={`${device.name} of ${device.displayName} is disabled`}
          >
            Nothing signs in there. Enable it again, or delete it for good.
          </Item>
        ))}
        {passwordOnly > 0 ? (
          <Item
            icon={<KeyRound size={20} className="text-warning-ink" />}
            href={address('/admin/people', { standing: 'password_only' })}
            title={`${counted(passwordOnly, 'person', 'people')} with nothing but a password`}
          >
            Issue each a Temporary Access Pass: it takes them from their password to their first key.
          </Item>
        ) : null}
        {passesOpen > 0 ? (
          <Item
            icon={<Hourglass size={20} className="text-info-ink" />}
            href={address('/admin/people', { standing: 'pass_open' })}
            title={
              passesOpen === 1
                ? 'One Temporary Access Pass is open'
                : `${passesOpen} Temporary Access Passes are open`
            }
          >
            Each opens an account until it runs out. Delete those that nobody waits for.
          </Item>
        ) : null}
      </ul>
    </Card>
  );
}

function Item({
  icon,
  href,
  title,
  children,
}: {
  icon: ReactNode;
  href: ReturnType<typeof address>;
  title: string;
  children: ReactNode;
}) {
  return (
    <li className="relative flex gap-3 px-4 py-3 hover:bg-accent-soft sm:px-6">
      <span className="mt-0.5 shrink-0">{icon}</span>
      <span className="flex min-w-0 flex-col">
        <Link
          href={href}
          className="text-14 font-semibold text-ink after:absolute after:inset-0 focus-visible:after:-outline-offset-2"
        >
          {title}
        </Link>
        <span className="max-w-line text-14 text-ink-soft">{children}</span>
      </span>
    </li>
  );
}
