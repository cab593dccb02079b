'use client';

import { Trash2 } from 'lucide-react';
import type { Route } from 'next';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { type Answer, answered } from '#device/answered';
import { safeAfter, type Trouble } from '#device/trouble';
import { ConfirmDialog } from '#ui/dialog';
import { Notice } from '#ui/notice';
import { refusalWords } from '../../setting-form.tsx';
import { useEditor } from './editor.tsx';

/** Deletes a source with everything that it ever said. */
export function DeleteSource({
  version,
  remove,
}: {
  version: number;
  remove: (input: { id: string; revision: number; confirmed?: boolean }) => Promise<Answer<null>>;
}) {
  const { id, revision, document } = useEditor();
  const router = useRouter();
  const [problem, setProblem] = useState<Trouble | null>(null);
  const [isLast, setIsLast] = useState(false);
  return (
    <div className="flex flex-col gap-4">
      {problem === null ? null : (
        <Notice
          tone="danger"
          title={refusalWords(problem)}
          safe={safeAfter(problem, 'The source is still there.')}
        >
          {isLast ? 'Delete it again if that is meant.' : null}
        </Notice>
      )}
      <div>
        <ConfirmDialog
          trigger={{
            label: isLast ? 'Delete all the same' : 'Delete this source',
            tone: isLast ? 'danger' : 'secondary',
            icon: <Trash2 size={16} />,
          }}
          title={`Delete “${document.name}”?`}
          confirmLabel="Delete the source"
          typed="delete"
          action={async () => {
            const answer = await answered(remove({ id, revision, confirmed: isLast }));
            if (answer.ok) return router.push('/admin/policy/sources' as Route);
            setIsLast(answer.problem.code === 'administrators_not_confirmed');
            setProblem(answer.problem);
          }}
        >
          <p>
            {version === 0
              ? 'It was never published; no device has it.'
              : 'Devices lose its values at their next refresh. To keep it without giving it to anybody, switch it off instead.'}
          </p>
          <p>
            Its history goes too: {version === 1 ? '1 version' : `${version} versions`}. The event log keeps
            that it was there.
          </p>
        </ConfirmDialog>
      </div>
    </div>
  );
}
