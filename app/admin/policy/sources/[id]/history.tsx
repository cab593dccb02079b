'use client';

import { RotateCcw } from 'lucide-react';
import { useState } from 'react';
import type { Answer } from '#device/answered';
import { documentChanges, emptyDocument, type PolicyDocument } from '#domain/policy/source';
import { Badge } from '#ui/badge';
import { Button } from '#ui/button';
import { Time } from '#ui/time';
import { Act } from '../../../outcomes.tsx';
import { counted } from '../../../words.ts';
import { Changes } from './changes.tsx';
import { useEditor } from './editor.tsx';

export interface Version {
  readonly version: number;
  readonly document: PolicyDocument;
  readonly at: string;
  /** Null for the command line. */
  readonly by: string | null;
}

/** As many are shown before somebody asks for more. */
const SHOWN = 10;

/** Every version with what it changed of the one before; any of them can be made the draft again. */
export function History({
  versions,
  hasDraft,
  restore,
}: {
  /** The latest first. */
  versions: readonly Version[];
  hasDraft: boolean;
  restore: (input: {
    id: string;
    version: number;
    revision: number;
  }) => Promise<Answer<{ readonly revision: number }>>;
}) {
  const { id, kind, revision, names, manages } = useEditor();
  const [shown, setShown] = useState(SHOWN);
  return (
    <div className="flex flex-col gap-3">
      <ul className="divide-y divide-line">
        {versions.slice(0, shown).map(({ version, document, at, by }, index) => {
          const before = versions[index + 1]?.document ?? emptyDocument;
          const changes = documentChanges(before, document);
          return (
            <li key={version} className="flex flex-col gap-2 py-4 first:pt-0 last:pb-0">
              <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-2">
                <div className="flex min-w-0 flex-col gap-0.5">
                  <h3 className="flex flex-wrap items-center gap-2 text-16 font-semibold">
                    Version {version}
                    {index === 0 ? <Badge tone="success">Published now</Badge> : null}
                  </h3>
                  <p className="text-14 text-ink-soft">
                    {by ?? 'The command line'}, <Time at={at} />
                  </p>
                </div>
                {manages && (index > 0 || hasDraft) ? (
                  <Act
                    trigger={{
                      label: (
                        <>
                          Restore<span className="sr-only"> version {version}</span>
                        </>
                      ),
                      size: 'small',
                      icon: <RotateCcw size={16} />,
                    }}
                    tone="primary"
                    title={`Make version ${version} the draft?`}
                    confirmLabel={`Make version ${version} the draft`}
                    action={restore}
                    input={{ id, version, revision }}
                    done={
                      index === 0
                        ? 'The draft is gone: it says what is published.'
                        : `Version ${version} is the draft now. It applies once you publish it.`
                    }
                  >
                    <p>
                      {hasDraft ? 'The draft that there is will be replaced. ' : ''}Nothing changes for
                      anybody until it is published. Groups that no longer exist are left out.
                    </p>
                  </Act>
                ) : null}
              </div>
              <details>
                <summary className="inline-flex min-h-8 cursor-pointer items-center text-14 text-accent-ink hover:underline pointer-coarse:min-h-11">
                  {counted(changes.length, 'change')}
                  <span className="sr-only"> in version {version}</span>
                </summary>
                <div className="pt-2">
                  <Changes
                    kind={kind}
                    changes={changes}
                    names={names}
                    none="It says what the one before said."
                  />
                </div>
              </details>
            </li>
          );
        })}
      </ul>
      {versions.length > shown ? (
        <div>
          <Button size="small" onClick={() => setShown(versions.length)}>
            {`Show all ${versions.length} versions`}
          </Button>
        </div>
      ) : null}
    </div>
  );
}
