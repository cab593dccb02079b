'use client';

import { useRouter } from 'next/navigation';
import {
  createContext,
  type ReactNode,
  startTransition as together,
  useContext,
  useEffect,
  useRef,
  useState,
  useTransition,
} from 'react';
import { type Answer, answered } from '#device/answered';
import { safeAfter, type Trouble } from '#device/trouble';
import { documentChanges, type PolicyDocument, type SourceKind } from '#domain/policy/source';
import { mergeDocuments } from '#domain/policy/source-edit';
import { Button } from '#ui/button';
import { Notice } from '#ui/notice';
import { Time } from '#ui/time';
import { showAtTop } from '../../../scroll.ts';
import { refusalWords } from '../../setting-form.tsx';
import type { GroupNames } from '../words.ts';
import { Changes } from './changes.tsx';

/** A document as it is kept now. */
export interface Latest {
  readonly document: PolicyDocument;
  readonly revision: number;
  /** Null for the command line. */
  readonly by: string | null;
  readonly at: string | null;
}

interface Editor {
  readonly id: string;
  readonly kind: SourceKind;
  readonly document: PolicyDocument;
  readonly revision: number;
  readonly names: GroupNames;
  /** False where one may look only. */
  readonly manages: boolean;
  readonly pending: boolean;
  /** Saves in the draft; answers what went wrong, or null. */
  readonly change: (next: PolicyDocument, said: string) => Promise<Trouble | null>;
}

const Editing = createContext<Editor | null>(null);

export function useEditor(): Editor {
  const editor = useContext(Editing);
  if (editor === null) throw new Error('outside of an editor');
  return editor;
}

/**
 * What is edited inside is saved in the draft at once. Where somebody else saved first, both see what the other did, and
 * either can be taken.
 */
export function SourceEditor({
  kind,
  id,
  kept,
  names,
  manages,
  save,
  look,
  children,
}: {
  kind: SourceKind;
  id: string;
  kept: Pick<Latest, 'document' | 'revision'>;
  names: GroupNames;
  manages: boolean;
  save: (input: {
    id: string;
    revision: number;
    document: PolicyDocument;
  }) => Promise<Answer<{ readonly revision: number }>>;
  look: (input: { id: string }) => Promise<Answer<Latest>>;
  children: ReactNode;
}) {
  const router = useRouter();
  const [seen, setSeen] = useState(kept);
  const [conflict, setConflict] = useState<{ mine: PolicyDocument; theirs: Latest } | null>(null);
  const [said, setSaid] = useState('');
  const [problem, setProblem] = useState<Trouble | null>(null);
  const [pending, start] = useTransition();
  const place = useRef<HTMLDivElement>(null);

  // What the page brings is newer than what was seen, or the same.
  useEffect(() => {
    setSeen((before) => (kept.revision > before.revision ? kept : before));
  }, [kept]);
  useEffect(() => {
    if (conflict !== null || problem !== null) showAtTop(place.current);
  }, [conflict, problem]);

  async function store(document: PolicyDocument, revision: number, told: string): Promise<Trouble | null> {
    setSaid('');
    setProblem(null);
    const answer = await answered(save({ id, revision, document }));
    if (answer.ok) {
      together(() => {
        setSeen({ document, revision: answer.value.revision });
        setConflict(null);
        setSaid(told);
      });
      return null;
    }
    if (answer.problem.code !== 'policy_changed_meanwhile') return answer.problem;
    const latest = await answered(look({ id }));
    if (!latest.ok) return latest.problem;
    together(() => setConflict({ mine: document, theirs: latest.value }));
    return null;
  }

  const editor: Editor = {
    id,
    kind,
    document: seen.document,
    revision: seen.revision,
    names,
    manages,
    pending,
    change: (next, told) =>
      new Promise((resolve) => {
        start(async () => resolve(await store(next, seen.revision, told)));
      }),
  };

  function takeTheirs(theirs: Latest) {
    together(() => {
      setSeen(theirs);
      setConflict(null);
      setSaid('This is what the other editor saved.');
      router.refresh();
    });
  }

  function putOnTop({ mine, theirs }: { mine: PolicyDocument; theirs: Latest }) {
    const merged = mergeDocuments(seen.document, mine, theirs.document);
    start(async () => {
      setProblem(await store(merged, theirs.revision, 'Saved in the draft, on top of what the other saved.'));
    });
  }

  return (
    <Editing value={editor}>
      <div ref={place} className="flex scroll-my-20 flex-col gap-4 empty:hidden">
        {problem === null ? null : (
          <Notice tone="danger" title={refusalWords(problem)} safe={safeAfter(problem)} />
        )}
        {conflict === null ? null : (
          <Notice
            tone="warning"
            live="alert"
            title="Somebody changed this draft while you had it open"
            safe="Your change is kept here until you decide. Nothing of theirs was overwritten."
            action={
              <>
                <Button
                  tone="primary"
                  pending={pending && 'Saving'}
                  onPendingClick={(event) => event.preventDefault()}
                  onClick={() => putOnTop(conflict)}
                >
                  Put my change on top of theirs
                </Button>
                <Button disabled={pending} onClick={() => takeTheirs(conflict.theirs)}>
                  Take theirs, drop mine
                </Button>
              </>
            }
          >
            <div className="flex flex-col gap-3">
              <p>
                {conflict.theirs.by ?? 'Somebody'} saved it
                {conflict.theirs.at === null ? null : (
                  <>
                    {' '}
                    <Time at={conflict.theirs.at} />
                  </>
                )}
                .
              </p>
              <Changes
                title="What they changed"
                kind={kind}
                names={names}
                changes={documentChanges(seen.document, conflict.theirs.document)}
                none="They saved it without another value: it was published, or discarded."
              />
              <Changes
                title="What you changed"
                kind={kind}
                names={names}
                changes={documentChanges(seen.document, conflict.mine)}
                none="Nothing."
              />
            </div>
          </Notice>
        )}
      </div>
      <p role="status" className="text-14 text-success-ink empty:hidden">
        {said}
      </p>
      {children}
    </Editing>
  );
}
