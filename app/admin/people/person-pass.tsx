import { CircleCheck, CircleX, Trash2 } from 'lucide-react';
import type { PassPolicy } from '#domain/temporary-access-pass';
import type { CredentialSummary } from '#server/credential';
import type { PersonSummary } from '#server/identity';
import type { obstacleFor } from '#server/pass-policy';
import type { PassRequestSummary } from '#server/pass-request';
import type { SessionOrigin } from '#server/session';
import type { PassSummary } from '#server/temporary-access-pass';
import { ButtonLink } from '#ui/button';
import { Section } from '#ui/card';
import { Notice } from '#ui/notice';
import { Term } from '#ui/term';
import { Time } from '#ui/time';
import { address } from '../address.ts';
import { Act } from '../outcomes.tsx';
import { counted } from '../words.ts';
import { askForPass, issuePass, removePass } from './actions.ts';
import { IssuePass } from './pass.tsx';
import { obstacleWords, usabilityWords } from './pass-words.ts';

/** Their Temporary Access Pass, and the request for one that waits. */
export function PersonPass({
  person,
  first,
  manages,
  pass,
  passPolicy,
  obstacle,
  requests,
  approvers,
  working,
  origins,
}: {
  person: PersonSummary;
  first: string;
  manages: boolean;
  pass: PassSummary | null;
  passPolicy: PassPolicy;
  obstacle: Awaited<ReturnType<typeof obstacleFor>>;
  requests: readonly PassRequestSummary[];
  /** How many could approve a request of the one who looks. */
  approvers: number;
  /** Keys that get them in now. */
  working: readonly CredentialSummary[];
  origins: readonly SessionOrigin[];
}) {
  // A pass for an administrator takes a second one.
  const needsApproval = person.roles.length > 0;
  const request = requests.find(({ state }) => state === 'pending' || state === 'approved');
  return (
    <Section title="Temporary Access Pass" level={3}>
      <PassState pass={pass} />
      {request === undefined ? null : <WaitingRequest request={request} />}
      {manages && needsApproval && request === undefined ? (
        <ApprovalNote name={first} possible={approvers > 0} upn={person.upn} />
      ) : null}
      {manages ? (
        <div className="flex flex-wrap gap-2">
          {needsApproval && (request !== undefined || approvers === 0) ? null : (
            <IssuePass
              userId={person.id}
              name={first}
              rules={{
                minimum: passPolicy.lifetimeInMinutes.minimum,
                maximum: passPolicy.lifetimeInMinutes.maximum,
                usual: passPolicy.lifetimeInMinutes.default,
                oneTimeOnly: passPolicy.isUsableOnce,
                obstacle,
              }}
              replaces={pass !== null}
              urgent={person.helloKeys === 0}
              keys={working.length}
              {...(needsApproval ? { ask: askForPass } : { issue: issuePass })}
            />
          )}
          {pass === null ? null : (
            <Act
              trigger={{ label: 'Delete the pass', size: 'small', icon: <Trash2 size={16} /> }}
              title={`Delete the pass of ${person.displayName}?`}
              confirmLabel="Delete the pass"
              action={removePass}
              input={{ userId: person.id }}
              done="The pass is deleted."
            >
              <p>
                It stops working at once. This ends {ofPass(origins)} that began with it; a key that was
                registered stays.
              </p>
            </Act>
          )}
        </div>
      ) : null}
    </Section>
  );
}

function WaitingRequest({ request }: { request: PassRequestSummary }) {
  return (
    <Notice
      tone="info"
      live="none"
      title={request.state === 'approved' ? 'A pass is approved' : 'A pass waits for approval'}
      action={
        <ButtonLink size="small" href={address('/admin/approvals')}>
          To the approvals
        </ButtonLink>
      }
    >
      {request.requestedBy.displayName} asked for it <Time at={request.createdAt.toISOString()} />.
    </Notice>
  );
}

/** Why a pass for an administrator is not simply issued, and the way where nobody else could approve one. */
function ApprovalNote({ name, possible, upn }: { name: string; possible: boolean; upn: string }) {
  if (possible)
    return (
      <p className="text-14 text-ink-soft">
        {name} is an administrator: a second administrator has to approve a pass for them.
      </p>
    );
  return (
    <Notice tone="info" live="none" title="Nobody else here could approve a pass for an administrator">
      A pass for {name} comes from the command line on the server:{' '}
      <code className="font-mono wrap-anywhere">npm run admin -- tap issue {upn}</code>
    </Notice>
  );
}

function PassState({ pass }: { pass: PassSummary | null }) {
  if (pass === null)
    return (
      <p className="text-14 text-ink-soft">None. A pass opens the way to a first key, for a short time.</p>
    );
  const { text, explains } = usabilityWords[pass.usability];
  const usable = pass.usability === 'EnabledByPolicy';
  return (
    <p className="flex gap-2 text-14">
      <span className="mt-0.5 shrink-0">
        {usable ? (
          <CircleCheck size={16} className="text-success-ink" />
        ) : (
          <CircleX size={16} className="text-ink-soft" />
        )}
      </span>
      <span className="text-ink-soft">
        <span className="font-semibold text-ink">
          <Term title={pass.usability} explains={explains}>
            {text}
          </Term>
        </span>
        {pass.oneTime ? ', works once, ' : ', works as often as needed, '}
        {pass.usability === 'NotYetValid' ? (
          <>
            from <Time at={pass.startsAt.toISOString()} form="absolute" />{' '}
          </>
        ) : null}
        {pass.usability === 'Expired' || pass.usability === 'OneTimeUsed' ? 'was good until ' : 'until '}
        <Time at={pass.expiresAt.toISOString()} form="absolute" />.{' '}
        {pass.usability === 'DisabledByPolicy' && pass.obstacle !== null
          ? `${obstacleWords[pass.obstacle]} `
          : ''}
        Issued <Time at={pass.createdAt.toISOString()} />
        {pass.usedAt === null ? '' : ', used '}
        {pass.usedAt === null ? null : <Time at={pass.usedAt.toISOString()} />}.
      </span>
    </p>
  );
}

function ofPass(origins: readonly SessionOrigin[]): string {
  return counted(origins.filter(({ livesOnPass }) => livesOnPass).length, 'session');
}
