'use client';

import { ChevronDown, UsersRound } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState, useTransition } from 'react';
import { ALL_USERS } from '#domain/policy/settings';
import { Button } from '#ui/button';
import { Checkbox } from '#ui/checkbox';
import { Dialog } from '#ui/dialog';
import { Field } from '#ui/field';
import { RadioCards } from '#ui/radio-cards';
import { address } from '../address.ts';
import { counted } from '../words.ts';

interface Group {
  readonly id: string;
  readonly name: string;
  readonly members: number;
}

/** More groups than this are easier to find than to read through. */
const READ_THROUGH = 8;

/** Chooses whom the dry run is about. It changes nothing but the address. */
export function TargetsForm({
  include,
  exclude,
  groups,
}: {
  include: readonly string[];
  exclude: readonly string[];
  groups: readonly Group[];
}) {
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const [all, setAll] = useState(include.includes(ALL_USERS));
  const [chosen, setChosen] = useState(include.filter((id) => id !== ALL_USERS));
  const [kept, setKept] = useState(exclude);
  const [pending, startTransition] = useTransition();

  function look() {
    startTransition(() => {
      router.push(
        address('/admin/passwordless', {
          include: all ? ALL_USERS : chosen.join(',') || 'none',
          exclude: kept.join(',') || 'none',
        }),
        { scroll: false },
      );
      setOpen(false);
    });
  }

  return (
    <Dialog
      trigger={{ label: 'Try other groups', icon: <UsersRound size={16} />, size: 'small' }}
      title="Who goes without a password"
      intro="The dry run is made for them. Nothing changes until you switch."
      open={open}
      onOpenChange={setOpen}
    >
      <form
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          look();
        }}
      >
        <RadioCards
          legend="In scope"
          name="who"
          defaultValue={all ? 'all' : 'groups'}
          onChoose={(value) => setAll(value === 'all')}
          cards={[
            { value: 'all', title: 'Everybody', detail: 'But break-glass accounts, which always keep it.' },
            { value: 'groups', title: 'Members of chosen groups', detail: 'One of the groups is enough.' },
          ]}
        />
        {all ? null : (
          <GroupList legend="Groups in scope" groups={groups} chosen={chosen} choose={setChosen} />
        )}
        <details className="group/kept" open={exclude.length > 0}>
          <summary className="flex min-h-11 items-center gap-2 text-14 font-semibold">
            <ChevronDown size={16} className="transition-transform group-open/kept:rotate-180" />
            Except for some groups
          </summary>
          <GroupList legend="Groups that keep the password" groups={groups} chosen={kept} choose={setKept} />
        </details>
        <div className="flex flex-wrap justify-end gap-2 max-sm:flex-col-reverse">
          <Button onClick={() => setOpen(false)}>Keep things as they are</Button>
          <Button type="submit" tone="primary" pending={pending && 'Counting'}>
            Show the dry run
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function GroupList({
  legend,
  groups,
  chosen,
  choose,
}: {
  legend: string;
  groups: readonly Group[];
  chosen: readonly string[];
  choose: (ids: string[]) => void;
}) {
  const [search, setSearch] = useState('');
  const wanted = search.trim().toLowerCase();
  const shown = groups.filter(({ name }) => name.toLowerCase().includes(wanted));
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="pb-2 text-14 font-semibold">
        {legend}
        <span className="pl-2 font-normal text-ink-soft">
          {chosen.length === 0 ? 'none' : counted(chosen.length, 'group')}
        </span>
      </legend>
      {groups.length > READ_THROUGH ? (
        <Field
          label={<span className="sr-only">Find a group</span>}
          name={`search ${legend}`}
          type="search"
          placeholder="Find a group"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      ) : null}
      <div className="max-h-56 divide-y divide-line overflow-y-auto rounded-card border border-line px-3">
        {shown.map(({ id, name, members }) => (
          <Checkbox
            key={id}
            name={id}
            label={name}
            hint={counted(members, 'member')}
            checked={chosen.includes(id)}
            onChange={(event) =>
              choose(event.target.checked ? [...chosen, id] : chosen.filter((each) => each !== id))
            }
          />
        ))}
        {shown.length === 0 ? <p className="py-3 text-14 text-ink-soft">No group is called that.</p> : null}
      </div>
    </fieldset>
  );
}
