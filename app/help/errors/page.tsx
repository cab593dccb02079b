import { Search } from 'lucide-react';
import type { Metadata } from 'next';
import Form from 'next/form';
import type { ReactNode } from 'react';
import {
  browserErrors,
  diagnoseBrowser,
  diagnoseProblem,
  documentedOnly,
  everyCauseOf,
  isProblemCode,
} from '#domain/doctor';
import { problem, problemCodes } from '#domain/problem';
import { type WindowsError, windowsErrors, windowsErrorsOf } from '#domain/windows-error';
import { Badge } from '#ui/badge';
import { Button, ButtonLink } from '#ui/button';
import { EmptyState } from '#ui/empty-state';
import { Field } from '#ui/field';
import { MemberShell } from '#ui/member-shell';

export const metadata: Metadata = { title: 'What went wrong' };

interface Entry {
  readonly id: string;
  readonly title: string;
  /** What stands beside the name: a status, or that nothing here answers so. */
  readonly mark?: ReactNode;
  readonly lines: readonly { readonly term: string; readonly text: string }[];
  readonly causes: readonly string[];
  readonly more?: ReactNode;
}

const DOCUMENTED = <Badge>Documented only</Badge>;
const line = (term: string, text: string | null) => (text === null ? [] : [{ term, text }]);

/** The codes by which Windows tells the same. */
function Same({ errors }: { errors: readonly WindowsError[] }) {
  if (errors.length === 0) return null;
  return (
    <p className="text-14 text-ink-soft">
      Windows says{' '}
      {errors.map(({ code }, index) => (
        <span key={code}>
          {index === 0 ? '' : ', '}
          <a href={`#${code}`} className="link font-mono">
            {code}
          </a>
        </span>
      ))}
      .
    </p>
  );
}

const fromBrowsers: readonly Entry[] = browserErrors.map((error) => {
  const { title, detail, safe } = diagnoseBrowser(error, {
    ceremony: 'asking',
    windows: true,
    took: 'short',
    keyExpected: false,
  });
  const unseen = documentedOnly(error);
  return {
    id: error,
    title,
    mark: unseen === null ? undefined : DOCUMENTED,
    lines: [...line('Next', detail), ...line('Safe', safe), ...line('Not seen here', unseen)],
    causes: everyCauseOf(error),
    more: <Same errors={windowsErrorsOf(error)} />,
  };
});

const fromLatchkey: readonly Entry[] = problemCodes.map((code) => {
  const { title, detail, safe, causes } = diagnoseProblem(code);
  return {
    id: code,
    title,
    mark: <span className="figures text-12 text-ink-soft">HTTP {problem(code).status}</span>,
    lines: [...line('Next', detail), ...line('Safe', safe)],
    causes,
    more: <Same errors={windowsErrorsOf(code)} />,
  };
});

const fromWindows: readonly Entry[] = windowsErrors.map(({ code, cause, mitigation, here }) => ({
  id: code,
  title: cause,
  mark: here === null ? DOCUMENTED : undefined,
  lines: line('Next', mitigation ?? 'Microsoft names nothing that helps: contact support.'),
  causes: [],
  more:
    here === null ? null : (
      <p className="text-14 text-ink-soft">
        Latchkey says{' '}
        <a href={`#${here}`} className="link font-mono">
          {here}
        </a>
        :{' '}
        {isProblemCode(here)
          ? diagnoseProblem(here).title
          : fromBrowsers.find(({ id }) => id === here)?.title}
      </p>
    ),
}));

const parts = [
  {
    id: 'browser',
    title: 'What your browser and device can answer',
    note: 'Browsers keep the true reason to themselves, so that no site can ask about your keys. What is likely depends on how long it took and on what this device should hold.',
    entries: fromBrowsers,
  },
  {
    id: 'latchkey',
    title: 'What Latchkey can answer',
    note: 'The code is part of the HTTP contract. The true cause is in the event log, under the support code.',
    entries: fromLatchkey,
  },
  {
    id: 'windows',
    title: 'What Windows can answer while a PIN is made',
    note: 'Codes of Windows Hello for Business. Where Latchkey has an answer of its own for the same fact, it is named; all others are here for reference.',
    entries: fromWindows,
  },
] as const;

