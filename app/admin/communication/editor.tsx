'use client';

import { RotateCcw, Send } from 'lucide-react';
import { startTransition as together, useId, useState, useTransition } from 'react';
import { type Answer, answered } from '#device/answered';
import { safeAfter, type Trouble } from '#device/trouble';
import { lineChanges } from '#domain/communication/changes';
import { type FieldName, type MergeValues, mergeFields } from '#domain/communication/fields';
import { writeCommunication } from '#domain/communication/mail';
import {
  BODY_MAX,
  isMessage,
  readTemplate,
  SUBJECT_MAX,
  type TemplateName,
  type Words,
} from '#domain/communication/templates';
import { Badge } from '#ui/badge';
import { Button } from '#ui/button';
import { Control, describedBy } from '#ui/control';
import { Field } from '#ui/field';
import { Notice } from '#ui/notice';
import { saveWords, sendTest } from './actions.ts';
import { Meanwhile } from './meanwhile.tsx';
import { Preview } from './preview.tsx';
import { inOrder, SheetWords } from './sheet-words.tsx';

const sameWords = (one: Words, other: Words) => one.subject === other.subject && one.body === other.body;

/**
 * Changes the words of a template, and shows at every letter what becomes of them. Where somebody else saved first, it shows
 * what they changed, and either can be taken.
 */
