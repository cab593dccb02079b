'use client';

import { startTransition, useEffect, useRef, useState } from 'react';
import { type Answer, answered } from '#device/answered';
import { safeAfter, type Trouble } from '#device/trouble';
import type { KeyRules } from '#domain/key-rules';
import { ConfirmDialog } from '#ui/dialog';
import { Notice } from '#ui/notice';
import { showAtTop } from '../scroll.ts';
import { counted } from '../words.ts';
import { applyKeyRules } from './actions.ts';

const people = (count: number) => counted(count, 'person', 'people');

/** Why the rules were not changed, with the facts that the refusal brings. */
function refusal({ code, title, detail, facts = {} }: Trouble): { title: string; detail: string } {
  if (code === 'lockout_not_confirmed')
    return {
      title: `${people(Number(facts.lockedOut))} would be left without a key now, and ${facts.confirmed} ${facts.confirmed === 1 ? 'was' : 'were'} confirmed.`,
      detail,
    };
  if (code === 'anchor_required')
    return {
      title,
      detail: `${facts.setting} needs an anchor for ${facts.formats || 'a model that is not blocked'}. ${detail}`,
    };
  return { title, detail };
}

/** Applies the rules that the dry run above is of, at the version of policy that it saw. */
export function ChangeForm({
  rules,
  changed,
  policyVersion,
  refused,
  stranded,
  withPassword,
}: {
  rules: KeyRules;
  /** What would change, in words; empty where these rules apply already. */
  changed: readonly string[];
  policyVersion: number;
  refused: number;
  stranded: number;
  withPassword: number;
}) {
  const [answer, setAnswer] = useState<Answer<{ readonly stranded: number }> | null>(null);
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (answer !== null) showAtTop(place.current);
  }, [answer]);

  const verb = stranded > 0 ? `Apply, and leave ${people(stranded)} without a key` : 'Apply these rules';
  return (
    <div className="flex flex-col gap-5">
      <div ref={place} aria-live="polite" className="scroll-my-20 empty:hidden">
        {answer === null ? null : answer.ok ? (
          <Notice tone="success" live="none" title="The rules apply from now on.">
            {answer.value.stranded > 0
              ? `${people(answer.value.stranded)} ${answer.value.stranded === 1 ? 'has' : 'have'} no key that gets them in now. Issue passes, so that they make another.`
              : null}
          </Notice>
        ) : (
          <Notice
            tone="danger"
            live="none"
            title={refusal(answer.problem).title}
            safe={safeAfter(answer.problem)}
          >
            {refusal(answer.problem).detail}
          </Notice>
        )}
      </div>
      {changed.length === 0 ? null : (
        <ul aria-label="What changes" className="flex flex-col gap-1 text-14">
          {changed.map((line) => (
            <li key={line} className="wrap-anywhere">
              {line}
            </li>
          ))}
        </ul>
      )}
      <div className="flex flex-wrap items-center gap-4">
        <ConfirmDialog
          key={`${policyVersion} ${stranded} ${changed.join()}`}
          trigger={{
            label: changed.length === 0 ? 'These rules apply now' : verb,
            tone: stranded > 0 ? 'danger' : 'primary',
            size: 'large',
            disabled: changed.length === 0,
          }}
          title={`${verb}?`}
          confirmLabel={verb}
          pendingLabel="Changing"
          tone={stranded > 0 ? 'danger' : 'primary'}
          typed={stranded > 0 ? String(stranded) : undefined}
          action={async () => {
            const result = await answered(
              applyKeyRules({
                rules: {
                  hello: rules.hello,
                  passkey: {
                    ...rules.passkey,
                    allow: [...rules.passkey.allow],
                    block: [...rules.passkey.block],
                  },
                },
                policyVersion,
                confirmedStranded: stranded,
              }),
            );
            // Together with the fresh page that the action brings, not before it.
            startTransition(() => setAnswer(result));
          }}
        >
          <p>
            {refused === 0
              ? 'No key that exists is refused at sign-in by these rules.'
              : `${counted(refused, 'key')} ${refused === 1 ? 'is' : 'are'} refused at sign-in by these rules. None is deleted: other rules let them in again.`}
          </p>
          {stranded > 0 ? (
            <p>
              {people(stranded)} {stranded === 1 ? 'has' : 'have'} no other key that gets them in;{' '}
              {withPassword === 0
                ? 'none of them has'
                : `${withPassword} of them ${withPassword === 1 ? 'has' : 'have'}`}{' '}
              a password.
            </p>
          ) : null}
          <p>Sessions that are open go on. Keys made from now on are judged by these rules.</p>
        </ConfirmDialog>
        <p className="max-w-line text-14 text-ink-soft">
          {stranded > 0
            ? `You will be asked to confirm that ${people(stranded)} lose the last key that gets them in.`
            : 'You will be asked once more.'}
        </p>
      </div>
    </div>
  );
}
