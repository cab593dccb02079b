'use client';

import { type FormEvent, useEffect, useState } from 'react';
import { textKinds } from '#domain/policy/setting-text';
import { parseSetting, policySettings, type Setting, type SettingName } from '#domain/policy/settings';
import type { SourceKind } from '#domain/policy/source';
import { invertedTitle } from '#domain/policy/source-edit';
import { Button } from '#ui/button';
import { SettingControl, type Takes } from '../../setting-control.tsx';
import { allowedWords } from '../../words.ts';

function takesOf(kind: SourceKind, name: SettingName): Takes {
  const setting: Setting = policySettings[name];
  if (setting.type === 'boolean') {
    const isInverted = invertedTitle(kind, name) !== null;
    const on = { value: String(!isInverted), label: 'On' };
    return { choices: [on, { value: String(isInverted), label: 'Off' }] };
  }
  if (setting.type === 'choice')
    return { choices: setting.choices.map((value) => ({ value, label: setting.labels?.[value] ?? value })) };
  if (setting.type === 'integer') return setting;
  return { maximumLength: setting.type === 'text' ? setting.maximumLength : 0 };
}

/** One value of a source; what is wrong with it stands beside the field, before anything is sent. */
export function ValueForm({
  kind,
  name,
  label,
  text,
  saveLabel,
  pending,
  save,
}: {
  kind: SourceKind;
  name: SettingName;
  label: string;
  /** Null where nothing is set yet. */
  text: string | null;
  saveLabel: string;
  pending: boolean;
  /** Answers what was wrong, or null. */
  save: (text: string) => Promise<string | null>;
}) {
  const setting: Setting = policySettings[name];
  const takes = takesOf(kind, name);
  const choices = 'choices' in takes ? takes.choices : null;
  const first = text ?? choices?.[0]?.value ?? String(setting.default);
  const [typed, setTyped] = useState(first);
  const [error, setError] = useState<string | null>(null);

  useEffect(() => setTyped(first), [first]);

  function wrong(value: string): string | null {
    if (parseSetting(name, value) !== null && !(setting.type === 'text' && value === '')) return null;
    return setting.type === 'integer'
      ? `Choose a whole number from ${setting.minimum} to ${setting.maximum}.`
      : `That is not what this setting takes. ${setting.type === 'text' ? textKinds[setting.kind] : ''}`;
  }

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    event.stopPropagation();
    const value = typed.trim();
    const found = wrong(value);
    setError(found);
    if (found === null) setError(await save(value));
  }

  const isSaved = text !== null && typed === text;
  return (
    <form onSubmit={submit} noValidate className="flex flex-wrap items-start gap-x-2 gap-y-1">
      <div className="min-w-0 grow basis-40">
        <SettingControl
          name={name}
          label={label}
          takes={takes}
          value={typed}
          change={(value) => {
            setTyped(value);
            if (error !== null) setError(wrong(value.trim()));
          }}
          onBlur={() => setError(wrong(typed.trim()))}
          error={error}
        />
      </div>
      <div className="mt-2">
        <Button
          type="submit"
          tone={isSaved ? 'secondary' : 'primary'}
          disabled={isSaved}
          pending={pending && !isSaved && 'Saving'}
          onPendingClick={(event) => event.preventDefault()}
        >
          {saveLabel}
        </Button>
      </div>
      {choices === null && error === null ? (
        <p className="basis-full text-12 text-ink-soft">Allowed: {allowedWords(setting)}</p>
      ) : null}
    </form>
  );
}
