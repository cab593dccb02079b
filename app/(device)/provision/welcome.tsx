import { CircleHelp, Minus, Check as Tick } from 'lucide-react';
import type { Verdict } from '#domain/prerequisites';
import { Actions } from '#ui/actions';
import { ButtonLink } from '#ui/button';
import { Notice } from '#ui/notice';

interface Check {
  readonly field: string;
  readonly verdict: Verdict;
  readonly holds: string;
  readonly fails: string;
  readonly remedy: string;
  readonly untested: string;
}

const marks: Readonly<Record<Verdict, { icon: typeof Tick; look: string; word: string }>> = {
  yes: { icon: Tick, look: 'text-success-ink', word: 'Yes' },
  no: { icon: Minus, look: 'text-warning-ink', word: 'No' },
  not_tested: { icon: CircleHelp, look: 'text-ink-soft', word: 'Not tested' },
};

/** What the set-up needs, in people's words, and the way in. Nothing is created by reading it. */
export function Welcome({
  checks,
  allowed,
  deviceRegistered,
  mayLeave,
}: {
  checks: readonly Check[];
  allowed: boolean;
  deviceRegistered: boolean;
  mayLeave: boolean;
}) {
  return (
    <>
      <p className="max-w-line">
        You will create a key on this device. Your face, finger or PIN unlocks it, and it signs you in to
        everything. It never leaves this device.
      </p>
      {allowed ? null : (
        <Notice tone="info" title="Your organisation has Windows Hello for Business switched off" live="none">
          Ask your administrator. Keys that exist keep working.
        </Notice>
      )}
      <ul className="flex flex-col gap-3" aria-label="What the set-up needs">
        {checks.map(({ field, verdict, holds, fails, remedy, untested }) => {
          const { icon: Mark, look, word } = marks[verdict];
          return (
            <li key={field} className="flex gap-3 text-14">
              <Mark size={20} className={`shrink-0 ${look}`} aria-label={word} role="img" />
              <span>
                {verdict === 'no' ? fails : holds}
                {verdict === 'yes' ? null : (
                  <span className="block text-ink-soft">{verdict === 'no' ? remedy : untested}</span>
                )}
              </span>
            </li>
          );
        })}
      </ul>
      <Actions>
        {allowed ? (
          <ButtonLink href="/provision?step=confirm" tone="primary" size="large">
            OK
          </ButtonLink>
        ) : deviceRegistered ? null : (
          <ButtonLink href="/provision?step=confirm" tone="primary" size="large">
            Register this device
          </ButtonLink>
        )}
        {mayLeave ? (
          <ButtonLink href="/" tone="quiet">
            Not now
          </ButtonLink>
        ) : null}
      </Actions>
    </>
  );
}
