'use client';

import { Pencil, Plus } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { startTransition as together, useState, useTransition } from 'react';
import { type Answer, answered } from '#device/answered';
import type { Trouble } from '#device/trouble';
import {
  behaviorWords,
  type FederatedIdpMfaBehavior,
  federatedIdpMfaBehaviors,
  type NamingClaim,
  namingClaims,
} from '#domain/federation';
import { Button } from '#ui/button';
import { Checkbox } from '#ui/checkbox';
import { Dialog } from '#ui/dialog';
import { Field } from '#ui/field';
import { Notice } from '#ui/notice';
import { RadioCards } from '#ui/radio-cards';
import { Select } from '#ui/select';
import { address } from '../address.ts';
import { useReport } from '../outcomes.tsx';
import { counted } from '../words.ts';
import { changeDomain, federateDomain } from './actions.ts';
import { behaviorTitles, claimWords } from './words.ts';

/** What of a domain may go to the browser: not its secret, which nobody can read again. */
export interface Known {
  readonly domain: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly claim: NamingClaim;
  readonly behavior: FederatedIdpMfaBehavior;
  readonly administrators: boolean;
  readonly people: number;
}

/** Federates a domain, and opens it. */
export function NewDomain() {
  const router = useRouter();
  return (
    <TermsDialog
      trigger={{ label: 'Federate a domain', tone: 'primary', icon: <Plus size={16} /> }}
      title="Federate a domain"
      intro="Its people sign in at their own provider from then on, unless they have a key or a pass."
      submit="Federate the domain"
      pending="Federating"
      save={(terms) => federateDomain(terms)}
      done={(_, domain) => router.push(address('/admin/federation', { domain }), { scroll: false })}
    />
  );
}

/** Changes what was said of a domain's provider. */
export function ChangeDomain({ known }: { known: Known }) {
  const report = useReport();
  return (
    <TermsDialog
      trigger={{ label: 'Change', size: 'small', icon: <Pencil size={16} /> }}
      title={`Change how ${known.domain} is federated`}
      intro={
        known.people === 0
          ? 'Sessions that began at the provider end when something of this changes.'
          : `Sessions that began at the provider end. Another issuer or client ID forgets who ${counted(known.people, 'linked person is', 'linked people are')} there: they are linked anew.`
      }
      submit="Save"
      pending="Saving"
      known={known}
      save={({ clientSecret, ...terms }) =>
        changeDomain({ ...terms, ...(clientSecret === '' ? {} : { clientSecret }) })
      }
      done={() => report({ done: 'The provider is asked like this from now on.' })}
    />
  );
}

interface Terms {
  readonly domain: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly claim: NamingClaim;
  readonly behavior: FederatedIdpMfaBehavior;
  readonly administrators: boolean;
}

/** What is wrong with a field, by the name that a refusal gives it. */
const fieldWords: Readonly<Record<string, string>> = {
  domain: 'That is no domain. It is what stands behind the @: contoso.example.',
  issuer: 'That is no issuer. It is an https address without query, such as https://login.contoso.example.',
  clientId: 'The client ID is missing or too long.',
  clientSecret: 'Another issuer or client ID has a secret of its own. Enter it, at most 512 characters.',
};

