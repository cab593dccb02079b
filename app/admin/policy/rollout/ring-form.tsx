'use client';

import { Pencil, Plus } from 'lucide-react';
import { startTransition as together, useState, useTransition } from 'react';
import { answered } from '#device/answered';
import type { Trouble } from '#device/trouble';
import { ALL_USERS } from '#domain/policy/settings';
import { RING_NAME_LENGTH, type RolloutDoubt } from '#domain/rollout';
import { Button } from '#ui/button';
import { Dialog } from '#ui/dialog';
import { Field } from '#ui/field';
import { RadioCards } from '#ui/radio-cards';
import { GroupPicker, type PickedGroup } from '../../group-picker.tsx';
import { useReport } from '../../outcomes.tsx';
import { changeRing, planRings } from './actions.ts';
import { doubtOf, Refusal } from './ring-act.tsx';

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
  groups: readonly PickedGroup[];
  seen: number;
}) {
  const report = useReport();
  const [open, setOpen] = useState(false);
  const [problem, setProblem] = useState<Trouble | null>(null);
  const [confirmed, setConfirmed] = useState<readonly RolloutDoubt[]>([]);
  const [pending, start] = useTransition();
  const [all, setAll] = useState(false);
  const [ids, setIds] = useState<readonly string[]>([]);
  const doubt = doubtOf(problem);
  const before = ring?.groups ?? [];

  function turn(next: boolean) {
    setOpen(next);
    setProblem(null);
    setConfirmed([]);
    setAll(before.includes(ALL_USERS));
    setIds(before.filter((id) => id !== ALL_USERS));
  }

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
            const answer = await answered<unknown>(
              ring === null
                ? planRings({ sourceId, rings: [words], seen, confirmed: yes })
                : changeRing({ ringId: ring.id, ...words, seen, confirmed: yes }),
            );
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
          <GroupPicker
            groups={groups}
            ids={ids}
            choose={setIds}
            stays={ring?.kept === true ? before : []}
            none="None chosen: it can be planned, not opened."
          />
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
