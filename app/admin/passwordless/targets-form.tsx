'use client';

import { ChevronDown, UsersRound } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState, useTransition } from 'react';
import { ALL_USERS } from '#domain/policy/settings';
import { Button } from '#ui/button';
import { Dialog } from '#ui/dialog';
import { RadioCards } from '#ui/radio-cards';
import { address } from '../address.ts';
import { GroupPicker, type PickedGroup } from '../group-picker.tsx';

/** Chooses whom the dry run is about. It changes nothing but the address. */
export function TargetsForm({
  include,
  exclude,
  groups,
}: {
  include: readonly string[];
  exclude: readonly string[];
  groups: readonly PickedGroup[];
}) {
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const [all, setAll] = useState(include.includes(ALL_USERS));
  const [chosen, setChosen] = useState<readonly string[]>(include.filter((id) => id !== ALL_USERS));
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
          <GroupPicker
            legend="Groups in scope"
            groups={groups}
            ids={chosen}
            choose={setChosen}
            none="None chosen: nobody."
          />
        )}
        <details className="group/kept" open={exclude.length > 0}>
          <summary className="flex min-h-11 items-center gap-2 text-14 font-semibold">
            <ChevronDown size={16} className="transition-transform group-open/kept:rotate-180" />
            Except for some groups
          </summary>
          <GroupPicker
            legend="Groups that keep the password"
            groups={groups}
            ids={kept}
            choose={setKept}
            none="None chosen: nobody keeps it."
          />
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
