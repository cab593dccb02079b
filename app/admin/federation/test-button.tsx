'use client';

import { PlugZap } from 'lucide-react';
import { useState, useTransition } from 'react';
import { answered } from '#device/answered';
import { Button } from '#ui/button';
import { Notice, type NoticeTone } from '#ui/notice';
import { counted } from '../words.ts';
import { testDomain } from './actions.ts';

interface Said {
  readonly tone: NoticeTone;
  readonly title: string;
  readonly detail: string;
}

async function ask(domain: string): Promise<Said> {
  const answer = await answered(testDomain({ domain }));
  if (!answer.ok) return { tone: 'danger', title: answer.problem.title, detail: answer.problem.detail };
  const { value } = answer;
  return value.usable
    ? {
        tone: 'success',
        title: 'The provider answers',
        detail: `It describes itself as this issuer and publishes ${counted(value.keys, 'key')} that it signs with. It ${value.namesItself ? 'names' : 'does not name'} itself in its answers. Whether the client ID and secret are right, only a sign-in shows.`,
      }
    : { tone: 'danger', title: 'The provider cannot be used', detail: 'What is wrong stands above.' };
}

/** Really asks the provider, as a sign-in would, and says what came of it. */
export function TestButton({ domain }: { domain: string }) {
  const [said, setSaid] = useState<Said | null>(null);
  const [pending, start] = useTransition();
  return (
    <>
      <Button
        size="small"
        icon={<PlugZap size={16} />}
        pending={pending && 'Asking the provider'}
        onClick={() => start(async () => setSaid(await ask(domain)))}
      >
        Test
      </Button>
      {said === null ? null : (
        <div className="order-last basis-full">
          <Notice tone={said.tone} title={said.title}>
            {said.detail}
          </Notice>
        </div>
      )}
    </>
  );
}
