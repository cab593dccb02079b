'use client';

import { ChevronRight, ExternalLink, RotateCw } from 'lucide-react';
import type { Route } from 'next';
import { usePathname, useSearchParams } from 'next/navigation';
import { type ReactNode, useEffect, useState } from 'react';
import { type Remedy, remedies } from '#domain/doctor';
import type { CeremonyReport, CeremonyReportAnswer } from '#domain/wire';
import { Button, ButtonLink, buttonLook } from '#ui/button';
import { Countdown } from '#ui/countdown';
import { Notice } from '#ui/notice';
import { inSeconds } from '#ui/now';
import { SupportCode } from '#ui/support-code';
import { post } from './post.ts';
import { diagnosisOf, type Trouble } from './trouble.ts';

/**
 * A trouble as a person reads it: what happened, what to do, what is safe, what may have caused it, and the code that finds
 * the event. `action` is the page's own way on; without one the doctor's remedy is offered.
 */
export function TroubleNotice({ trouble, action }: { trouble: Trouble | null; action?: ReactNode }) {
  const support = useSupportCode(trouble);
  const here = useHere();
  if (trouble === null) return null;
  const { title, detail, safe, causes, remedy } = diagnosisOf(trouble);
  const wayOn =
    action ??
    (remedy === null || remedies[remedy].href === here ? undefined : <RemedyButton remedy={remedy} />);
  return (
    <Notice
      tone="warning"
      live="alert"
      title={title}
      safe={safe}
      action={wayOn}
      foot={
        <>
          {causes.length === 0 ? null : (
            <details className="group/causes">
              <summary className="inline-flex min-h-8 items-center gap-1 rounded-inner pr-2 text-accent-ink hover:underline pointer-coarse:min-h-11">
                <ChevronRight size={16} className="transition-transform group-open/causes:rotate-90" />
                What could have happened
              </summary>
              <ul className="mt-1 mb-2 flex list-disc flex-col gap-1 pl-6">
                {causes.map((cause) => (
                  <li key={cause}>{cause}</li>
                ))}
              </ul>
              <a
                href={`/help/errors#${trouble.code}`}
                target="_blank"
                rel="noopener"
                className="link mb-2 inline-block"
              >
                About this message<span className="sr-only"> (opens in a new tab)</span>
              </a>
            </details>
          )}
          {support === null ? null : <SupportCode code={support} />}
        </>
      }
    >
      {trouble.retryAfterSeconds === undefined ? (
        <p>{detail}</p>
      ) : (
        <TryAgain seconds={trouble.retryAfterSeconds} since={trouble} />
      )}
    </Notice>
  );
}

/** Where somebody is, also while the page is made: a link to there helps nobody. */
function useHere(): string {
  const [path, asked] = [usePathname(), useSearchParams().toString()];
  return asked === '' ? path : `${path}?${asked}`;
}

function RemedyButton({ remedy }: { remedy: Remedy }) {
  const { label, href } = remedies[remedy];
  if (href === null) {
    return (
      <Button size="small" icon={<RotateCw size={16} aria-hidden />} onClick={() => window.location.reload()}>
        {label}
      </Button>
    );
  }
  return href.startsWith('/') ? (
    <ButtonLink size="small" href={href as Route}>
      {label}
    </ButtonLink>
  ) : (
    <a href={href} className={buttonLook({ size: 'small' })}>
      <ExternalLink size={16} aria-hidden />
      <span>{label}</span>
    </a>
  );
}

/** One report for one ceremony, however often it is shown. */
const reports = new WeakMap<object, Promise<string | null>>();

async function report(trouble: Trouble & { context: object }): Promise<string | null> {
  const body = { error: trouble.code, ...trouble.context } as CeremonyReport;
  const answer = await post<CeremonyReportAnswer>('/api/ceremony-reports', body);
  return answer.ok ? answer.value.support : null;
}

/** The code that came with the answer; for what ended in the browser, the one of its report. */
function useSupportCode(trouble: Trouble | null): string | null {
  const [reported, setReported] = useState<{ of: object; code: string | null } | null>(null);
  const context = trouble?.context;

  useEffect(() => {
    if (trouble === null || context === undefined) return;
    const sent = reports.get(context) ?? report({ ...trouble, context });
    reports.set(context, sent);
    let shown = true;
    void sent.then((code) => {
      if (shown) setReported({ of: context, code });
    });
    return () => {
      shown = false;
    };
  }, [trouble, context]);

  if (context !== undefined) return reported?.of === context ? reported.code : null;
  return trouble?.support ?? null;
}

/** Says how long to wait, counting down from the answer `since`; another way in is open all the while. */
function TryAgain({ seconds, since }: { seconds: number; since: Trouble }) {
  const [until, setUntil] = useState<string | null>(null);
  const [over, setOver] = useState(false);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another answer with the same wait starts it anew
  useEffect(() => {
    setOver(false);
    setUntil(inSeconds(seconds));
  }, [seconds, since]);

  if (over) return <p>You can try again now.</p>;
  return (
    <p>
      Try again in{' '}
      {until === null ? (
        `${seconds} seconds`
      ) : (
        <Countdown key={until} until={until} onEnd={() => setOver(true)} />
      )}
      , or sign in another way.
    </p>
  );
}
