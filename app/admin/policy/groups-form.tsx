'use client';

import { RotateCcw, UsersRound } from 'lucide-react';
import { startTransition as together, useState, useTransition } from 'react';
import { type Answer, answered } from '#device/answered';
import { ALL_USERS, settingText } from '#domain/policy/settings';
import { Badge } from '#ui/badge';
import { Button } from '#ui/button';
import { Dialog } from '#ui/dialog';
import { Notice } from '#ui/notice';
import { RadioCards } from '#ui/radio-cards';
import { GroupPicker, type PickedGroup } from '../group-picker.tsx';
import { counted } from '../words.ts';
import { refusalWords } from './setting-form.tsx';

/** A list of groups in chips: everybody, nobody, or their names. */
export function GroupChips({
  chosen,
  groups,
}: {
  chosen: readonly string[];
  groups: readonly PickedGroup[];
}) {
  if (chosen.includes(ALL_USERS)) return <Badge tone="accent">Everybody</Badge>;
  const known = groups.filter(({ id }) => chosen.includes(id));
  const gone = chosen.length - known.length;
  return (
    <ul className="flex flex-wrap gap-1.5">
      {known.map(({ id, name }) => (
        <li key={id}>
          <Badge tone="accent">{name}</Badge>
        </li>
      ))}
      {gone > 0 ? (
        <li>
          <Badge>{counted(gone, 'group')} that no longer exist</Badge>
        </li>
      ) : null}
      {chosen.length === 0 ? (
        <li>
          <Badge>Nobody</Badge>
        </li>
      ) : null}
    </ul>
  );
}

/** Chooses the groups of a setting in a dialog: everybody where that is a choice, or any number of groups. */
export function GroupsForm({
  name,
  title,
  explanation,
  chosen,
  groups,
  everyone,
  byTenant,
  fallback,
  save,
}: {
  name: string;
  title: string;
  explanation: string;
  /** The value that applies. */
  chosen: readonly string[];
  groups: readonly PickedGroup[];
  /** Whether everybody is a choice. */
  everyone: boolean;
  byTenant: boolean;
  /** "Everybody": what the built-in default is. */
  fallback: string;
  save: (input: { name: string; value: string | null; seen: string }) => Promise<Answer<null>>;
}) {
  const [open, setOpen] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [said, setSaid] = useState('');
  const [pending, startTransition] = useTransition();

  function store(value: readonly string[] | null, told: string) {
    setSaid('');
    setError(null);
    startTransition(async () => {
      const answer = await answered(
        save({
          name,
          value: value === null ? null : settingText(value),
          seen: settingText(chosen),
        }),
      );
      if (!answer.ok) return setError(refusalWords(answer.problem));
      // Together with the fresh value that the action brings, not before it.
      together(() => {
        setSaid(told);
        setOpen(false);
      });
    });
  }

  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <Dialog
          trigger={{ label: 'Choose', icon: <UsersRound size={16} /> }}
          title={title}
          intro={explanation}
          open={open}
          onOpenChange={(next) => {
            setOpen(next);
            setError(null);
          }}
        >
          <Choice
            title={title}
            chosen={chosen}
            groups={groups}
            everyone={everyone}
            error={error}
            pending={pending}
            save={(value) => store(value, 'Saved. It applies from now on.')}
            cancel={() => setOpen(false)}
          />
        </Dialog>
        {byTenant ? (
          <Button
            size="small"
            tone="quiet"
            icon={<RotateCcw size={16} />}
            disabled={pending}
            onClick={() => store(null, `Back to the default: ${fallback}.`)}
          >
            Back to default ({fallback})
          </Button>
        ) : null}
      </div>
      {error !== null && !open ? <Notice tone="danger" title={error} /> : null}
      <p role="status" className="text-14 text-success-ink empty:hidden">
        {said}
      </p>
    </div>
  );
}

function Choice({
  title,
  chosen,
  groups,
  everyone,
  error,
  pending,
  save,
  cancel,
}: {
  title: string;
  chosen: readonly string[];
  groups: readonly PickedGroup[];
  everyone: boolean;
  error: string | null;
  pending: boolean;
  save: (value: readonly string[]) => void;
  cancel: () => void;
}) {
  const [all, setAll] = useState(chosen.includes(ALL_USERS));
  const [ids, setIds] = useState<readonly string[]>(
    chosen.filter((id) => groups.some((group) => group.id === id)),
  );

  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        save(all ? [ALL_USERS] : ids);
      }}
    >
      {everyone ? (
        <RadioCards
          legend="Who"
          name="who"
          defaultValue={all ? 'all' : 'groups'}
          onChoose={(value) => setAll(value === 'all')}
          cards={[
            { value: 'all', title: 'Everybody', detail: 'People in no group included.' },
            { value: 'groups', title: 'Members of chosen groups', detail: 'One of the groups is enough.' },
          ]}
        />
      ) : null}
      {all ? null : <GroupPicker groups={groups} ids={ids} choose={setIds} none="None chosen: nobody." />}
      {error === null ? null : <Notice tone="danger" title={error} />}
      <div className="flex flex-wrap justify-end gap-2 max-sm:flex-col-reverse">
        <Button onClick={cancel}>Keep things as they are</Button>
        <Button
          type="submit"
          tone="primary"
          pending={pending && 'Saving'}
          onPendingClick={(event) => event.preventDefault()}
          aria-label={`Save: ${title}`}
        >
          Save
        </Button>
      </div>
    </form>
  );
}