export function Editor({
  name,
  words,
  shipped,
  fields,
  values,
  logo,
  reader,
  reminder,
  manages,
}: {
  name: TemplateName;
  /** As they are kept now. */
  words: Words;
  shipped: Words;
  fields: readonly FieldName[];
  values: MergeValues;
  logo: string | null;
  /** Whom the preview is for; null for a sheet. */
  reader: string | null;
  reminder: boolean;
  manages: boolean;
}) {
  const bodyId = useId();
  const [seen, setSeen] = useState(words);
  const [subject, setSubject] = useState(words.subject);
  const [body, setBody] = useState(words.body);
  const [told, setTold] = useState<{ readonly done: string } | { readonly problem: Trouble } | null>(null);
  const [pending, start] = useTransition();
  const read = readTemplate(name, { subject, body });
  const wrong = read.ok ? {} : read.wrong;
  const mine = { subject, body };
  const changed = !sameWords(mine, seen);
  const overtaken = !sameWords(words, seen);
  const own = !sameWords(mine, shipped);

  const begin = (from: Words) => {
    setSeen(from);
    setSubject(from.subject);
    setBody(from.body);
  };
  // Whoever has changed nothing, or the same, has nothing to decide.
  if (overtaken && (!changed || sameWords(mine, words))) begin(words);

  const run = (work: () => Promise<Answer<unknown>>, done: string) =>
    start(async () => {
      const answer = await answered(work());
      together(() => setTold(answer.ok ? { done } : { problem: answer.problem }));
    });

  const save = (from: Words) =>
    start(async () => {
      const answer = await answered(saveWords({ name, subject, body, seen: from }));
      together(() => {
        if (answer.ok) begin(answer.value);
        setTold(
          answer.ok
            ? { done: 'The words were saved.' }
            : answer.problem.code === 'communication_changed_meanwhile'
              ? null
              : { problem: answer.problem },
        );
      });
    });

  return (
    <div className="grid items-start gap-8 xl:grid-cols-2">
      <form
        className="flex min-w-0 flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          save(seen);
        }}
      >
        <div aria-live="polite" className="empty:hidden">
          {told === null ? null : 'done' in told ? (
            <Notice tone="success" title={told.done} live="none" />
          ) : (
            <Notice tone="danger" title={told.problem.title} live="none" safe={safeAfter(told.problem)}>
              {told.problem.detail}
            </Notice>
          )}
        </div>
        {overtaken ? (
          <Meanwhile takeTheirs={() => begin(words)} putMineOnTop={() => save(words)}>
            <p>What they changed:</p>
            <ul className="mt-1 flex flex-col gap-1">
              {inOrder([
                ...lineChanges(seen.subject, words.subject),
                ...lineChanges(seen.body, words.body),
              ]).map(({ place, item: { kind, text } }) => (
                <li key={place} className="wrap-anywhere">
                  <span className="font-semibold">{kind === 'in' ? 'New: ' : 'Gone: '}</span>
                  {kind === 'in' ? <ins className="no-underline">{text}</ins> : <del>{text}</del>}
                </li>
              ))}
            </ul>
          </Meanwhile>
        ) : null}
        <Field
          label={reader === null ? 'Headline' : 'Subject'}
          name="subject"
          value={subject}
          readOnly={!manages}
          maxLength={SUBJECT_MAX}
          autoComplete="off"
          error={wrong.subject}
          onChange={(event) => setSubject(event.target.value)}
        />
        <Control
          id={bodyId}
          label="Words"
          hint="An empty line begins a paragraph. ## heading, - list, 1. steps, **bold**, [words](https://address). HTML has no meaning here."
          error={wrong.body}
        >
          <textarea
            id={bodyId}
            name="body"
            value={body}
            rows={20}
            maxLength={BODY_MAX}
            readOnly={!manages}
            aria-describedby={describedBy(bodyId, true, wrong.body)}
            aria-invalid={wrong.body === undefined ? undefined : true}
            className="w-full min-w-0 rounded-card border border-line-strong bg-surface px-3.5 py-2.5 text-14 leading-6 text-ink hover:border-accent-ink aria-invalid:border-danger-ink read-only:bg-sunken"
            onChange={(event) => setBody(event.target.value)}
          />
        </Control>
        <details className="rounded-card border border-line bg-surface px-4 py-2 text-14">
          <summary className="min-h-8 py-1 font-semibold">Fields that are filled in for you</summary>
          <dl className="grid gap-x-4 gap-y-2 py-2 sm:grid-cols-[auto_1fr]">
            {fields.map((field) => (
              <div key={field} className="contents">
                <dt className="font-mono text-12 leading-5">{`{{${field}}}`}</dt>
                <dd className="text-ink-soft max-sm:mb-2">
                  {mergeFields[field].about}{' '}
                  {values[field] === '' ? (
                    <Badge tone="warning">Not filled in</Badge>
                  ) : (
                    <span className="text-ink">Here: {values[field]}</span>
                  )}
                </dd>
              </div>
            ))}
          </dl>
        </details>
        {manages ? (
          <div className="flex flex-wrap gap-2">
            <Button
              type="submit"
              tone="primary"
              disabled={!changed || !read.ok || overtaken}
              pending={pending && 'Saving'}
              onPendingClick={(event) => event.preventDefault()}
            >
              Save the words
            </Button>
            {own ? (
              <Button
                icon={<RotateCcw size={16} />}
                onClick={() => {
                  setSubject(shipped.subject);
                  setBody(shipped.body);
                }}
              >
                Back to the shipped words
              </Button>
            ) : null}
            {isMessage(name) ? (
              <Button
                icon={<Send size={16} />}
                disabled={changed}
                onClick={() => run(() => sendTest({ name }), 'It was written to you. Look at the outbox.')}
              >
                Send it to me
              </Button>
            ) : null}
          </div>
        ) : null}
      </form>
      <div className="min-w-0 xl:sticky xl:top-[calc(var(--band)+1.5rem)]">
        {!read.ok ? (
          <Notice tone="warning" title="The preview waits" live="none">
            Something in the words cannot be read: it says what beside them.
          </Notice>
        ) : reader === null ? (
          <SheetWords template={read.value} values={values} />
        ) : (
          <Preview
            reader={reader}
            mail={writeCommunication(read.value.subject, read.value.blocks, {
              values,
              logo,
              unsubscribe: reminder ? new URL('/reminders', values.latchkey_link).href : null,
            })}
          />
        )}
      </div>
    </div>
  );
}
