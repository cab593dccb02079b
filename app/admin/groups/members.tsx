import { Minus } from 'lucide-react';
import type { Route } from 'next';
import Link from 'next/link';
import type { MemberKind } from '#domain/group';
import { listDevices } from '#server/device';
import { type GroupSummary, listGroups, listMembers, type Member, membersAmong } from '#server/group';
import { listPeople } from '#server/identity';
import type { Runtime } from '#server/runtime';
import { FilterChips } from '#ui/chip';
import { PageFoot } from '#ui/page-foot';
import { SearchForm } from '#ui/search-form';
import { Act } from '../outcomes.tsx';
import { removeFromGroup } from './actions.ts';
import { AddMember } from './add-member.tsx';
import { kindWords, memberHref } from './words.ts';

const SHOWN = 20;
const FOUND = 8;

/** What the address says of the members that are shown. */
export interface MembersView {
  readonly kind: MemberKind;
  /** What to add is looked for by these words. */
  readonly find: string | undefined;
  /** From 1. */
  readonly page: number;
}

/** The direct members of a group, kind by kind, with the way in and the way out. */
export async function Members({
  runtime,
  group,
  view: { kind, find, page: asked },
  kept,
  manages,
  href,
}: {
  runtime: Runtime;
  group: GroupSummary;
  view: MembersView;
  /** The rest of the address. */
  kept: Readonly<Record<string, string | undefined>>;
  manages: boolean;
  href: (view: { kind?: MemberKind; find?: string | undefined; page?: number }) => Route;
}) {
  const totals = { person: group.members, device: group.devices, group: group.groups };
  const total = totals[kind];
  const page = Math.max(1, Math.min(asked, Math.ceil(total / SHOWN)));
  const [members, found] = await Promise.all([
    listMembers(runtime, group.id, kind, { skip: (page - 1) * SHOWN, take: SHOWN }),
    manages && find !== undefined ? candidates(runtime, kind, find) : null,
  ]);
  const already = await membersAmong(
    runtime.db,
    group.id,
    kind,
    (found ?? []).map(({ id }) => id),
  );
  const words = kindWords[kind];

  return (
    <div className="flex flex-col gap-4">
      <FilterChips
        label="Kind of member"
        chips={(['person', 'device', 'group'] as const).map((each) => ({
          href: href({ kind: each }),
          label: kindWords[each].title,
          count: totals[each],
          current: each === kind,
        }))}
      />
      {manages ? (
        <SearchForm
          action="/admin/groups"
          name="find"
          label={words.find}
          placeholder={words.placeholder}
          words={find}
          kept={{ ...kept, group: group.id, kind }}
        />
      ) : null}
      {found === null ? null : found.length === 0 ? (
        <p role="status" className="text-14 text-ink-soft">
          Nothing fits “{find}”. Try fewer letters.
        </p>
      ) : (
        <ul aria-label="Found" className="divide-y divide-line rounded-card border border-accent-line">
          {found.slice(0, FOUND).map((each) => (
            <MemberLine key={each.id} kind={kind} member={each}>
              {each.id === group.id ? (
                <span className="text-12 text-ink-soft">This group</span>
              ) : already.has(each.id) ? (
                <span className="text-12 text-ink-soft">A member</span>
              ) : (
                <AddMember groupId={group.id} kind={kind} memberId={each.id} name={each.name} />
              )}
            </MemberLine>
          ))}
          {found.length > FOUND ? (
            <li className="p-3 text-12 text-ink-soft">There are more: type more of the name.</li>
          ) : null}
        </ul>
      )}
      {total === 0 ? (
        <p className="text-14 text-ink-soft">
          {kind === 'person'
            ? 'Nobody is in it directly.'
            : kind === 'device'
              ? 'No device is in it directly.'
              : 'No group is in it.'}
          {manages ? ' Find whom to add above.' : ''}
        </p>
      ) : (
        <>
          <ul
            aria-label={`${words.title} in it`}
            className="divide-y divide-line rounded-card border border-line"
          >
            {members.map((member) => (
              <MemberLine key={member.id} kind={kind} member={member}>
                {manages ? (
                  <Act
                    trigger={{
                      label: (
                        <>
                          Remove<span className="sr-only"> {member.name}</span>
                        </>
                      ),
                      size: 'small',
                      icon: <Minus size={16} />,
                    }}
                    title={`Remove ${member.name} from ${group.name}?`}
                    confirmLabel="Remove 1 member"
                    pendingLabel="Removing"
                    action={removeFromGroup}
                    input={{ groupId: group.id, kind, memberId: member.id }}
                    done={`${member.name} is not in the group any more.`}
                  >
                    <p>
                      {kind === 'group'
                        ? 'Its members leave with it, unless they are in this group in another way.'
                        : 'Nothing of it is deleted.'}{' '}
                      Policy for this group, and for those that it is in, stops to apply at once.
                    </p>
                  </Act>
                ) : null}
              </MemberLine>
            ))}
          </ul>
          <div className="flex flex-wrap items-center justify-between gap-2 text-12 text-ink-soft">
            <PageFoot
              page={page}
              size={SHOWN}
              here={members.length}
              total={total}
              words={words.count}
              href={(number) => href({ kind, find, page: number })}
            />
          </div>
        </>
      )}
    </div>
  );
}

function MemberLine({
  kind,
  member,
  children,
}: {
  kind: MemberKind;
  member: Member;
  children: React.ReactNode;
}) {
  return (
    <li className="flex items-center justify-between gap-3 p-3">
      <span className="flex min-w-0 flex-col">
        <Link href={memberHref(kind, member.id)} className="link text-14 wrap-anywhere">
          {member.name}
        </Link>
        {member.about === '' ? null : (
          <span className="truncate text-12 text-ink-soft" title={member.about}>
            {member.about}
          </span>
        )}
      </span>
      <span className="shrink-0">{children}</span>
    </li>
  );
}

/** What fits the words, one more than is shown. */
async function candidates(runtime: Runtime, kind: MemberKind, search: string): Promise<Member[]> {
  const limit = FOUND + 1;
  if (kind === 'person')
    return (await listPeople(runtime, { search, limit })).map(({ id, displayName, upn }) => ({
      id,
      name: displayName,
      about: upn,
    }));
  if (kind === 'device')
    return (await listDevices(runtime, { search, limit, order: 'name' })).map(({ id, name, owner }) => ({
      id,
      name,
      about: owner.upn,
    }));
  return (await listGroups(runtime, { search, take: limit })).map(({ id, name, description }) => ({
    id,
    name,
    about: description,
  }));
}
