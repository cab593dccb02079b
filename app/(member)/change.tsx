'use client';

import { Pencil } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { type ReactNode, useState } from 'react';
import type { ActionResult } from '#domain/result';
import { ConfirmDialog, Dialog } from '#ui/dialog';
import { Field } from '#ui/field';
import { SubmitButton } from '#ui/submit-button';
import { unanswered } from '../_device/answered.ts';
import { authenticate } from '../_device/ceremonies.ts';
import { promptShown } from '../_device/key-container/pin-prompt.ts';
import { tellBrowser } from '../_device/signals.ts';
import { enter } from '../_device/tabs.tsx';
import type { Trouble } from '../_device/trouble.ts';
import { TroubleNotice } from '../_device/trouble-notice.tsx';
import { type ConfirmationWays, ConfirmChoices } from '../(sign-in)/confirm-with-code.tsx';
import { confirmationWaysAction } from './actions.ts';

/**
 * Runs a change of credentials. Where the server wants a fresh proof first, a key is asked for and the change runs again;
 * people who can also confirm with password and code, or on a phone, choose in a dialog, which is `confirmation`: show it where the change
 * is. `leave` is where to go when the change ended this session.
 */
export function useChange(): {
  trouble: Trouble | null;
  confirmation: ReactNode;
  run: (change: () => Promise<ActionResult<unknown>>, leave?: string) => Promise<boolean>;
} {
  const router = useRouter();
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [asked, setAsked] = useState<{ ways: ConfirmationWays; answer: (confirmed: boolean) => void } | null>(
    null,
  );

  async function confirm(): Promise<boolean> {
    const found = await confirmationWaysAction({});
    const ways: ConfirmationWays = found.ok ? found.value : { key: true, code: false, phone: false };
    if (ways.code || ways.phone) return await new Promise((answer) => setAsked({ ways, answer }));
    const confirmed = await authenticate('step-up', { about: ways.userHandle });
    if (!confirmed.ok) setTrouble(confirmed.trouble);
    return confirmed.ok;
  }

  function answer(confirmed: boolean) {
    asked?.answer(confirmed);
    setAsked(null);
  }

  return {
    trouble,
    confirmation: (
      <Dialog
        open={asked !== null}
        // The question for a PIN stands above this dialog: what is pressed there is not beside it.
        onOpenChange={(open) => (open || promptShown() !== null ? undefined : answer(false))}
        title="Confirm that it is you"
        intro="Changing how you sign in asks for this once in five minutes."
      >
        {asked === null ? null : <ConfirmChoices ways={asked.ways} onConfirmed={() => answer(true)} />}
      </Dialog>
    ),
    async run(change, leave) {
      setTrouble(null);
      try {
        let result = await change();
        if (!result.ok && result.problem.code === 'proof_required') {
          if (!(await confirm())) return false;
          result = await change();
        }
        if (!result.ok) {
          setTrouble(result.problem);
          return false;
        }
      } catch (error) {
        setTrouble(unanswered(error));
        return false;
      }
      void tellBrowser();
      if (leave === undefined) router.refresh();
      else enter(leave);
      return true;
    },
  };
}

/** Renames something in a small dialog. */
export function Rename({
  what,
  current,
  rename,
}: {
  what: string;
  current: string;
  rename: (name: string) => Promise<ActionResult<unknown>>;
}) {
  const { trouble, confirmation, run } = useChange();
  const [name, setName] = useState(current);
  return (
    <Dialog
      trigger={{ label: 'Rename', size: 'small', tone: 'quiet', icon: <Pencil size={16} aria-hidden /> }}
      title={`Rename ${what}`}
    >
      <form
        className="flex flex-col gap-4"
        action={async () => {
          await run(() => rename(name));
        }}
      >
        <TroubleNotice trouble={trouble} />
        <Field
          label="Name"
          name="name"
          required
          maxLength={64}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <div>
          <SubmitButton pendingLabel="Saving">Save name</SubmitButton>
        </div>
      </form>
      {confirmation}
    </Dialog>
  );
}

/** Removes something after asking; the trouble stays beside the button. */
export function Remove({
  label,
  title,
  confirmLabel,
  children,
  remove,
  leave,
}: {
  label: string;
  title: string;
  confirmLabel: string;
  children: ReactNode;
  remove: () => Promise<ActionResult<unknown>>;
  /** Where to go when this ends one's own session. */
  leave?: string;
}) {
  const { trouble, confirmation, run } = useChange();
  return (
    <>
      <ConfirmDialog
        trigger={{ label, size: 'small', tone: 'quiet' }}
        title={title}
        confirmLabel={confirmLabel}
        action={async () => {
          await run(remove, leave);
        }}
      >
        {children}
        {confirmation}
      </ConfirmDialog>
      {trouble === null ? null : <TroubleNotice trouble={trouble} />}
    </>
  );
}

/** One press, no question: ending a session of one's own is easily mended by signing in again. */
export function Press({
  label,
  press,
  leave,
}: {
  label: string;
  press: () => Promise<ActionResult<unknown>>;
  leave?: string;
}) {
  const { trouble, confirmation, run } = useChange();
  return (
    <>
      {/* A form, because that is pressed even before the scripts of the page are there. */}
      <form
        className="contents"
        action={async () => {
          await run(press, leave);
        }}
      >
        <SubmitButton size="small" tone="secondary" pendingLabel="Working">
          {label}
        </SubmitButton>
      </form>
      <TroubleNotice trouble={trouble} />
      {confirmation}
    </>
  );
}
