'use client';

import { Check, TicketPlus } from 'lucide-react';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { PASS_LIFETIME_MINUTES } from '#domain/temporary-access-pass';
import { Button } from '#ui/button';
import { Checkbox } from '#ui/checkbox';
import { CopyButton } from '#ui/copy-button';
import { CountdownRing } from '#ui/countdown-ring';
import { Field } from '#ui/field';
import { Notice } from '#ui/notice';
import { QrCode } from '#ui/qr-code';
import { Time } from '#ui/time';
import { type Answer, useReport } from '../outcomes.tsx';
import { showAtTop } from '../scroll.ts';

const presets = [
  { minutes: 60, label: '1 hour' },
  { minutes: 480, label: '8 hours' },
  { minutes: 1440, label: '1 day' },
] as const;

/** Up to this the ring counts down; longer lives are told in words. */
const RING_MINUTES = 60;

interface Issued {
  readonly upn: string;
  readonly pass: string;
  readonly startsAt: Date;
  readonly expiresAt: Date;
  readonly oneTime: boolean;
  readonly link: string;
}

/** Issues a Temporary Access Pass in place and shows its value, once. */
export function IssuePass({
  userId,
  name,
  replaces,
  urgent,
  issue,
}: {
  userId: string;
  name: string;
  /** Whether the person has a pass that a new one would replace. */
  replaces: boolean;
  /** Whether a pass is what the person needs most. */
  urgent: boolean;
  issue: (input: { userId: string; lifetimeMinutes: number; oneTime: boolean }) => Promise<Answer<Issued>>;
}) {
  const [stage, setStage] = useState<'closed' | 'form' | Issued>('closed');
  const [error, setError] = useState<string | null>(null);
  const [minutes, setMinutes] = useState<string>(String(PASS_LIFETIME_MINUTES.default));
  const [pending, setPending] = useState(false);
  const report = useReport();
  const { minimum, maximum } = PASS_LIFETIME_MINUTES;

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const lifetimeMinutes = Number(minutes);
    if (!Number.isInteger(lifetimeMinutes) || lifetimeMinutes < minimum || lifetimeMinutes > maximum) {
      setError('Choose 10 to 43,200 whole minutes. 43,200 is 30 days.');
      return;
    }
    const oneTime = new FormData(event.currentTarget).get('oneTime') !== null;
    setError(null);
    setPending(true);
    report(null);
    const answer = await issue({ userId, lifetimeMinutes, oneTime });
    setPending(false);
    if (answer.ok) setStage(answer.value);
    else setError(`${answer.problem.title} ${answer.problem.detail}`);
  }

  if (stage === 'closed') {
    return (
      <Button
        size="small"
        tone={urgent ? 'primary' : 'secondary'}
        icon={<TicketPlus size={16} />}
        onClick={() => setStage('form')}
      >
        {replaces ? 'Issue another pass' : 'Issue a pass'}
      </Button>
    );
  }
  if (stage !== 'form') {
    return <ShownPass issued={stage} name={name} done={() => setStage('closed')} />;
  }
  return (
    <form
      onSubmit={submit}
      noValidate
      className="rise flex w-full flex-col gap-4 rounded-card border border-line bg-surface p-4"
    >
      <fieldset className="flex flex-col gap-2">
        <legend className="pb-2 text-14 font-semibold">How long it works</legend>
        <div className="flex flex-wrap gap-2">
          {presets.map((preset) => (
            <Button
              key={preset.minutes}
              size="small"
              aria-pressed={minutes === String(preset.minutes)}
              icon={minutes === String(preset.minutes) ? <Check size={14} /> : undefined}
              onClick={() => setMinutes(String(preset.minutes))}
            >
              {preset.label}
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
        hint="From 10 minutes to 30 days (43,200)."
        error={error}
        autoFocus
      />
      <Checkbox
        name="oneTime"
        label="Works once"
        hint="After it was used, the set-up must be finished within 10 minutes."
        defaultChecked
      />
      {replaces ? (
        <p className="text-14 text-ink-soft">
          It replaces the pass that {name} has. A set-up that began with the old one stops.
        </p>
      ) : null}
      <div className="flex flex-wrap gap-2">
        <Button
          type="submit"
          tone="primary"
          pending={pending && 'Issuing'}
          onPendingClick={(event) => event.preventDefault()}
        >
          Issue the pass
        </Button>
        <Button tone="quiet" onClick={() => setStage('closed')}>
          Cancel
        </Button>
      </div>
    </form>
  );
}

function ShownPass({ issued, name, done }: { issued: Issued; name: string; done: () => void }) {
  const place = useRef<HTMLElement>(null);
  const expiresAt = issued.expiresAt.toISOString();
  const lifetimeSeconds = (issued.expiresAt.getTime() - issued.startsAt.getTime()) / 1000;

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
          className="figures font-mono text-40 font-semibold tracking-[0.06em] text-accent-ink"
        >
          <span>{issued.pass.slice(0, 4)}</span>
          <span className="pl-3">{issued.pass.slice(4)}</span>
        </p>
        <div className="flex flex-wrap justify-center gap-x-2">
          <CopyButton text={issued.pass} label="Copy the pass" />
          <CopyButton text={issued.link} label="Copy the link" />
        </div>
      </div>
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
      {lifetimeSeconds <= RING_MINUTES * 60 ? (
        <CountdownRing
          until={expiresAt}
          fromSeconds={lifetimeSeconds}
          label="Until it runs out"
          ended="It ran out"
        />
      ) : null}
      <p className="text-center text-14 text-ink-soft">
        {issued.oneTime ? 'Works once, until ' : 'Works until '}
        <Time at={expiresAt} form="absolute" />.
      </p>
      <Button tone="primary" wide icon={<Check size={16} />} onClick={done}>
        Done, I handed it over
      </Button>
    </section>
  );
}
