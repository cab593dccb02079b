'use client';

import { type FormEvent, useState } from 'react';
import { safeAfter, type Trouble } from '#device/trouble';
import { policyDocument, sourceKinds } from '#domain/policy/source';
import { Button } from '#ui/button';
import { Checkbox } from '#ui/checkbox';
import { Field } from '#ui/field';
import { Notice } from '#ui/notice';
import { refusalWords } from '../../setting-form.tsx';
import { useEditor } from './editor.tsx';

/** The name of a source and how it is given: on or off, its link order, scope tags, whether enrolment waits for it. */
export function About() {
  const { document } = useEditor();
  const { name, description, enabled, order, scopeTags, required } = document;
  // What somebody else changed is shown; what is typed here stays while other parts of the page are saved.
  return <AboutForm key={JSON.stringify([name, description, enabled, order, scopeTags, required])} />;
}

function AboutForm() {
  const { kind, document, change, pending, manages } = useEditor();
  const { channel } = sourceKinds[kind];
  const [name, setName] = useState(document.name);
  const [description, setDescription] = useState(document.description);
  const [order, setOrder] = useState(String(document.order));
  const [tags, setTags] = useState(document.scopeTags.join(', '));
  const [enabled, setEnabled] = useState(document.enabled);
  const [required, setRequired] = useState(document.required);
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const [problem, setProblem] = useState<Trouble | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    setProblem(null);
    const scopeTags = [...new Set(tags.split(',').map((tag) => tag.trim()))].filter((tag) => tag !== '');
    const next = policyDocument.safeParse({
      ...document,
      name,
      description,
      order: /^\d{1,3}$/.test(order.trim()) ? Number(order) : 0,
      scopeTags,
      enabled,
      required,
    });
    if (!next.success) {
      const fields = next.error.issues.map(({ path }) => String(path[0]));
      return setErrors(Object.fromEntries(fields.map((field) => [field, faults[field] ?? 'Not allowed.'])));
    }
    setErrors({});
    setProblem(await change(next.data, 'Saved in the draft.'));
  }

  return (
    <form onSubmit={submit} noValidate className="flex max-w-140 flex-col gap-4">
      <fieldset disabled={!manages} className="flex min-w-0 flex-col gap-4">
        <Field
          label="Name"
          name="name"
          value={name}
          maxLength={100}
          autoComplete="off"
          onChange={(event) => setName(event.target.value)}
          error={errors.name}
        />
        <Field
          label="Description"
          name="description"
          optional
          value={description}
          maxLength={500}
          autoComplete="off"
          onChange={(event) => setDescription(event.target.value)}
          error={errors.description}
        />
        {channel === 'gpo' ? (
          <Field
            label="Link order"
            name="order"
            type="number"
            inputMode="numeric"
            min={1}
            max={999}
            value={order}
            onChange={(event) => setOrder(event.target.value)}
            hint="Of two objects that set the same, the one with the smaller number wins."
            error={errors.order}
          />
        ) : null}
        {channel === 'csp' ? (
          <Field
            label="Scope tags"
            name="scopeTags"
            optional
            value={tags}
            autoComplete="off"
            onChange={(event) => setTags(event.target.value)}
            hint="With commas between them. In Intune they say who may see a profile; here they are kept with it."
            error={errors.scopeTags}
          />
        ) : null}
        <div className="flex flex-col">
          <Checkbox
            name="enabled"
            label={channel === 'gpo' ? 'Linked to the domain' : 'On'}
            hint={
              channel === 'gpo'
                ? 'Not linked, it is kept, and nobody gets it.'
                : 'Off, it is kept, and nobody gets it.'
            }
            checked={enabled}
            onChange={(event) => setEnabled(event.target.checked)}
          />
          <Checkbox
            name="required"
            label="The Enrollment Status Page waits for it"
            hint="On a new device nobody goes on until it has arrived."
            checked={required}
            onChange={(event) => setRequired(event.target.checked)}
          />
        </div>
      </fieldset>
      {problem === null ? null : (
        <Notice tone="danger" title={refusalWords(problem)} safe={safeAfter(problem)} />
      )}
      {manages ? (
        <div>
          <Button
            type="submit"
            pending={pending && 'Saving'}
            onPendingClick={(event) => event.preventDefault()}
          >
            Save in the draft
          </Button>
        </div>
      ) : null}
    </form>
  );
}

const faults: Readonly<Record<string, string>> = {
  name: 'Give it a name of at most 100 characters.',
  description: 'At most 500 characters.',
  order: 'Choose a whole number from 1 to 999.',
  scopeTags: 'At most 20 tags of at most 50 characters.',
};
