'use client';

import { useState } from 'react';
import {
  exportable,
  holdsBothScopes,
  policyFormatNames,
  policyFormats,
  textsOf,
} from '#domain/policy/artefacts';
import {
  documentChanges,
  type PolicyDocument,
  type SourceKind,
  scopesOf,
  sourceKinds,
} from '#domain/policy/source';
import type { PolicyScope } from '#domain/policy/windows';
import { Select } from '#ui/select';
import { counted } from '../../../words.ts';
import { ArtefactRow } from '../../files/artefact-row.tsx';
import { useEditor } from './editor.tsx';

type State = 'published' | 'draft';

/** What one file can carry of a document: every scope where the file says which, else one. */
function filesOf(document: PolicyDocument, kind: SourceKind) {
  const values = textsOf(document, kind);
  const hasHalves = sourceKinds[kind].channel !== 'device_lock';
  return policyFormatNames.flatMap((format) => {
    const split: readonly (PolicyScope | null)[] =
      holdsBothScopes(format) || !hasHalves ? [null] : scopesOf(kind);
    return split.map((scope) => {
      const wanted = values.filter((value) => scope === null || value.scope === scope);
      return { format, scope, wanted: wanted.length, carried: exportable(format, wanted).length };
    });
  });
}

const folders: Readonly<Record<PolicyScope, string>> = { device: 'Machine', user: 'User' };

/** A download of a source in each format, as it is published or as it is drafted. */
export function SourceFiles({ published }: { published: PolicyDocument | null }) {
  const { id, kind, document } = useEditor();
  const [state, setState] = useState<State>(published === null ? 'draft' : 'published');
  const hasDraft = published === null || documentChanges(published, document).length > 0;
  const of = state === 'published' && published !== null ? published : document;
  return (
    <div className="flex flex-col gap-4">
      {published !== null && hasDraft ? (
        <div className="max-w-80">
          <Select
            label="Which one"
            name="state"
            value={state}
            onChange={(event) => setState(event.target.value as State)}
            options={[
              { value: 'published', label: 'What is published' },
              { value: 'draft', label: 'The draft' },
            ]}
          />
        </div>
      ) : null}
      {sourceKinds[kind].channel === 'device_lock' ? (
        <p className="max-w-line text-14 text-ink-soft">
          A file has the nodes of DeviceLock: the shortest PIN up to 16 characters, how long it lasts, and how
          many are remembered. DeviceLock counts kinds of characters where Windows Hello names them, so that
          no file says the rest.
        </p>
      ) : null}
      <ul className="divide-y divide-line">
        {filesOf(of, kind).map(({ format, scope, wanted, carried }) => {
          const { title, about } = policyFormats[format];
          const query = new URLSearchParams({
            format,
            source: id,
            state,
            ...(scope === null ? {} : { scope }),
          });
          const name = scope === null ? title : `${title}, ${folders[scope]}`;
          return (
            <ArtefactRow
              key={`${format} ${scope}`}
              title={name}
              about={about}
              carries={
                carried < wanted ? `${carried} of ${counted(wanted, 'setting')}` : counted(carried, 'setting')
              }
              isFull={carried > 0 && carried === wanted}
              href={`/api/policy/export?${query}`}
              closed={carried === 0 ? 'Nothing that it says has a place in it.' : null}
            />
          );
        })}
      </ul>
    </div>
  );
}
