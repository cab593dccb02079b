'use client';

import { Plus } from 'lucide-react';
import { startTransition as together, useTransition } from 'react';
import { answered } from '#device/answered';
import type { MemberKind } from '#domain/group';
import { Button } from '#ui/button';
import { useReport } from '../outcomes.tsx';
import { addToGroup } from './actions.ts';

/** Adds what was found to a group; it can be taken out again below. */
export function AddMember({
  name,
  ...input
}: {
  name: string;
  groupId: string;
  kind: MemberKind;
  memberId: string;
}) {
  const report = useReport();
  const [pending, start] = useTransition();
  return (
    <Button
      size="small"
      icon={<Plus size={16} />}
      pending={pending && 'Adding'}
      onClick={() =>
        start(async () => {
          const answer = await answered(addToGroup(input));
          // Together with the fresh page that the action brings, not before it.
          together(() =>
            report(answer.ok ? { done: `${name} is in the group.` } : { problem: answer.problem }),
          );
        })
      }
    >
      Add<span className="sr-only"> {name}</span>
    </Button>
  );
}