function TermsDialog<T>({
  trigger,
  title,
  intro,
  submit,
  pending: waiting,
  known,
  save,
  done,
}: {
  trigger: React.ComponentProps<typeof Dialog>['trigger'];
  title: string;
  intro: string;
  submit: string;
  pending: string;
  known?: Known;
  save: (terms: Terms) => Promise<Answer<T>>;
  done: (value: T, domain: string) => void;
}) {
  const [open, setOpen] = useState(false);
  const [problem, setProblem] = useState<Trouble | null>(null);
  const [pending, start] = useTransition();
  const field = String(problem?.facts?.field ?? '');
  const wrong = (name: string) =>
    field !== name
      ? null
      : problem?.code === 'already_exists'
        ? 'This domain is federated already. Change it where it stands.'
        : fieldWords[name];

  return (
    <Dialog
      trigger={trigger}
      title={title}
      intro={intro}
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        setProblem(null);
      }}
    >
      <form
        className="flex flex-col gap-5"
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          const typed = (name: string) => String(form.get(name) ?? '').trim();
          const terms: Terms = {
            domain: known?.domain ?? typed('domain').toLowerCase(),
            issuer: typed('issuer'),
            clientId: typed('clientId'),
            clientSecret: typed('clientSecret'),
            claim: typed('claim') as NamingClaim,
            behavior: typed('behavior') as FederatedIdpMfaBehavior,
            administrators: form.get('administrators') !== null,
          };
          start(async () => {
            const answer = await answered(save(terms));
            if (!answer.ok) return setProblem(answer.problem);
            // Together with the fresh page that the action brings, not before it.
            together(() => {
              setOpen(false);
              setProblem(null);
              done(answer.value, terms.domain);
            });
          });
        }}
      >
        {known === undefined ? (
          <Field
            label="Domain"
            name="domain"
            required
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            placeholder="contoso.example"
            hint="Everybody whose name ends in it is sent there."
            error={wrong('domain')}
          />
        ) : null}
        <Field
          label="Issuer"
          name="issuer"
          type="url"
          required
          autoComplete="off"
          spellCheck={false}
          placeholder="https://login.contoso.example"
          defaultValue={known?.issuer}
          hint="As the provider names itself. It is asked at this host alone."
          error={wrong('issuer')}
        />
        <Field
          label="Client ID"
          name="clientId"
          required
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          defaultValue={known?.clientId}
          hint="What the provider calls Latchkey, registered as a web application (confidential client)."
          error={wrong('clientId')}
        />
        <Field
          label="Client secret"
          name="clientSecret"
          type="password"
          required={known === undefined}
          optional={known !== undefined}
          autoComplete="off"
          hint={
            known === undefined
              ? 'It is kept sealed. Nobody can read it here again.'
              : 'The one there is stays where this is empty. It is kept sealed, and never shown.'
          }
          error={wrong('clientSecret')}
        />
        <Select
          label="Claim that names people"
          name="claim"
          defaultValue={known?.claim ?? namingClaims[0]}
          options={namingClaims.map((value) => ({ value, label: claimWords[value] }))}
          hint="It says who somebody is at their first sign-in there. From then on the link counts, and no claim."
        />
        <RadioCards
          legend={
            <>
              Whose MFA counts{' '}
              <span className="font-mono font-normal text-12 text-ink-soft">FederatedIdpMfaBehavior</span>
            </>
          }
          name="behavior"
          defaultValue={known?.behavior ?? federatedIdpMfaBehaviors[0]}
          cards={federatedIdpMfaBehaviors.map((value) => ({
            value,
            title: behaviorTitles[value],
            detail: (
              <>
                {behaviorWords[value]}
                <span className="block pt-1 font-mono text-12 wrap-anywhere">{value}</span>
              </>
            ),
          }))}
        />
        <Checkbox
          label="Administrators sign in there too"
          name="administrators"
          defaultChecked={known?.administrators ?? false}
          hint="Whoever runs the provider could then take over this organisation. Without it they come in with a key or a pass alone. Emergency accounts never come in that way."
        />
        {problem === null || wrong(field) ? null : (
          <Notice tone="danger" title={problem.title}>
            {problem.detail}
          </Notice>
        )}
        <div className="flex flex-wrap justify-end gap-2 max-sm:flex-col-reverse">
          <Button onClick={() => setOpen(false)}>Keep things as they are</Button>
          <Button
            type="submit"
            tone="primary"
            pending={pending && waiting}
            onPendingClick={(event) => event.preventDefault()}
          >
            {submit}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
