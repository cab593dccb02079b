'use client';

import { ArrowLeft, Plus, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { policySettings, type Setting, type SettingName, settingGroups } from '#domain/policy/settings';
import { type SourceValue, scopesOf, settingsOf, VALUES_MAX } from '#domain/policy/source';
import { disagreementIn, titleIn, withValues } from '#domain/policy/source-edit';
import type { PolicyScope } from '#domain/policy/windows';
import { Badge } from '#ui/badge';
import { Button } from '#ui/button';
import { Card } from '#ui/card';
import { Dialog } from '#ui/dialog';
import { EmptyState } from '#ui/empty-state';
import { Field } from '#ui/field';
import { Notice } from '#ui/notice';
import { Select } from '#ui/select';
import { useReport } from '../../../outcomes.tsx';
import { GovernsBadge } from '../../governs-badge.tsx';
import { refusalWords } from '../../setting-form.tsx';
import { WindowsDetails } from '../../windows-details.tsx';
import { allowedWords } from '../../words.ts';
import { placeWords, scopeTitle, settingTitle, sourceValueWords } from '../words.ts';
import { useEditor } from './editor.tsx';
import { ValueForm } from './value-form.tsx';

/** More values than this are easier to find than to read through. */
const READ_THROUGH = 8;

const searched = (words: string, ...texts: readonly (string | undefined)[]) =>
  words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => texts.join('\n').toLowerCase().includes(word));

/** Everything that an administrator may know a setting by. */
function isFound(words: string, place: Pick<SourceValue, 'scope' | 'name'>, title: string, where: string) {
  const { explanation, windows }: Setting = policySettings[place.name];
  const { policy, registry } = windows ?? {};
  return searched(words, place.name, title, where, explanation, policy?.name, registry?.value);
}

/** What a source says, scope by scope: each value changed or taken away in place. */
export function Values() {
  const { kind, document, manages } = useEditor();
  const [words, setWords] = useState('');
  const found = document.values.filter((value) =>
    isFound(
      words,
      value,
      settingTitle(kind, value.scope, value.name),
      placeWords(kind, value.scope, value.name),
    ),
  );
  const wrong = disagreementIn(document);
  return (
    <div className="flex flex-col gap-5">
      {wrong === null ? null : (
        <Notice tone="warning" title="These values contradict each other" live="none">
          {scopeTitle(kind, wrong.scope)}: {wrong.sentence} It can be published once they fit.
        </Notice>
      )}
      {document.values.length > READ_THROUGH ? (
        <div className="max-w-120">
          <Field
            label="Find among these settings"
            name="words"
            type="search"
            value={words}
            onChange={(event) => setWords(event.target.value)}
          />
        </div>
      ) : null}
      {document.values.length === 0 ? (
        <EmptyState title="It says nothing yet" action={manages ? <AddSetting tone="primary" /> : null}>
          Settings that it does not have are left to other sources and the organisation.
        </EmptyState>
      ) : (
        scopesOf(kind).map((scope) => {
          const values = found.filter((value) => value.scope === scope);
          return values.length === 0 ? null : (
            <section key={scope} aria-label={scopeTitle(kind, scope)} className="flex flex-col gap-2">
              <h3 className="flex items-center gap-2 text-14 font-semibold">
                {scopeTitle(kind, scope)} <Badge>{values.length}</Badge>
              </h3>
              <Card flush>
                <ul className="divide-y divide-line">
                  {values.map((value) => (
                    <Value key={value.name} {...value} />
                  ))}
                </ul>
              </Card>
            </section>
          );
        })
      )}
      {document.values.length > 0 && found.length === 0 ? (
        <p className="text-14 text-ink-soft">None of its settings has “{words}” in it.</p>
      ) : null}
      {manages && document.values.length > 0 ? (
        <div>
          <AddSetting />
        </div>
      ) : null}
    </div>
  );
}

function Value({ scope, name, value }: SourceValue) {
  const { kind, document, manages, change, pending } = useEditor();
  const report = useReport();
  const setting: Setting = policySettings[name];
  const title = settingTitle(kind, scope, name);
  return (
    <li className="grid gap-x-10 gap-y-4 p-4 sm:p-6 lg:grid-cols-[minmax(0,1fr)_auto]">
      <div className="flex min-w-0 flex-col gap-2">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h4
            className={`min-w-0 wrap-anywhere ${kind === 'custom_profile' ? 'font-mono text-14' : 'text-16'} font-semibold`}
          >
            {title}
          </h4>
          <GovernsBadge setting={setting} />
        </div>
        <Explanation name={name} />
        {kind === 'custom_profile' ? null : (
          <code className="font-mono text-12 text-ink-soft wrap-anywhere">
            {placeWords(kind, scope, name)}
          </code>
        )}
        <WindowsDetails setting={setting} title={title} />
      </div>
      <div className="flex min-w-0 flex-col gap-2 lg:w-80">
        {manages ? (
          <>
            <ValueForm
              kind={kind}
              name={name}
              label={title}
              text={value}
              saveLabel="Save"
              pending={pending}
              save={async (text) => {
                const wrong = await change(
                  withValues(document, [{ scope, name, value: text }]),
                  `${title}: saved in the draft.`,
                );
                return wrong && refusalWords(wrong);
              }}
            />
            <div>
              <Button
                size="small"
                tone="quiet"
                icon={<Trash2 size={16} />}
                disabled={pending}
                aria-label={`Take away: ${title}`}
                onClick={async () => {
                  const problem = await change(
                    withValues(document, [{ scope, name, value: null }]),
                    `${title}: taken away in the draft.`,
                  );
                  if (problem !== null) report({ problem });
                }}
              >
                Take away
              </Button>
            </div>
          </>
        ) : (
          <span className="figures text-16 font-semibold wrap-anywhere">
            {sourceValueWords(kind, name, value)}
          </span>
        )}
      </div>
    </li>
  );
}

