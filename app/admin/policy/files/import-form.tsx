'use client';

import { FileUp } from 'lucide-react';
import { type ReactNode, useId, useRef, useState, useTransition } from 'react';
import type { z } from 'zod';
import { type Answer, answered } from '#device/answered';
import { safeAfter, type Trouble, UNANSWERED } from '#device/trouble';
import { toBase64Url } from '#domain/base64url';
import { importRefusals, type policyImportAnswer } from '#domain/policy/artefact-import';
import type { PolicyScope } from '#domain/policy/windows';
import { Badge } from '#ui/badge';
import { Button } from '#ui/button';
import { Card } from '#ui/card';
import { Notice } from '#ui/notice';
import { Select } from '#ui/select';
import { counted } from '../../words.ts';
import { refusalWords } from '../setting-form.tsx';
import { textWords } from '../words.ts';

type Report = z.output<typeof policyImportAnswer>;
type Chosen = { readonly name: string; readonly file: string };

const formatWords: Readonly<Record<Report['format'], string>> = {
  reg: 'registry file',
  pol: 'Registry.pol',
  intune: 'Intune custom profile',
};

function words(problem: Trouble): string {
  const { at, why } = problem.facts ?? {};
  return at === undefined ? refusalWords(problem) : `${problem.title} At ${at}: ${why}. ${problem.detail}`;
}

/** Imports a file in two steps: what it would change is shown, and only then confirmed, under the same policy. */
export function ImportForm({
  maximumBytes,
  importFile,
  into,
}: {
  maximumBytes: number;
  importFile: (input: {
    file: string;
    dryRun: boolean;
    leaveOutRefused?: boolean;
    policyVersion?: number;
    source?: string;
    revision?: number;
    scope?: PolicyScope;
    confirmed?: boolean;
  }) => Promise<Answer<Report>>;
  /** A source, whose draft takes the values; without it the organisation. */
  into?:
    | {
        readonly source: string;
        /** The scopes that it can hold; a Registry.pol is for one of them. */
        readonly scopes: readonly { readonly scope: PolicyScope; readonly title: string }[];
      }
    | undefined;
}) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [report, setReport] = useState<Report | null>(null);
  const [error, setError] = useState<{ readonly said: string; readonly problem?: Trouble } | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const [isDoubtful, setDoubtful] = useState(false);
  const [pending, start] = useTransition();
  const [scope, setScope] = useState<PolicyScope>('device');
  const target = into === undefined ? {} : { source: into.source, scope };

  function read(files: FileList | null) {
    const picked = files?.[0];
    if (picked === undefined) return;
    setReport(null);
    setError(null);
    setDone(null);
    setChosen(null);
    setDoubtful(false);
    if (picked.size > maximumBytes) {
      setError({ said: `${picked.name} is larger than ${Math.floor(maximumBytes / 1024)} KB.` });
      return;
    }
    start(async () => {
      const file = toBase64Url(new Uint8Array(await picked.arrayBuffer()));
      const answer = await answered(importFile({ ...target, file, dryRun: true }));
      if (!answer.ok) return setError({ said: `${picked.name}: ${words(answer.problem)}` });
      setChosen({ name: picked.name, file });
      setReport(answer.value);
    });
  }

  function apply({ file }: Chosen, { policyVersion, refusedTotal, revision }: Report) {
    start(async () => {
      const answer = await answered(
        importFile({
          ...target,
          ...(revision === null ? {} : { revision }),
          file,
          dryRun: false,
          leaveOutRefused: refusedTotal > 0,
          policyVersion,
          confirmed: isDoubtful,
        }),
      );
      if (!answer.ok) {
        setDoubtful(answer.problem.code === 'administrators_not_confirmed');
        return setError({ said: words(answer.problem), problem: answer.problem });
      }
      setError(null);
      setReport(null);
      setChosen(null);
      setDone(
        `${counted(answer.value.changed, 'setting')} changed${into === undefined ? '' : ' in the draft'}.`,
      );
    });
  }

  return (
    <Card>
      <div className="flex flex-col gap-5">
        {done === null ? null : (
          <Notice tone="success" title={done.charAt(0).toUpperCase() + done.slice(1)}>
            {into === undefined
              ? 'The event log has one line for each.'
              : 'They apply once the draft is published.'}
          </Notice>
        )}
        {error === null ? null : <NotImported {...error} />}
        {into === undefined || into.scopes.length < 2 ? null : (
          <div className="max-w-80">
            <Select
              label="A Registry.pol is for"
              name="scope"
              value={scope}
              onChange={(event) => setScope(event.target.value as PolicyScope)}
              hint="Other files say it themselves."
              options={into.scopes.map((each) => ({ value: each.scope, label: each.title }))}
            />
          </div>
        )}
        {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a short cut; the button does the same */}
        <div
          className="flex flex-col items-center gap-3 rounded-card border border-line-strong border-dashed px-6 py-8 text-center"
          onDragOver={(event) => event.preventDefault()}
          onDrop={(event) => {
            event.preventDefault();
            read(event.dataTransfer.files);
          }}
        >
          <input
            ref={input}
            id={id}
            type="file"
            accept=".reg,.pol,.json"
            className="hidden"
            aria-label="Policy file"
            onChange={(event) => {
              read(event.target.files);
              // The same file may be chosen again after it was corrected.
              event.target.value = '';
            }}
          />
          <Button
            icon={<FileUp size={16} />}
            onClick={() => input.current?.click()}
            pending={pending && report === null && 'Reading the file'}
          >
            Choose a file
          </Button>
          <p className="text-14 text-ink-soft">or drop it here. It is read first; nothing changes yet.</p>
        </div>
        {report === null || chosen === null ? null : (
          <Preview
            report={report}
            name={chosen.name}
            pending={pending}
            isDoubtful={isDoubtful}
            apply={() => apply(chosen, report)}
            cancel={() => {
              setReport(null);
              setChosen(null);
            }}
          />
        )}
      </div>
    </Card>
  );
}

