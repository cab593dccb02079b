import {
  BadgeCheck,
  Fingerprint,
  Gauge,
  House,
  KeyRound,
  Landmark,
  Layers,
  ListChecks,
  Mail,
  Megaphone,
  MonitorPlay,
  MonitorSmartphone,
  ScrollText,
  ShieldCheck,
  SlidersHorizontal,
  Timer,
  UserCheck,
  Users,
  UsersRound,
} from 'lucide-react';
import type { Metadata, Route } from 'next';
import type { ReactNode } from 'react';
import { mayAdminister, roles } from '#domain/identity';
import { administratorPage } from '#server/page';
import { countWaitingRequests } from '#server/pass-request';
import { readTenant } from '#server/tenant';
import { AccountChip } from '#ui/account-chip';
import { AdminShell } from '#ui/admin-shell';

export const metadata: Metadata = {
  title: { template: '%s - Latchkey administration', default: 'Latchkey administration' },
};

export default async function AdministrationLayout({ children }: { children: ReactNode }) {
  const { runtime, caller } = await administratorPage();
  const { person } = caller.session;
  const [tenant, waiting] = await Promise.all([readTenant(runtime), countWaitingRequests(runtime, person)]);
  return (
    <AdminShell
      workplace={tenant.name}
      who={
        <AccountChip
          name={person.displayName}
          account={person.roles.map((role) => roles[role]).join(', ')}
          href={'/' as Route}
          hint="Your own page"
        />
      }
      nav={[
        {
          items: [
            { href: '/admin' as Route, label: 'Overview', icon: <Gauge size={20} /> },
            { href: '/admin/people' as Route, label: 'People', icon: <Users size={20} /> },
            { href: '/admin/groups' as Route, label: 'Groups', icon: <UsersRound size={20} /> },
            {
              href: '/admin/approvals' as Route,
              label: 'Approvals',
              icon: <UserCheck size={20} />,
              count: waiting,
            },
            { href: '/admin/devices' as Route, label: 'Devices', icon: <MonitorSmartphone size={20} /> },
            { href: '/admin/events' as Route, label: 'Event log', icon: <ScrollText size={20} /> },
            { href: '/admin/policy' as Route, label: 'Policy', icon: <SlidersHorizontal size={20} /> },
            { href: '/admin/policy/sources' as Route, label: 'Policy sources', icon: <Layers size={20} /> },
            { href: '/admin/methods' as Route, label: 'Methods', icon: <Fingerprint size={20} /> },
            { href: '/admin/passwordless' as Route, label: 'Passwordless', icon: <ShieldCheck size={20} /> },
            { href: '/admin/federation' as Route, label: 'Federation', icon: <Landmark size={20} /> },
            { href: '/admin/key-rules' as Route, label: 'Rules for keys', icon: <KeyRound size={20} /> },
            { href: '/admin/attestation' as Route, label: 'Attestation', icon: <BadgeCheck size={20} /> },
            { href: '/admin/deployment' as Route, label: 'Deployment', icon: <ListChecks size={20} /> },
            { href: '/admin/limits' as Route, label: 'Limits', icon: <Timer size={20} /> },
            { href: '/admin/communication' as Route, label: 'Communication', icon: <Megaphone size={20} /> },
            { href: '/admin/outbox' as Route, label: 'Outbox', icon: <Mail size={20} /> },
          ],
        },
        {
          title: 'Yourself',
          items: [{ href: '/' as Route, label: 'Your own page', icon: <House size={20} /> }],
        },
        ...(tenant.demo && mayAdminister(person.roles, 'manage_sample_data')
          ? [
              {
                title: 'Demonstration',
                items: [
                  { href: '/presentation' as Route, label: 'Presenter', icon: <MonitorPlay size={20} /> },
                ],
              },
            ]
          : []),
      ]}
    >
      {children}
    </AdminShell>
  );
}
