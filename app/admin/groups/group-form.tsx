'use client';

import { Pencil, Plus } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { startTransition as together, useState, useTransition } from 'react';
import { type Answer, answered } from '#device/answered';
import type { Trouble } from '#device/trouble';
import { GROUP_DESCRIPTION_LENGTH, GROUP_NAME_LENGTH } from '#domain/group';
import { Button } from '#ui/button';
import { Dialog } from '#ui/dialog';
import { Field } from '#ui/field';
import { Notice } from '#ui/notice';
import { address } from '../address.ts';
import { useReport } from '../outcomes.tsx';
import { describeGroup, makeGroup } from './actions.ts';

/** Makes a group, and opens it. */
export function NewGroup() {
  const router = useRouter();
  return (
    <WordsDialog
      trigger={{ label: 'New group', tone: 'primary', icon: <Plus size={16} /> }}
      title="Make a group"
      intro="It is empty at first. Its members are added next."
      submit="Make the group"
      pending="Making it"
      save={makeGroup}
      done={({ id }) => router.push(address('/admin/groups', { group: id }), { scroll: false })}
    />
  );
}

/** Gives a group another name or description. */
export function ChangeGroup({
  group,
}: {
  group: { readonly id: string; readonly name: string; readonly description: string };
}) {
  const report = useReport();
  return (
    <WordsDialog
      trigger={{ label: 'Rename or describe', size: 'small', icon: <Pencil size={16} /> }}
      title={`Rename or describe ${group.name}`}
      intro="Policy that names this group goes on naming it."
      submit="Save"
      pending="Saving"
      name={group.name}
      description={group.description}
      save={(words) => describeGroup({ groupId: group.id, ...words })}
      done={() => report({ done: 'The group is called and described like this from now on.' })}
    />
  );
}

/** Problems of the name stand at its field. */
const OF_THE_NAME = ['already_exists', 'group_name_refused'];

function WordsDialog<T>({
  trigger,
  title,
  intro,
  submit,
  pending: waiting,
  name = '',
  description = '',
  save,
  done,
}: {
  trigger: React.ComponentProps<typeof Dialog>['trigger'];
  title: string;
  intro: string;
  submit: string;
  pending: string;
  name?: string;
  description?: string;
  save: (words: { name: string; description: string }) => Promise<Answer<T>>;
  done: (value: T) => void;
}) {
  const [open, setOpen] = useState(false);
  const [problem, setProblem] = useState<Trouble | null>(null);
  const [pending, start] = useTransition();
  const said = problem === null ? null : `${problem.title} ${problem.detail}`;
  const ofName = problem !== null && OF_THE_NAME.includes(problem.code);

  return (
    <Dialog
      trigger={trigger}
      title={title}
      intro={intro}
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        setProblem(null);
      }}
    >
      <form
        className="flex flex-col gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          const words = { name: String(form.get('name')), description: String(form.get('description')) };
          start(async () => {
            const answer = await answered(save(words));
            if (!answer.ok) return setProblem(answer.problem);
            // Together with the fresh page that the action brings, not before it.
            together(() => {
              setOpen(false);
              setProblem(null);
              done(answer.value);
            });
          });
        }}
      >
        <Field
          label="Name"
          name="name"
          required
          maxLength={GROUP_NAME_LENGTH}
          autoComplete="off"
          defaultValue={name}
          hint="Without commas: lists of groups are typed with commas between them."
          error={ofName ? said : null}
        />
        <Field
          label="Description"
          name="description"
          optional
          maxLength={GROUP_DESCRIPTION_LENGTH}
          autoComplete="off"
          defaultValue={description}
          hint="What the group is for, so that somebody else knows who belongs in it."
        />
        {said === null || ofName ? null : <Notice tone="danger" title={said} />}
        <div className="flex flex-wrap justify-end gap-2 max-sm:flex-col-reverse">
          <Button onClick={() => setOpen(false)}>Keep things as they are</Button>
          <Button
            type="submit"
            tone="primary"
            pending={pending && waiting}
            onPendingClick={(event) => event.preventDefault()}
          >
            {submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