/** What a setting does; where this kind has it the other way round, what on then means. */
function Explanation({ name }: { name: SettingName }) {
  const { kind } = useEditor();
  const isInverted = titleIn(kind, name) !== policySettings[name].title;
  return (
    <p className="max-w-line text-14 text-ink-soft">
      {isInverted
        ? `On: nobody can set up a key; it means ${name} is false. Off: everybody can.`
        : policySettings[name].explanation}
    </p>
  );
}

/** Finds a setting of this kind that the source has not, and gives it a value. */
function AddSetting({ tone }: { tone?: 'primary' }) {
  const { kind, document, change, pending } = useEditor();
  const [open, setOpen] = useState(false);
  const [scope, setScope] = useState<PolicyScope>('device');
  const [words, setWords] = useState('');
  const [chosen, setChosen] = useState<SettingName | null>(null);
  const free = settingsOf(kind, scope).filter(
    (name) => !document.values.some((value) => value.scope === scope && value.name === name),
  );
  const found = free.filter((name) =>
    isFound(words, { scope, name }, settingTitle(kind, scope, name), placeWords(kind, scope, name)),
  );
  const scopes = scopesOf(kind);
  return (
    <Dialog
      trigger={{
        label: 'Add a setting',
        icon: <Plus size={16} />,
        tone,
        disabled: document.values.length >= VALUES_MAX,
      }}
      title={chosen === null ? 'Add a setting' : settingTitle(kind, scope, chosen)}
      open={open}
      onOpenChange={(next) => {
        setOpen(next);
        setChosen(null);
        setWords('');
      }}
    >
      {chosen === null ? (
        <div className="flex flex-col gap-4">
          {scopes.length > 1 ? (
            <Select
              label="For"
              name="scope"
              value={scope}
              onChange={(event) => setScope(event.target.value as PolicyScope)}
              options={scopes.map((each) => ({ value: each, label: scopeTitle(kind, each) }))}
            />
          ) : null}
          <Field
            label="Find a setting"
            name="words"
            type="search"
            placeholder="PIN, UsePassportForWork"
            value={words}
            onChange={(event) => setWords(event.target.value)}
          />
          <ul
            aria-label="Settings"
            className="max-h-80 divide-y divide-line overflow-y-auto rounded-card border border-line"
          >
            {found.map((name) => (
              <li key={name}>
                <button
                  type="button"
                  onClick={() => setChosen(name)}
                  className="flex min-h-11 w-full flex-col gap-0.5 px-4 py-2.5 text-left hover:bg-accent-soft focus-visible:-outline-offset-2"
                >
                  <span
                    className={`wrap-anywhere ${kind === 'custom_profile' ? 'font-mono text-12' : 'text-14'} font-semibold`}
                  >
                    {settingTitle(kind, scope, name)}
                  </span>
                  <span className="text-12 text-ink-soft wrap-anywhere">
                    {settingGroups[policySettings[name].group].title.replace(/^For Windows: /, '')} ·{' '}
                    {allowedWords(policySettings[name])}
                  </span>
                </button>
              </li>
            ))}
          </ul>
          <p role="status" className="text-12 text-ink-soft">
            {found.length === 0
              ? free.length === 0
                ? 'It has every setting of this kind already.'
                : 'No setting of this kind has that in it.'
              : `${found.length} of ${free.length} that it does not have yet.`}
          </p>
        </div>
      ) : (
        <div className="flex flex-col gap-4">
          <Explanation name={chosen} />
          <code className="font-mono text-12 text-ink-soft wrap-anywhere">
            {scopeTitle(kind, scope)}: {placeWords(kind, scope, chosen)}
          </code>
          <ValueForm
            key={`${scope} ${chosen}`}
            kind={kind}
            name={chosen}
            label={settingTitle(kind, scope, chosen)}
            text={null}
            saveLabel="Add to the draft"
            pending={pending}
            save={async (text) => {
              const wrong = await change(
                withValues(document, [{ scope, name: chosen, value: text }]),
                `${settingTitle(kind, scope, chosen)}: added to the draft.`,
              );
              if (wrong === null) setOpen(false);
              return wrong && refusalWords(wrong);
            }}
          />
          <div>
            <Button tone="quiet" size="small" icon={<ArrowLeft size={16} />} onClick={() => setChosen(null)}>
              Another setting
            </Button>
          </div>
        </div>
      )}
    </Dialog>
  );
}
