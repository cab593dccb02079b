'use client';

import { UsersRound } from 'lucide-react';
import { useState } from 'react';
import { ALL_USERS } from '#domain/policy/settings';
import { ALL_DEVICES, TARGETS_MAX } from '#domain/policy/source';
import { Badge } from '#ui/badge';
import { Button } from '#ui/button';
import { Checkbox } from '#ui/checkbox';
import { Dialog } from '#ui/dialog';
import { Notice } from '#ui/notice';
import { GroupPicker, type PickedGroup } from '../../../group-picker.tsx';
import { refusalWords } from '../../setting-form.tsx';
import { isGroupPolicy, targetName } from '../words.ts';
import { useEditor } from './editor.tsx';

type Side = 'include' | 'exclude';

const isEverybody = (id: string) => id === ALL_USERS || id === ALL_DEVICES;

/** Who gets a source and who does not. Being left out always wins. */
export function Targets({ groups }: { groups: readonly PickedGroup[] }) {
  const { kind } = useEditor();
  const gpo = isGroupPolicy(kind);
  return (
    <div className="divide-y divide-line">
      <TargetsRow
        side="include"
        title={gpo ? 'Apply group policy' : 'Included groups'}
        about={
          gpo
            ? 'The security filter. Settings for people look at the person, settings for computers at the computer.'
            : 'A person or a device in one of these gets it.'
        }
        groups={groups}
      />
      <TargetsRow
        side="exclude"
        title={gpo ? 'Denied' : 'Excluded groups'}
        about="Who is in one of these does not get it, whatever else they are in."
        groups={groups}
      />
    </div>
  );
}

function TargetsRow({
  side,
  title,
  about,
  groups,
}: {
  side: Side;
  title: string;
  about: string;
  groups: readonly PickedGroup[];
}) {
  const { kind, document, names, manages } = useEditor();
  const [open, setOpen] = useState(false);
  const chosen = document[side];
  return (
    <div className="flex flex-wrap items-start justify-between gap-x-8 gap-y-3 py-4 first:pt-0 last:pb-0">
      <div className="flex min-w-0 grow basis-64 flex-col gap-2">
        <h3 className="text-16 font-semibold">{title}</h3>
        <p className="max-w-line text-14 text-ink-soft">{about}</p>
        <ul className="flex flex-wrap gap-1.5">
          {chosen.map((id) => (
            <li key={id}>
              <Badge tone={side === 'include' ? 'accent' : 'neutral'}>{targetName(kind, id, names)}</Badge>
            </li>
          ))}
          {chosen.length === 0 ? (
            <li>
              <Badge>{side === 'include' ? 'Nobody yet' : 'Nobody'}</Badge>
            </li>
          ) : null}
        </ul>
      </div>
      {manages ? (
        <Dialog
          trigger={{
            label: (
              <>
                Choose<span className="sr-only">: {title}</span>
              </>
            ),
            icon: <UsersRound size={16} />,
          }}
          title={title}
          intro={about}
          open={open}
          onOpenChange={setOpen}
        >
          <Choice side={side} groups={groups} close={() => setOpen(false)} />
        </Dialog>
      ) : null}
    </div>
  );
}

function Choice({ side, groups, close }: { side: Side; groups: readonly PickedGroup[]; close: () => void }) {
  const { kind, document, names, change, pending } = useEditor();
  // Groups that are gone cannot be kept: whoever saves lets them go.
  const [ids, setIds] = useState<readonly string[]>(
    document[side].filter((id) => isEverybody(id) || names[id] !== undefined),
  );
  const [error, setError] = useState<string | null>(null);
  const everybody = side === 'include' ? [ALL_USERS, ALL_DEVICES] : [];
  const everybodyHints: Readonly<Record<string, string>> = {
    [ALL_USERS]: isGroupPolicy(kind)
      ? 'Every person and every computer.'
      : 'Everybody who signs in, people in no group included.',
    [ALL_DEVICES]: 'Every registered device, those in no group included.',
  };

  const tick = (id: string) => (event: { target: { checked: boolean } }) =>
    setIds(event.target.checked ? [...ids, id] : ids.filter((each) => each !== id));

  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={async (event) => {
        event.preventDefault();
        if (ids.length > TARGETS_MAX) return setError(`Choose at most ${TARGETS_MAX} groups.`);
        const wrong = await change({ ...document, [side]: ids }, 'Who gets it: saved in the draft.');
        if (wrong === null) close();
        else setError(refusalWords(wrong));
      }}
    >
      {everybody.map((id) => (
        <Checkbox
          key={id}
          name={id}
          label={targetName(kind, id, names)}
          hint={everybodyHints[id]}
          checked={ids.includes(id)}
          onChange={tick(id)}
        />
      ))}
      <GroupPicker
        groups={groups}
        ids={ids.filter((id) => !isEverybody(id))}
        choose={(chosen) => setIds([...ids.filter(isEverybody), ...chosen])}
        none={ids.length === 0 ? 'None chosen: nobody.' : 'No group besides.'}
      />
      {error === null ? null : <Notice tone="danger" title={error} />}
      <div className="flex flex-wrap justify-end gap-2 max-sm:flex-col-reverse">
        <Button onClick={close}>Keep things as they are</Button>
        <Button
          type="submit"
          tone="primary"
          pending={pending && 'Saving'}
          onPendingClick={(event) => event.preventDefault()}
        >
          Save in the draft
        </Button>
      </div>
    </form>
  );
}
