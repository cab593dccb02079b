'use client';

import { Ticket } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useState } from 'react';
import { answered } from '#device/answered';
import { Button } from '#ui/button';
import { Dialog } from '#ui/dialog';
import { useReport } from '../outcomes.tsx';
import { type Issued, ShownPass } from '../people/pass.tsx';
import { collectRequest } from './actions.ts';

/** Makes the approved pass and shows its value, once. */
export function Collect({ requestId, name }: { requestId: string; name: string }) {
  const [issued, setIssued] = useState<Issued | null>(null);
  const [pending, setPending] = useState(false);
  const report = useReport();
  const router = useRouter();

  async function collect() {
    setPending(true);
    report(null);
    const answer = await answered(collectRequest({ requestId }));
    setPending(false);
    if (answer.ok) setIssued(answer.value);
    else report({ problem: answer.problem });
  }

  function close() {
    setIssued(null);
    router.refresh();
  }

  return (
    <>
      <Button
        size="small"
        tone="primary"
        icon={<Ticket size={16} />}
        pending={pending && 'Making the pass'}
        onClick={collect}
      >
        Collect the pass
      </Button>
      <Dialog
        open={issued !== null}
        onOpenChange={(open) => (open ? undefined : close())}
        title={`The pass of ${name}`}
      >
        {issued === null ? null : <ShownPass issued={issued} name={name} done={close} />}
      </Dialog>
    </>
  );
}
