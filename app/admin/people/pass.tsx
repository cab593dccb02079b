'use client';

import { Check, TicketPlus } from 'lucide-react';
import { type FormEvent, Fragment, startTransition, useEffect, useRef, useState } from 'react';
import { type Answer, answered } from '#device/answered';
import {
  PASS_REASON_LENGTH,
  PASS_START_AHEAD_MS,
  type PassObstacle,
  type PassUsability,
  passReason,
} from '#domain/temporary-access-pass';
import { Button } from '#ui/button';
import { Checkbox } from '#ui/checkbox';
import { CopyButton } from '#ui/copy-button';
import { CountdownRing } from '#ui/countdown-ring';
import { Field } from '#ui/field';
import { Notice } from '#ui/notice';
import { organisationNow } from '#ui/now';
import { QrCode } from '#ui/qr-code';
import { Time } from '#ui/time';
import { useReport } from '../outcomes.tsx';
import { showAtTop } from '../scroll.ts';
import { minutesWords, obstacleWords } from './pass-words.ts';

/** Lifetimes that people ask for; those that policy allows are offered. */
const USUAL_MINUTES = [60, 240, 480, 1440, 10_080] as const;

/** Up to this the ring counts down; longer lives are told in words. */
const RING_MINUTES = 60;

export interface Issued {
  readonly upn: string;
  readonly pass: string;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  readonly oneTime: boolean;
  readonly usability: PassUsability;
  readonly obstacle: PassObstacle | null;
  readonly link: string;
}

/** What policy says about a new pass of this person. */
interface Rules {
  readonly minimum: number;
  readonly maximum: number;
  readonly usual: number;
  readonly oneTimeOnly: boolean;
  /** Why the person could not use it. */
  readonly obstacle: PassObstacle | null;
}

interface Request {
  userId: string;
  lifetimeMinutes: number;
  oneTime: boolean;
  startsAt?: string;
  reason?: string;
}