function fits({ id, title, lines, causes }: Entry, wanted: string): boolean {
  const text = [id, title, ...lines.map((each) => each.text), ...causes].join('\n').toLowerCase();
  return wanted.split(/\s+/).every((word) => text.includes(word));
}

/** Everything that the error doctor knows, for anybody: it says nothing about any person. */
export default async function ErrorsPage({
  searchParams,
}: {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}) {
  const { q } = await searchParams;
  const wanted = (typeof q === 'string' ? q : '').trim().toLowerCase().slice(0, 100);
  const found = parts.map((part) => ({
    ...part,
    entries: part.entries.filter((entry) => wanted === '' || fits(entry, wanted)),
  }));
  const count = found.reduce((sum, { entries }) => sum + entries.length, 0);
  return (
    <MemberShell
      wide
      title="What went wrong, and what helps"
      intro="Every message that Latchkey can show, with what is safe, what to do next and what may be behind it."
    >
      <Form action="/help/errors" role="search" className="flex flex-wrap items-end gap-3">
        <div className="grow basis-60">
          <Field
            key={wanted}
            label="Search"
            name="q"
            type="search"
            defaultValue={wanted}
            maxLength={100}
            hint="A word of the message, or a code such as NotAllowedError or 0x801C000E."
          />
        </div>
        <div className="flex gap-2 pb-6">
          <Button type="submit" icon={<Search size={16} aria-hidden />}>
            Search
          </Button>
          {wanted === '' ? null : (
            <ButtonLink href="/help/errors" tone="quiet">
              Show all
            </ButtonLink>
          )}
        </div>
      </Form>
      <p role="status" className="text-14 text-ink-soft">
        {wanted === ''
          ? `${count} messages.`
          : `${count} of ${parts.reduce((sum, { entries }) => sum + entries.length, 0)} fit “${wanted}”.`}
      </p>
      {count === 0 ? (
        <EmptyState title="Nothing fits">
          Try one word of what you read, or the code alone. If you have a support code, read it to your
          administrator: it finds what really happened.
        </EmptyState>
      ) : null}
      {found
        .filter(({ entries }) => entries.length > 0)
        .map(({ id, title, note, entries }) => (
          <section key={id} aria-labelledby={id} className="flex flex-col gap-4">
            <div className="flex flex-col gap-1">
              <h2 id={id} className="text-20 font-semibold">
                {title}
              </h2>
              <p className="max-w-line text-14 text-ink-soft">{note}</p>
            </div>
            <ul className="divide-y divide-line border-line border-y">
              {entries.map((entry) => (
                <li
                  key={entry.id}
                  id={entry.id}
                  className="flex scroll-mt-6 flex-col gap-2 py-4 target:bg-accent-soft"
                >
                  <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
                    <h3 className="text-16 font-semibold">{entry.title}</h3>
                    {entry.mark}
                  </div>
                  <p className="font-mono text-12 wrap-anywhere text-ink-soft">{entry.id}</p>
                  <dl className="grid gap-x-4 gap-y-1 text-14 sm:grid-cols-[8rem_1fr]">
                    {entry.lines.map(({ term, text }) => (
                      <div key={term} className="contents">
                        <dt className="text-ink-soft">{term}</dt>
                        <dd className="max-w-line">{text}</dd>
                      </div>
                    ))}
                    {entry.causes.length === 0 ? null : (
                      <div className="contents">
                        <dt className="text-ink-soft">May be behind it</dt>
                        <dd className="max-w-line">
                          <ul className="list-disc pl-5">
                            {entry.causes.map((cause) => (
                              <li key={cause}>{cause}</li>
                            ))}
                          </ul>
                        </dd>
                      </div>
                    )}
                  </dl>
                  {entry.more}
                </li>
              ))}
            </ul>
          </section>
        ))}
    </MemberShell>
  );
}
