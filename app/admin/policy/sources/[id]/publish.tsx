'use client';

import { Trash2, Upload } from 'lucide-react';
import type { Route } from 'next';
import { useRouter } from 'next/navigation';
import { type ReactNode, startTransition as together, useState, useTransition } from 'react';
import { type Answer, answered } from '#device/answered';
import { safeAfter, type Trouble } from '#device/trouble';
import { documentChanges, emptyDocument, type PolicyDocument } from '#domain/policy/source';
import { disagreementIn } from '#domain/policy/source-edit';
import { Button } from '#ui/button';
import { Card } from '#ui/card';
import { ConfirmDialog, Dialog } from '#ui/dialog';
import { Notice } from '#ui/notice';
import { useReport } from '../../../outcomes.tsx';
import { counted } from '../../../words.ts';
import { refusalWords } from '../../setting-form.tsx';
import { Changes } from './changes.tsx';
import { useEditor } from './editor.tsx';

interface Seen {
  readonly id: string;
  readonly revision: number;
  readonly confirmed?: boolean;
}

/** What publishing would change, and then does. */
export function Publish({
  version,
  published,
  hasDraft,
  effect,
  publish,
  discard,
}: {
  /** 0 while nothing was published. */
  version: number;
  published: PolicyDocument | null;
  hasDraft: boolean;
  /** What it would change for whom, counted over all people and devices: between the differences and the button. */
  effect?: ReactNode;
  publish: (input: Seen) => Promise<Answer<{ readonly version: number }>>;
  discard: (input: Seen) => Promise<Answer<{ readonly deleted: boolean }>>;
}) {
  const { id, kind, document, revision, names, manages } = useEditor();
  const report = useReport();
  const router = useRouter();
  const [asking, setAsking] = useState(false);
  const [problem, setProblem] = useState<Trouble | null>(null);
  const [pending, start] = useTransition();
  const changes = documentChanges(published ?? emptyDocument, document);
  const wrong = disagreementIn(document);

  function go(confirmed: boolean) {
    setProblem(null);
    start(async () => {
      const answer = await answered(publish({ id, revision, confirmed }));
      if (answer.ok)
        return together(() => {
          setAsking(false);
          report({
            done: `Version ${answer.value.version} is published. Devices get it at their next refresh.`,
          });
        });
      if (answer.problem.code === 'administrators_not_confirmed') return setAsking(true);
      setAsking(false);
      setProblem(answer.problem);
      if (answer.problem.code === 'policy_changed_meanwhile') router.refresh();
    });
  }

  if (!hasDraft)
    return (
      <Card>
        <p className="text-14 text-ink-soft">
          There is no draft: what you see here is version {version}, which applies. Whatever you change
          becomes a draft first.
        </p>
      </Card>
    );
  return (
    <Card>
      <div className="flex flex-col gap-5">
        <Changes
          kind={kind}
          changes={changes}
          names={names}
          none={version === 0 ? 'The draft is empty.' : 'The draft says what is published.'}
        />
        {effect}
        {document.include.length === 0 ? (
          <Notice tone="info" live="none" title="Nobody would get it">
            No group is included yet. It can be published, and says nothing to anybody.
          </Notice>
        ) : null}
        {problem === null ? null : (
          <Notice
            tone="danger"
            title={refusalWords(problem)}
            safe={safeAfter(problem, 'Nothing was published.')}
          />
        )}
        {manages ? (
          <div className="flex flex-wrap gap-2 max-sm:flex-col">
            <Button
              tone="primary"
              icon={<Upload size={16} />}
              disabled={wrong !== null}
              pending={pending && 'Publishing'}
              onPendingClick={(event) => event.preventDefault()}
              onClick={() => go(false)}
            >
              {`Publish version ${version + 1}`}
            </Button>
            <ConfirmDialog
              trigger={{ label: 'Discard draft', icon: <Trash2 size={16} /> }}
              title={
                version === 0 ? `Delete “${document.name}”?` : `Discard the draft of “${document.name}”?`
              }
              confirmLabel={version === 0 ? 'Delete the source' : 'Discard the draft'}
              action={async () => {
                const answer = await answered(discard({ id, revision }));
                if (!answer.ok) return together(() => report({ problem: answer.problem }));
                if (answer.value.deleted) return router.push('/admin/policy/sources' as Route);
                together(() => report({ done: `The draft is gone. Version ${version} applies as before.` }));
              }}
            >
              <p>
                {version === 0
                  ? 'It was never published: the source goes with its draft. No device has it.'
                  : `${counted(changes.length, 'change')} will be lost. Version ${version} stays published as it is.`}
              </p>
            </ConfirmDialog>
          </div>
        ) : null}
        {wrong === null ? null : (
          <p className="text-14 text-ink-soft">The values contradict each other: {wrong.sentence}</p>
        )}
      </div>
      <Dialog title="Lock every administrator out?" open={asking} onOpenChange={setAsking}>
        <div className="flex flex-col gap-4 text-14">
          <p>
            With this published no Global Administrator could set up a key on any device. Keys that they have
            go on working; whoever loses theirs needs a one-time link from the command line on the server.
          </p>
          <div className="flex flex-wrap justify-end gap-2 max-sm:flex-col-reverse">
            <Button onClick={() => setAsking(false)}>Keep things as they are</Button>
            <Button
              tone="danger"
              pending={pending && 'Publishing'}
              onPendingClick={(event) => event.preventDefault()}
              onClick={() => go(true)}
            >
              Publish all the same
            </Button>
          </div>
        </div>
      </Dialog>
    </Card>
  );
}
