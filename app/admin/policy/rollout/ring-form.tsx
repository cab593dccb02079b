'use client';

import { Pencil, Plus } from 'lucide-react';
import { startTransition as together, useState, useTransition } from 'react';
import { ALL_USERS } from '#domain/policy/settings';
import type { Problem } from '#domain/problem';
import { RING_NAME_LENGTH, type RolloutDoubt } from '#domain/rollout';
import { Button } from '#ui/button';
import { Checkbox } from '#ui/checkbox';
import { Dialog } from '#ui/dialog';
import { Field } from '#ui/field';
import { RadioCards } from '#ui/radio-cards';
import { useReport } from '../../outcomes.tsx';
import { counted } from '../../words.ts';
import { changeRing, planRings } from './actions.ts';
import { doubtOf, Refusal } from './ring-act.tsx';

interface Group {
  readonly id: string;
  readonly name: string;
  readonly members: number;
}

/** So many groups are in the list before somebody searches. */
const SHOWN = 50;
/** More groups than this are easier to find than to read through. */
const READ_THROUGH = 8;

/** Adds a ring, or gives one another name and other groups. */
export function RingForm({
  sourceId,
  ring,
  groups,
  seen,
}: {
  sourceId: string;
  /** Null for a new one. `kept`: it was opened, and none of its groups leaves. */
  ring: { id: string; name: string; groups: readonly string[]; kept: boolean } | null;
  groups: readonly Group[];
  seen: number;
}) {
  const report = useReport();
  const [open, setOpen] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [confirmed, setConfirmed] = useState<readonly RolloutDoubt[]>([]);
  const [pending, start] = useTransition();
  const [all, setAll] = useState(false);
  const [ids, setIds] = useState<readonly string[]>([]);
  const [search, setSearch] = useState('');
  const doubt = doubtOf(problem);
  const before = ring?.groups ?? [];

  function turn(next: boolean) {
    setOpen(next);
    setProblem(null);
    setConfirmed([]);
    setSearch('');
    setAll(before.includes(ALL_USERS));
    setIds(before.filter((id) => id !== ALL_USERS));
  }

  const wanted = search.trim().toLowerCase();
  const isChosen = ({ id }: Group) => before.includes(id);
  const stays = (group: Group) => ring?.kept === true && isChosen(group);
  const found = [...groups.filter(isChosen), ...groups.filter((group) => !isChosen(group))].filter(
    ({ name }) => name.toLowerCase().includes(wanted),
  );
  return (
    <Dialog
      trigger={
        ring === null
          ? { label: 'Add a ring', icon: <Plus size={16} /> }
          : {
              label: (
                <>
                  Edit<span className="sr-only"> {ring.name}</span>
                </>
              ),
              size: 'small',
              icon: <Pencil size={16} />,
            }
      }
      title={ring === null ? 'Add a ring' : `Edit ${ring.name}`}
      intro={
        ring === null
          ? 'It waits: nobody gets anything before you open it.'
          : ring.kept
            ? 'It was opened: groups can be added, and none can leave.'
            : 'It waits: nobody gets anything before you open it.'
      }
      open={open}
      onOpenChange={turn}
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const name = String(new FormData(event.currentTarget).get('name'));
          const words = { name, groups: all ? [ALL_USERS] : [...ids] };
          const yes = doubt === null ? [...confirmed] : [...confirmed, doubt];
          setConfirmed(yes);
          start(async () => {
            const answer = await (ring === null
              ? planRings({ sourceId, rings: [words], seen, confirmed: yes })
              : changeRing({ ringId: ring.id, ...words, seen, confirmed: yes }));
            together(() => {
              if (!answer.ok) return setProblem(answer.problem);
              turn(false);
              report({ done: ring === null ? `${name} was added. It waits.` : `${name} was saved.` });
            });
          });
        }}
      >
        <Field
          label="Name"
          name="name"
          required
          maxLength={RING_NAME_LENGTH}
          autoComplete="off"
          defaultValue={ring?.name}
          placeholder="Pilot"
        />
        <RadioCards
          legend="Who"
          name="who"
          defaultValue={before.includes(ALL_USERS) ? 'all' : 'groups'}
          onChoose={(value) => setAll(value === 'all')}
          cards={[
            { value: 'groups', title: 'Members of chosen groups', detail: 'With those of groups in them.' },
            { value: 'all', title: 'Everybody', detail: 'Whoever the source is for. The last ring.' },
          ]}
        />
        {all ? null : (
          <fieldset className="flex min-w-0 flex-col gap-2">
            <legend className="pb-2 text-14 font-semibold">Groups</legend>
            {groups.length > READ_THROUGH ? (
              <Field
                label="Find a group"
                name="search"
                type="search"
                value={search}
                onChange={(event) => setSearch(event.target.value)}
              />
            ) : null}
            {found.length === 0 ? (
              <p className="text-14 text-ink-soft">
                {groups.length === 0 ? 'There are no groups yet.' : 'No group has that in its name.'}
              </p>
            ) : (
              <div className="max-h-60 divide-y divide-line overflow-y-auto rounded-card border border-line px-3">
                {found.slice(0, SHOWN).map((group) => (
                  <Checkbox
                    key={group.id}
                    name={group.id}
                    label={group.name}
                    hint={`${counted(group.members, 'direct member')}${stays(group) ? '. It stays: the ring was opened.' : ''}`}
                    checked={ids.includes(group.id)}
                    // Greyed out it would look like one that is not ticked.
                    aria-disabled={stays(group) ? true : undefined}
                    onChange={(event) =>
                      setIds(
                        event.target.checked
                          ? [...new Set([...ids, group.id])]
                          : ids.filter((id) => id !== group.id || stays(group)),
                      )
                    }
                  />
                ))}
                {found.length > SHOWN ? (
                  <p className="py-3 text-14 text-ink-soft">
                    And {found.length - SHOWN} more: type a part of the name.
                  </p>
                ) : null}
              </div>
            )}
            <p role="status" className="text-12 text-ink-soft">
              {ids.length === 0
                ? 'None chosen: it can be planned, not opened.'
                : `${counted(ids.length, 'group')} chosen.`}
            </p>
          </fieldset>
        )}
        {problem === null ? null : <Refusal problem={problem} />}
        <div className="flex flex-wrap justify-end gap-2 max-sm:flex-col-reverse">
          <Button onClick={() => turn(false)}>Keep things as they are</Button>
          <Button
            type="submit"
            tone={doubt === null ? 'primary' : 'danger'}
            pending={pending && 'Saving'}
            onPendingClick={(event) => event.preventDefault()}
          >
            {`${ring === null ? 'Add the ring' : 'Save'}${doubt === null ? '' : ' all the same'}`}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
