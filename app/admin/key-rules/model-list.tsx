'use client';

import { Plus } from 'lucide-react';
import { useState } from 'react';
import { aaguidLabel, namedModels } from '#domain/attestation/aaguids';
import { readAaguids } from '#domain/key-rules';
import { AAGUIDS_MAX } from '#domain/policy/settings';
import { Button } from '#ui/button';
import { Checkbox } from '#ui/checkbox';
import { Field } from '#ui/field';
import { counted } from '../words.ts';

/** So many models stand in the list before somebody searches. */
const SHOWN = 40;

/** Chooses models by name; those that have no name here are added by their AAGUID. */
export function ModelList({
  name,
  legend,
  hint,
  chosen,
  choose,
}: {
  name: string;
  legend: string;
  hint: string;
  chosen: readonly string[];
  choose: (aaguids: string[]) => void;
}) {
  const [search, setSearch] = useState('');
  const [typed, setTyped] = useState('');
  const [error, setError] = useState<string | null>(null);
  // Those stand first, and none moves while it is ticked.
  const [chosenBefore] = useState(chosen);
  const wanted = search.trim().toLowerCase();
  const unnamed = chosen.filter((aaguid) => !namedModels.some((model) => model.aaguid === aaguid));
  const first = namedModels.filter(({ aaguid }) => chosenBefore.includes(aaguid));
  const others = namedModels.filter(({ aaguid }) => !chosenBefore.includes(aaguid));
  const models = [...unnamed.map((aaguid) => ({ aaguid, name: aaguidLabel(aaguid) })), ...first, ...others];
  const found = models.filter((model) => `${model.name} ${model.aaguid}`.toLowerCase().includes(wanted));
  const shown = found.slice(0, Math.max(SHOWN, unnamed.length + first.length));

  function add() {
    const { aaguids, unread } = readAaguids(typed);
    const all = [...new Set([...chosen, ...aaguids])];
    if (unread.length > 0) setError(`This is no AAGUID: ${unread[0]?.slice(0, 60)}`);
    else if (all.length > AAGUIDS_MAX) setError(`A list holds ${AAGUIDS_MAX} models at most.`);
    else {
      setError(null);
      setTyped('');
      choose(all);
    }
  }

  return (
    <fieldset className="flex min-w-0 flex-col gap-3">
      <legend className="pb-1 text-14 font-semibold">
        {legend}
        <span className="pl-2 font-normal text-ink-soft">{counted(chosen.length, 'model')}</span>
      </legend>
      <p className="-mt-2 max-w-line text-14 text-ink-soft">{hint}</p>
      <Field
        label={<span className="sr-only">Find a model: {legend}</span>}
        name={`${name}-search`}
        type="search"
        placeholder="Find a model"
        value={search}
        onChange={(event) => setSearch(event.target.value)}
      />
      <div className="max-h-56 divide-y divide-line overflow-y-auto rounded-card border border-line px-3">
        {shown.map((model) => (
          <Checkbox
            key={model.aaguid}
            name={`${name}-${model.aaguid}`}
            label={<span className="text-14 wrap-anywhere">{model.name}</span>}
            hint={
              model.name === model.aaguid ? (
                'A model that has no name here'
              ) : (
                <code className="font-mono text-12 wrap-anywhere">{model.aaguid}</code>
              )
            }
            checked={chosen.includes(model.aaguid)}
            onChange={(event) =>
              choose(
                event.target.checked
                  ? [...chosen, model.aaguid]
                  : chosen.filter((aaguid) => aaguid !== model.aaguid),
              )
            }
          />
        ))}
        {found.length > shown.length ? (
          <p className="py-3 text-14 text-ink-soft">
            And {found.length - shown.length} more: type a part of the name.
          </p>
        ) : null}
        {shown.length === 0 ? <p className="py-3 text-14 text-ink-soft">No model is called that.</p> : null}
      </div>
      <div className="flex items-end gap-2">
        <div className="min-w-0 grow">
          <Field
            label="Others by their AAGUID"
            name={`${name}-typed`}
            autoComplete="off"
            spellCheck={false}
            placeholder="Paste one, or several with commas"
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
            error={error}
          />
        </div>
        <Button icon={<Plus size={16} />} disabled={typed.trim() === ''} onClick={add}>
          Add<span className="sr-only"> to {legend}</span>
        </Button>
      </div>
    </fieldset>
  );
}
