'use client';

import { Plus } from 'lucide-react';
import type { Route } from 'next';
import { useRouter } from 'next/navigation';
import { type FormEvent, useState, useTransition } from 'react';
import { type Answer, answered } from '#device/answered';
import { safeAfter, type Trouble } from '#device/trouble';
import { type SourceKind, sourceKindNames, sourceKinds } from '#domain/policy/source';
import { Button } from '#ui/button';
import { Dialog } from '#ui/dialog';
import { Field } from '#ui/field';
import { Notice } from '#ui/notice';
import { RadioCards } from '#ui/radio-cards';
import { refusalWords } from '../setting-form.tsx';

const NAME_MAX = 100;

/** Makes a source of a chosen kind as an empty draft, and opens it. */
export function NewSource({
  create,
}: {
  create: (input: { kind: SourceKind; name: string }) => Promise<Answer<{ readonly id: string }>>;
}) {
  const router = useRouter();
  const [open, setOpen] = useState(false);
  const [kind, setKind] = useState<SourceKind>('settings_catalog');
  const [name, setName] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [problem, setProblem] = useState<Trouble | null>(null);
  const [pending, start] = useTransition();

  function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    setProblem(null);
    if (name.trim() === '') return setError('Give it a name that others will know it by.');
    setError(null);
    start(async () => {
      const answer = await answered(create({ kind, name }));
      if (!answer.ok) return setProblem(answer.problem);
      router.push(`/admin/policy/sources/${answer.value.id}` as Route);
    });
  }

  return (
    <Dialog
      trigger={{ label: 'New source', tone: 'primary', icon: <Plus size={16} /> }}
      title="New source"
      intro="It starts as a draft. Nobody gets it until you publish it."
      open={open}
      onOpenChange={setOpen}
    >
      <form onSubmit={submit} noValidate className="flex flex-col gap-5">
        <RadioCards
          legend="What kind"
          name="kind"
          defaultValue={kind}
          onChoose={(value) => setKind(value as SourceKind)}
          cards={sourceKindNames.map((each) => ({
            value: each,
            title: sourceKinds[each].title,
            detail: sourceKinds[each].about,
          }))}
        />
        <Field
          label="Name"
          name="name"
          value={name}
          maxLength={NAME_MAX}
          autoComplete="off"
          onChange={(event) => setName(event.target.value)}
          error={error}
        />
        {problem === null ? null : (
          <Notice
            tone="danger"
            title={refusalWords(problem)}
            safe={safeAfter(problem, 'Nothing was made.')}
          />
        )}
        <div className="flex flex-wrap justify-end gap-2 max-sm:flex-col-reverse">
          <Button onClick={() => setOpen(false)}>Keep things as they are</Button>
          <Button
            type="submit"
            tone="primary"
            pending={pending && 'Making it'}
            onPendingClick={(event) => event.preventDefault()}
          >
            Make a draft
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
