'use client';

import { type FormEvent, useEffect, useState } from 'react';
import { textKinds } from '#domain/policy/setting-text';
import { parseSetting, policySettings, type Setting, type SettingName } from '#domain/policy/settings';
import type { SourceKind } from '#domain/policy/source';
import { invertedTitle } from '#domain/policy/source-edit';
import { Button } from '#ui/button';
import { Field } from '#ui/field';
import { Select } from '#ui/select';
import { allowedWords } from '../../words.ts';

/** The choices of a setting that has a few; null where it is typed. */
function choicesOf(kind: SourceKind, name: SettingName) {
  const setting: Setting = policySettings[name];
  if (setting.type === 'boolean') {
    const isInverted = invertedTitle(kind, name) !== null;
    return [
      { value: String(!isInverted), label: 'On' },
      { value: String(isInverted), label: 'Off' },
    ];
  }
  return setting.type === 'choice'
    ? setting.choices.map((value) => ({ value, label: setting.labels?.[value] ?? value }))
    : null;
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
  const choices = choicesOf(kind, name);
  const first = text ?? choices?.[0]?.value ?? String(setting.default);
  const [typed, setTyped] = useState(first);
  const [error, setError] = useState<string | null>(null);
  const isNumber = setting.type === 'integer';

  useEffect(() => setTyped(first), [first]);

  function wrong(value: string): string | null {
    if (parseSetting(name, value) !== null && !(setting.type === 'text' && value === '')) return null;
    return isNumber
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
        {choices !== null ? (
          <Select
            label={<span className="sr-only">{label}</span>}
            name={name}
            options={choices}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            error={error}
          />
        ) : (
          <Field
            label={<span className="sr-only">{label}</span>}
            name={name}
            type={isNumber ? 'number' : 'text'}
            inputMode={isNumber ? 'numeric' : undefined}
            min={isNumber ? setting.minimum : undefined}
            max={isNumber ? setting.maximum : undefined}
            maxLength={setting.type === 'text' ? setting.maximumLength : undefined}
            spellCheck={false}
            autoComplete="off"
            value={typed}
            onChange={(event) => {
              setTyped(event.target.value);
              if (error !== null) setError(wrong(event.target.value.trim()));
            }}
            onBlur={() => setError(wrong(typed.trim()))}
            error={error}
          />
        )}
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
