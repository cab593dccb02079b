import { Trash2 } from 'lucide-react';
import type { Route } from 'next';
import Link from 'next/link';
import { countMembers, groupsAround, listGroups } from '#server/group';
import { groupUses } from '#server/group-use';
import type { Runtime } from '#server/runtime';
import { Section } from '#ui/card';
import { Facts } from '#ui/facts';
import { Notice } from '#ui/notice';
import { SidePanel } from '#ui/side-panel';
import { Term } from '#ui/term';
import { Act, Outcomes } from '../outcomes.tsx';
import { counted } from '../words.ts';
import { dropGroup } from './actions.ts';
import { ChangeGroup } from './group-form.tsx';
import { Members, type MembersView } from './members.tsx';
import { hrefOfUse, memberHref } from './words.ts';

const AROUND = 20;

/** One group: what it is for, who is in it, what it is in, and where policy names it. */
export async function GroupPanel({
  runtime,
  manages,
  id,
  view,
  kept,
  href,
  closeHref,
}: {
  runtime: Runtime;
  manages: boolean;
  /** From the address: it may name nothing. */
  id: string;
  view: MembersView;
  kept: Readonly<Record<string, string | undefined>>;
  href: React.ComponentProps<typeof Members>['href'];
  closeHref: Route;
}) {
  const [group] = await listGroups(runtime, { id, take: 1 });
  if (group === undefined) {
    return (
      <SidePanel title="No group here" closeHref={closeHref}>
        <Notice tone="info" live="none" title="This group is not in the directory">
          It was deleted, or the link is not right. What happened to it stays in the event log.
        </Notice>
      </SidePanel>
    );
  }
  const [whole, around, uses] = await Promise.all([
    countMembers(runtime.db, id),
    groupsAround(runtime, id, AROUND),
    groupUses(runtime.db, id),
  ]);
  const everybody = `${counted(whole.people, 'person', 'people')}, ${counted(whole.devices, 'device')}`;

  return (
    <SidePanel
      closeHref={closeHref}
      title={<span className="wrap-anywhere">{group.name}</span>}
      subtitle={
        group.description === '' ? undefined : <span className="wrap-anywhere">{group.description}</span>
      }
    >
      <Outcomes>
        {manages ? (
          <div className="flex flex-wrap gap-2">
            <ChangeGroup key={`${group.name}\n${group.description}`} group={group} />
            {uses.length > 0 ? null : (
              <Act
                trigger={{ label: 'Delete', size: 'small', icon: <Trash2 size={16} /> }}
                title={`Delete the group ${group.name}?`}
                confirmLabel="Delete 1 group"
                pendingLabel="Deleting"
                action={dropGroup}
                input={{ groupId: group.id }}
                done="The group is deleted."
                thenHref={closeHref}
              >
                <p>It has {everybody} in it. They stay; only the group goes.</p>
                {around.total === 0 ? null : (
                  <p>
                    They leave {counted(around.total, 'group')} that it is in, unless they are there in
                    another way.
                  </p>
                )}
              </Act>
            )}
          </div>
        ) : null}
        <Section
          title="Where policy names it"
          level={3}
          note={
            uses.length === 0
              ? 'Nowhere. It can be deleted.'
              : 'Whoever comes or goes gets or loses this at once. A group that policy names cannot be deleted.'
          }
        >
          {uses.length === 0 ? null : (
            <ul className="flex flex-col gap-1 text-14">
              {uses.map((use) => (
                <li key={use.id}>
                  <Link href={hrefOfUse(use)} className="link">
                    {use.title}
                  </Link>
                </li>
              ))}
            </ul>
          )}
        </Section>
        <Section title="Members" level={3}>
          <Members runtime={runtime} group={group} view={view} kept={kept} manages={manages} href={href} />
        </Section>
        <Facts
          tight
          facts={[
            {
              term: (
                <Term explains="Directly, or in a group in it, however deep. Each counts once.">
                  In it in all
                </Term>
              ),
              value: everybody,
            },
            {
              term: 'Is inside',
              value:
                around.total === 0 ? (
                  'No other group'
                ) : (
                  <span className="flex flex-wrap gap-x-3 gap-y-1">
                    {around.groups.map((outer) => (
                      <Link key={outer.id} href={memberHref('group', outer.id)} className="link">
                        {outer.name}
                      </Link>
                    ))}
                    {around.total > around.groups.length
                      ? `and ${around.total - around.groups.length} more`
                      : null}
                  </span>
                ),
            },
            { term: 'ID', value: group.id, mono: true, copy: group.id },
          ]}
        />
      </Outcomes>
    </SidePanel>
  );
}