/** What a field for local time takes: "2026-03-02T09:00". */
function localMinute(at: Date): string {
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/** Issues a Temporary Access Pass in place and shows its value, once. */
export function IssuePass({
  userId,
  name,
  rules,
  replaces,
  urgent,
  keys,
  issue,
  ask,
}: {
  userId: string;
  name: string;
  rules: Rules;
  /** Whether the person has a pass that a new one would replace. */
  replaces: boolean;
  /** Whether a pass is what the person needs most. */
  urgent: boolean;
  /** Keys of the person that work: with one, a pass takes a reason. */
  keys: number;
  issue?: (input: Request) => Promise<Answer<Issued>>;
  /** In place of `issue`, where a second administrator must approve. */
  ask?: (input: Request) => Promise<Answer<unknown>>;
}) {
  const [stage, setStage] = useState<'closed' | 'form' | Issued>('closed');
  const report = useReport();

  if (stage === 'closed') {
    return (
      <Button
        size="small"
        tone={urgent ? 'primary' : 'secondary'}
        icon={<TicketPlus size={16} />}
        onClick={() => setStage('form')}
      >
        {ask ? 'Ask for a pass' : replaces ? 'Issue another pass' : 'Issue a pass'}
      </Button>
    );
  }
  if (stage !== 'form') return <ShownPass issued={stage} name={name} done={() => setStage('closed')} />;
  return (
    <PassRequestForm
      name={name}
      rules={rules}
      replaces={replaces}
      keys={keys}
      approval={ask !== undefined}
      cancel={() => setStage('closed')}
      issue={async (request) => {
        if (ask) {
          const answer = await answered(ask({ userId, ...request }));
          if (answer.ok) {
            setStage('closed');
            startTransition(() => report({ done: 'Asked. A second administrator decides under Approvals.' }));
          }
          return answer;
        }
        if (!issue) return null;
        const answer = await answered(issue({ userId, ...request }));
        if (answer.ok) setStage(answer.value);
        return answer;
      }}
    />
  );
}

function PassRequestForm({
  name,
  rules,
  replaces,
  keys,
  approval,
  cancel,
  issue,
}: {
  name: string;
  rules: Rules;
  replaces: boolean;
  keys: number;
  /** Whether it is asked for, and made once a second administrator has approved it. */
  approval: boolean;
  cancel: () => void;
  issue: (request: Omit<Request, 'userId'>) => Promise<Answer<unknown> | null>;
}) {
  const { minimum, maximum, usual, oneTimeOnly, obstacle } = rules;
  const [minutes, setMinutes] = useState<string>(String(usual));
  const [later, setLater] = useState(false);
  const [start, setStart] = useState('');
  const [wrong, setWrong] = useState<{
    readonly minutes?: string;
    readonly start?: string;
    readonly reason?: string;
  }>({});
  const [pending, setPending] = useState(false);
  const report = useReport();
  const presets = [...new Set([minimum, ...USUAL_MINUTES, usual, maximum])]
    .filter((each) => each >= minimum && each <= maximum)
    .sort((a, b) => a - b);
  const bounds = `From ${minutesWords(minimum)} to ${minutesWords(maximum)} (${minimum} to ${maximum} minutes), as policy says.`;
  const needsReason = approval || keys > 0;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const lifetimeMinutes = Number(minutes);
    if (!Number.isInteger(lifetimeMinutes) || lifetimeMinutes < minimum || lifetimeMinutes > maximum) {
      setWrong({ minutes: `Choose ${minimum} to ${maximum} whole minutes.` });
      return;
    }
    const startsAt = new Date(start);
    if (later && Number.isNaN(startsAt.getTime())) {
      setWrong({ start: 'Choose a day and a time.' });
      return;
    }
    const typed = new FormData(event.currentTarget).get('reason');
    const reason = typeof typed === 'string' ? passReason(typed) : null;
    if (reason === null && needsReason) {
      setWrong({ reason: 'Say why, in a sentence.' });
      return;
    }
    const oneTime = oneTimeOnly || new FormData(event.currentTarget).get('oneTime') !== null;
    setWrong({});
    setPending(true);
    report(null);
    const answer = await issue({
      lifetimeMinutes,
      oneTime,
      ...(reason === null ? {} : { reason }),
      ...(later ? { startsAt: startsAt.toISOString() } : {}),
    });
    setPending(false);
    if (answer === null || answer.ok) return;
    const said = `${answer.problem.title} ${answer.problem.detail}`;
    const { code } = answer.problem;
    if (code === 'invalid_start') setWrong({ start: said });
    else if (code === 'invalid_lifetime') setWrong({ minutes: said });
    else if (code === 'reason_required') setWrong({ reason: said });
    else report({ problem: answer.problem });
  }

  return (
    <form
      onSubmit={submit}
      noValidate
      className="rise flex w-full flex-col gap-4 rounded-card border border-line bg-surface p-4"
    >
      {obstacle === null ? null : (
        <Notice tone="warning" live="none" title={`${name} could not use it now`}>
          {obstacleWords[obstacle]} You can issue it all the same: it works once policy allows it.
        </Notice>
      )}
      {keys === 0 ? null : (
        <Notice
          tone="warning"
          live="none"
          title={`${name} has ${keys === 1 ? 'a key that works' : `${keys} keys that work`}`}
        >
          Make sure that it is really {name} who asks. {name} is told of it on every device and by e-mail, and
          the event log keeps your reason.
        </Notice>
      )}
      {needsReason || wrong.reason ? (
        <Field
          label="Why they need a pass"
          name="reason"
          maxLength={PASS_REASON_LENGTH.maximum}
          placeholder="Their laptop is being repaired"
          hint={approval ? 'The administrator who decides reads it.' : undefined}
          error={wrong.reason}
          required
        />
      ) : null}
      <fieldset className="flex flex-col gap-2">
        <legend className="pb-2 text-14 font-semibold">How long it works</legend>
        <div className="flex flex-wrap gap-2">
          {presets.map((preset) => (
            <Button
              key={preset}
              size="small"
              aria-pressed={minutes === String(preset)}
              icon={minutes === String(preset) ? <Check size={14} /> : undefined}
              onClick={() => setMinutes(String(preset))}
            >
              {minutesWords(preset)}
            </Button>
          ))}
        </div>
      </fieldset>
      <Field
        label="Minutes"
        name="lifetimeMinutes"
        type="number"
        inputMode="numeric"
        min={minimum}
        max={maximum}
        step={1}
        value={minutes}
        onChange={(event) => setMinutes(event.target.value)}
        hint={bounds}
        error={wrong.minutes}
        autoFocus
      />
      <div className="flex flex-col">
        <Checkbox
          name="later"
          label="Starts later"
          hint="Its lifetime counts from the start."
          checked={later}
          onChange={(event) => {
            setLater(event.target.checked);
            if (event.target.checked && start === '')
              setStart(localMinute(new Date(organisationNow() + 3_600_000)));
          }}
        />
        {later ? (
          <div className="pb-2 sm:pl-8">
            <Field
              label="Start"
              name="startsAt"
              type="datetime-local"
              min={localMinute(new Date(organisationNow()))}
              max={localMinute(new Date(organisationNow() + PASS_START_AHEAD_MS))}
              value={start}
              onChange={(event) => setStart(event.target.value)}
              hint={`In your own time (${zone}), at most 30 days ahead.`}
              error={wrong.start}
            />
          </div>
        ) : null}
        <Checkbox
          name="oneTime"
          label="Works once"
          hint={
            oneTimeOnly
              ? 'Policy: every pass works once.'
              : 'After it was used, the set-up must be finished within 10 minutes.'
          }
          defaultChecked
          disabled={oneTimeOnly}
        />
      </div>
      {replaces ? (
        <p className="text-14 text-ink-soft">
          It replaces the pass that {name} has. A set-up that began with the old one stops.
        </p>
      ) : null}
      <div className="flex flex-wrap gap-2">
        <Button
          type="submit"
          tone="primary"
          pending={pending && (approval ? 'Asking' : 'Issuing')}
          onPendingClick={(event) => event.preventDefault()}
        >
          {approval ? 'Ask for the pass' : 'Issue the pass'}
        </Button>
        <Button tone="quiet" onClick={cancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

/** A pass in groups of four, which are easier to read out and to type. */
function inFours(pass: string): string[] {
  return pass.match(/.{1,4}/g) ?? [];
}

/** The value of a pass, shown once, as text, link and QR code. */
export function ShownPass({ issued, name, done }: { issued: Issued; name: string; done: () => void }) {
  const place = useRef<HTMLElement>(null);
  const expiresAt = issued.expiresAt.toISOString();
  const lifetimeSeconds = (issued.expiresAt.getTime() - issued.startsAt.getTime()) / 1000;
  const begun = issued.usability !== 'NotYetValid';

  useEffect(() => {
    place.current?.focus({ preventScroll: true });
    showAtTop(place.current);
  }, []);

  return (
    <section
      ref={place}
      tabIndex={-1}
      aria-label={`The pass of ${name}`}
      onKeyDown={(event) => {
        if (event.key === 'Escape') event.preventDefault();
      }}
      className="rise flex w-full scroll-mt-20 flex-col gap-4 rounded-card border border-accent-line bg-surface p-4 outline-none lg:scroll-mt-4"
    >
      <div className="flex flex-col items-center gap-1 rounded-inner bg-accent-soft px-2 py-4 text-center">
        <p className="text-14 text-ink-soft">Temporary Access Pass of {name}</p>
        <p
          data-testid="pass"
          className={`figures font-mono font-semibold tracking-[0.06em] text-accent-ink ${issued.pass.length <= 8 ? 'text-40' : issued.pass.length <= 16 ? 'text-28' : 'text-20'}`}
        >
          {inFours(issued.pass).map((four, place) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two groups may be alike, and none of them ever moves
            <Fragment key={place}>
              {/* Selected by hand it is one word; it may break between the groups all the same. */}
              <wbr />
              <span className="mx-1.5">{four}</span>
            </Fragment>
          ))}
        </p>
        <div className="flex flex-wrap justify-center gap-x-2">
          <CopyButton text={issued.pass} label="Copy the pass" />
          <CopyButton text={issued.link} label="Copy the link" />
        </div>
      </div>
      {issued.obstacle === null ? null : (
        <Notice tone="warning" live="status" title={`${name} cannot use it now`}>
          {obstacleWords[issued.obstacle]} It works once policy allows it, until it runs out.
        </Notice>
      )}
      <Notice tone="warning" live="none" title="It is shown once">
        Only its hash is kept. Hand it over now, in person or over a channel you trust; for a lost one you
        issue another.
      </Notice>
      <div className="flex flex-col items-center gap-3 text-center">
        <QrCode
          value={issued.link}
          title={`Opens the sign-in page with the name and pass of ${name} filled in`}
          size={176}
        />
        <p className="max-w-line text-14 text-ink-soft">
          Scanned or opened, the link fills in name and pass. The pass is in the part of the address that no
          server sees.
        </p>
      </div>
      {begun && lifetimeSeconds <= RING_MINUTES * 60 ? (
        <CountdownRing
          until={expiresAt}
          fromSeconds={lifetimeSeconds}
          label="Until it runs out"
          ended="It ran out"
        />
      ) : null}
      <p className="text-center text-14 text-ink-soft">
        {issued.oneTime ? 'Works once, ' : 'Works '}
        {begun ? null : (
          <>
            from <Time at={issued.startsAt.toISOString()} form="absolute" />{' '}
          </>
        )}
        until <Time at={expiresAt} form="absolute" />.
      </p>
      <Button tone="primary" wide icon={<Check size={16} />} onClick={done}>
        Done, I handed it over
      </Button>
    </section>
  );
}
