import type { PersonSummary } from '#server/identity';
import { Notice } from '#ui/notice';
import { Time } from '#ui/time';
import { Act } from '../outcomes.tsx';
import { letPhonesRing } from './actions.ts';

/** That their phones rest after "It wasn't me", as long as they do, and the way to end it. */
export function PersonRest({
  person,
  first,
  manages,
  until,
}: {
  person: PersonSummary;
  first: string;
  manages: boolean;
  until: Date;
}) {
  return (
    <Notice
      tone="warning"
      live="none"
      title="“It wasn’t me” was said on their phone"
      action={
        manages ? (
          <Act
            trigger={{ label: 'Let it ring again', size: 'small' }}
            title={`Let a password ring the phones of ${person.displayName} again?`}
            confirmLabel="Let it ring again"
            pendingLabel="Ending the rest"
            tone="primary"
            action={letPhonesRing}
            input={{ userId: person.id }}
            done={`${first} can ask for an approval again.`}
          >
            <p>Make sure that it is {first} who asks you: somebody else may have the password.</p>
            <p>Where that is so, set a new password first.</p>
          </Act>
        ) : null
      }
    >
      So no password rings their phones until <Time at={until.toISOString()} form="absolute" />. Keys, passes
      and codes work as before.
    </Notice>
  );
}