/** Why a file was not imported; without an answer nobody knows that it was not. */
function NotImported({ said, problem }: { said: string; problem?: Trouble }) {
  const isKnown = problem === undefined || !UNANSWERED.includes(problem.code);
  return (
    <Notice
      tone="danger"
      title={isKnown ? 'The file was not imported' : 'Nobody knows whether the file was imported'}
      safe={isKnown ? 'Nothing was changed.' : safeAfter(problem)}
    >
      {said}
    </Notice>
  );
}

function Preview({
  report,
  name,
  pending,
  isDoubtful,
  apply,
  cancel,
}: {
  report: Report;
  name: string;
  pending: boolean;
  /** It was refused once, and would be done if it is meant. */
  isDoubtful: boolean;
  apply: () => void;
  cancel: () => void;
}) {
  const { format, understood, ignored, ignoredTotal, refused, refusedTotal, contradiction, changed } = report;
  const shown = (text: string | null, setting: (typeof understood)[number]['name']) =>
    text === null ? 'Default' : textWords(setting, text);
  return (
    <section
      aria-label="What the file would change"
      className="flex flex-col gap-5 border-line border-t pt-5"
    >
      <p role="status" className="text-14">
        <strong className="font-semibold">{name}</strong> is a {formatWords[format]}: {understood.length}{' '}
        understood, {refusedTotal} refused, {ignoredTotal} ignored.
      </p>
      {contradiction === null ? null : (
        <Notice tone="warning" title="It would not fit with what is set" live="none">
          {contradiction} Nothing of the file can be applied until it does.
        </Notice>
      )}
      <Lines
        title="Understood"
        tone="success"
        count={understood.length}
        none="Nothing in it is about these settings."
      >
        {understood.map((each) => (
          <Line
            key={`${each.scope} ${each.name}`}
            title={each.title}
            what={each.scope === 'user' ? `${each.name}, user` : each.name}
          >
            {(each.before ?? null) === each.value ? (
              <span className="text-ink-soft">{shown(each.value, each.name)}, as it is</span>
            ) : (
              <>
                <span className="text-ink-soft">{shown(each.before, each.name)}</span>
                <span aria-hidden="true"> → </span>
                <span className="sr-only"> becomes </span>
                <strong className="font-semibold wrap-anywhere">{shown(each.value, each.name)}</strong>
              </>
            )}
          </Line>
        ))}
      </Lines>
      {refusedTotal === 0 ? null : (
        <Lines title="Refused" tone="warning" count={refusedTotal} more={refusedTotal - refused.length}>
          {refused.map((each) => (
            <Line key={`${each.at} ${each.name}`} title={each.name} what={`${each.what}, ${each.at}`}>
              {importRefusals[each.reason]}
            </Line>
          ))}
        </Lines>
      )}
      {ignoredTotal === 0 ? null : (
        <details>
          <summary className="cursor-pointer text-14 font-semibold">
            Ignored, because it is not about these settings: {ignoredTotal}
          </summary>
          <ul className="flex flex-col gap-1 pt-2 font-mono text-12 text-ink-soft">
            {ignored.map(({ what, at }) => (
              <li key={`${at} ${what}`} className="wrap-anywhere">
                {what}, {at}
              </li>
            ))}
          </ul>
          <More count={ignoredTotal - ignored.length} />
        </details>
      )}
      <div className="flex flex-wrap justify-end gap-2 max-sm:flex-col-reverse">
        <Button onClick={cancel}>Keep things as they are</Button>
        {changed > 0 && contradiction === null ? (
          <Button tone={isDoubtful ? 'danger' : 'primary'} onClick={apply} pending={pending && 'Applying'}>
            {isDoubtful ? 'All the same: ' : ''}
            {`Apply ${counted(changed, 'change')}${refusedTotal > 0 ? `, leave out ${refusedTotal}` : ''}`}
          </Button>
        ) : null}
      </div>
    </section>
  );
}

function Lines({
  title,
  tone,
  count,
  more = 0,
  none,
  children,
}: {
  title: string;
  tone: 'success' | 'warning';
  count: number;
  /** How many of them are not among the children. */
  more?: number;
  none?: string;
  children: ReactNode;
}) {
  return (
    <div className="flex flex-col gap-2">
      <h3 className="flex items-center gap-2 text-14 font-semibold">
        {title} <Badge tone={count === 0 ? 'neutral' : tone}>{count}</Badge>
      </h3>
      {count === 0 ? (
        <p className="text-14 text-ink-soft">{none}</p>
      ) : (
        <ul className="divide-y divide-line rounded-card border border-line px-4">{children}</ul>
      )}
      <More count={more} />
    </div>
  );
}

function More({ count }: { count: number }) {
  return count > 0 ? <p className="pt-1 text-12 text-ink-soft">and {count} more</p> : null;
}

function Line({ title, what, children }: { title: string; what: string; children: ReactNode }) {
  return (
    <li className="grid gap-x-8 gap-y-1 py-2.5 text-14 sm:grid-cols-2">
      <span className="flex min-w-0 flex-col">
        <span>{title}</span>
        <span className="font-mono text-12 text-ink-soft wrap-anywhere">{what}</span>
      </span>
      <span className="min-w-0 wrap-anywhere">{children}</span>
    </li>
  );
}
