'use client';

import { useRouter } from 'next/navigation';
import { useEffect, useState, useTransition } from 'react';
import { draftOf, type KeyRules } from '#domain/key-rules';
import { type RuleMode, ruleModes } from '#domain/policy/settings';
import { Button } from '#ui/button';
import { Card } from '#ui/card';
import { Checkbox } from '#ui/checkbox';
import { Select } from '#ui/select';
import { address } from '../address.ts';
import { ModelList } from './model-list.tsx';
import { modeWords } from './words.ts';

/** The rules as somebody thinks about them. Looking at their dry run changes nothing but the address. */
export function RulesForm({ applied, wanted }: { applied: KeyRules; wanted: KeyRules }) {
  const router = useRouter();
  const [rules, setRules] = useState(wanted);
  const [pending, startTransition] = useTransition();
  useEffect(() => setRules(wanted), [wanted]);

  const { hello, passkey } = rules;
  const setHello = (change: Partial<KeyRules['hello']>) =>
    setRules({ ...rules, hello: { ...hello, ...change } });
  const setPasskey = (change: Partial<KeyRules['passkey']>) =>
    setRules({ ...rules, passkey: { ...passkey, ...change } });
  const shown = JSON.stringify(draftOf(rules, applied)) === JSON.stringify(draftOf(wanted, applied));

  return (
    <form
      className="flex flex-col gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        startTransition(() =>
          router.push(address('/admin/key-rules', draftOf(rules, applied)), { scroll: false }),
        );
      }}
    >
      <div className="grid items-start gap-6 xl:grid-cols-2">
        <Card>
          <div className="flex flex-col gap-4">
            <h3 className="text-16 font-semibold">Hello keys</h3>
            <Mode
              name="hello"
              label="What happens to Hello keys"
              mode={hello.mode}
              choose={(mode) => setHello({ mode })}
            />
            <div>
              <Checkbox
                name="tpm"
                label="Use a hardware security device"
                hint="RequireSecurityDevice: the key has to prove that a TPM keeps it. When a key is made; keys that exist go on working."
                checked={hello.requireSecurityDevice}
                onChange={(event) => setHello({ requireSecurityDevice: event.target.checked })}
              />
              <Checkbox
                name="tpm12"
                label="Do not use TPM 1.2"
                hint="ExcludeSecurityDevices/TPM12: always so here, whatever is chosen. A TPM 1.2 has no statement that a website can check, so it never counts as a security device. It is kept for devices that read it."
                checked={hello.excludeTpm12}
                onChange={(event) => setHello({ excludeTpm12: event.target.checked })}
              />
            </div>
          </div>
        </Card>
        <Card>
          <div className="flex flex-col gap-4">
            <h3 className="text-16 font-semibold">Passkeys and security keys</h3>
            <Mode
              name="passkey"
              label="What happens to passkeys"
              mode={passkey.mode}
              choose={(mode) => setPasskey({ mode })}
            />
            <div>
              <Checkbox
                name="synced"
                label="Allow synced passkeys"
                hint="AllowSyncedPasskeys: a passkey that its provider copies between devices. Not allowed, they stop at sign-in, too."
                checked={passkey.allowSynced}
                onChange={(event) => setPasskey({ allowSynced: event.target.checked })}
              />
              <Checkbox
                name="attestation"
                label="Enforce attestation"
                hint="isAttestationEnforced: a passkey has to prove what keeps it, under a pinned anchor. When one is made; those that exist go on working."
                checked={passkey.requireAttestation}
                onChange={(event) => setPasskey({ requireAttestation: event.target.checked })}
              />
            </div>
            <ModelList
              name="allow"
              legend="Only these models"
              hint="Every other one stops, at sign-in too, and so does one that only says that it is one of these. None chosen: every model."
              chosen={passkey.allow}
              choose={(allow) => setPasskey({ allow })}
            />
            <ModelList
              name="block"
              legend="Never these models"
              hint="They stop, at sign-in too; a mere label is enough. Wins over the list above."
              chosen={passkey.block}
              choose={(block) => setPasskey({ block })}
            />
          </div>
        </Card>
      </div>
      <div className="flex flex-wrap items-center gap-4">
        <Button type="submit" tone={shown ? 'secondary' : 'primary'} pending={pending && 'Counting keys'}>
          Show the dry run
        </Button>
        <p className="text-14 text-ink-soft">
          {shown ? 'The dry run below is of these rules.' : 'Nothing changes by looking.'}
        </p>
      </div>
    </form>
  );
}

function Mode({
  name,
  label,
  mode,
  choose,
}: {
  name: string;
  label: string;
  mode: RuleMode;
  choose: (mode: RuleMode) => void;
}) {
  return (
    <Select
      label={label}
      hint={modeWords[mode].detail}
      name={name}
      value={mode}
      options={ruleModes.map((each) => ({ value: each, label: modeWords[each].title }))}
      onChange={(event) => choose(event.target.value as RuleMode)}
    />
  );
}
