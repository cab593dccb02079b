'use client';

import { FileUp, SearchCheck } from 'lucide-react';
import { type ReactNode, useId, useRef, useState } from 'react';
import { aboutCheck, type CheckId, type Outcome } from '#domain/attestation/checks';
import type { AttestationInspection } from '#domain/attestation/inspection';
import { fromBase64Url } from '#domain/base64url';
import { protectionOf, protectionWords } from '#domain/credential';
import { Button } from '#ui/button';
import { Control } from '#ui/control';
import { Emblem } from '#ui/emblem';
import { Field } from '#ui/field';
import { Notice } from '#ui/notice';
import { Time } from '#ui/time';
import { post } from '../_device/post.ts';
import type { Trouble } from '../_device/trouble.ts';
import { TroubleNotice } from '../_device/trouble-notice.tsx';
import { Verdict } from './verdict.tsx';

export interface Shown {
  readonly inspection: AttestationInspection;
  readonly response: { readonly attestationObject: string; readonly clientDataJSON: string };
}

interface Stored extends Shown {
  /** What was kept when it was judged last. */
  readonly kept: {
    readonly class: AttestationInspection['class'];
    readonly judgedAt: string | null;
    readonly changes: readonly {
      readonly id: CheckId;
      readonly before: Outcome | null;
      readonly now: Outcome;
    }[];
  };
}

/** The most that the door takes. */
const MAX_TEXT = 65_536;

const box =
  'w-full min-w-0 rounded-card border border-line-strong bg-surface px-3.5 py-2 font-mono text-12 text-ink aria-invalid:border-danger-ink';

/** The response in a text: a bare one, or a request as the door takes it. */
function requestOf(text: string): Record<string, unknown> | null {
  try {
    const json: unknown = JSON.parse(text);
    if (typeof json !== 'object' || json === null) return null;
    return 'rawId' in json ? { response: json } : (json as Record<string, unknown>);
  } catch {
    return null;
  }
}

export function Inspector({ stored }: { stored: Stored | null }) {
  const id = useId();
  const file = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [shown, setShown] = useState<Shown | null>(stored);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [wrong, setWrong] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const [asking, setAsking] = useState(false);

  const take = async (files: FileList | null) => {
    const chosen = files?.[0];
    if (chosen === undefined) return;
    const large = chosen.size > MAX_TEXT;
    setWrong(large ? `${chosen.name} is larger than 64 KiB. A registration response is a few.` : null);
    if (!large) setText(await chosen.text());
  };

  async function inspect(form: FormData) {
    setTrouble(null);
    setShown(null);
    const request = requestOf(text);
    setWrong(request === null ? 'This is not JSON of a registration response.' : null);
    if (request === null) return;
    const given = (name: string) => String(form.get(name) ?? '').trim() || undefined;
    const anchors = given('anchors');
    const body = {
      ...request,
      ...(given('challenge') ? { expectedChallenge: given('challenge') } : {}),
      ...(given('origin') ? { expectedOrigin: given('origin') } : {}),
      ...(given('rpId') ? { expectedRpId: given('rpId') } : {}),
      ...(anchors ? { anchors: [anchors] } : {}),
    };
    setAsking(true);
    const outcome = await post<AttestationInspection>('/api/attestation/inspect', body);
    setAsking(false);
    if (!outcome.ok) return setTrouble(outcome.trouble);
    const { response } = (request.response ?? {}) as { response?: Shown['response'] };
    if (response !== undefined) setShown({ inspection: outcome.value, response });
  }

  return (
    <div className="flex min-w-0 flex-col gap-8">
      {stored === null ? (
        <form
          className="flex flex-col gap-5"
          onSubmit={(event) => {
            event.preventDefault();
            void inspect(new FormData(event.currentTarget));
          }}
        >
          <Control
            id={id}
            label="Registration response"
            hint="The JSON of what navigator.credentials.create() answered (toJSON). Paste it, drop a file here, or choose one."
            error={wrong ?? undefined}
          >
            <textarea
              id={id}
              name="response"
              rows={7}
              value={text}
              spellCheck={false}
              required
              maxLength={MAX_TEXT}
              aria-describedby={wrong !== null ? `${id}-hint ${id}-error` : `${id}-hint`}
              aria-invalid={wrong !== null ? true : undefined}
              placeholder='{"id":"…","rawId":"…","type":"public-key","response":{…}}'
              className={`${box} ${over ? 'border-accent bg-accent-soft' : ''}`}
              onChange={(event) => setText(event.target.value)}
              onDragOver={(event) => {
                event.preventDefault();
                setOver(true);
              }}
              onDragLeave={() => setOver(false)}
              onDrop={(event) => {
                event.preventDefault();
                setOver(false);
                void take(event.dataTransfer.files);
              }}
            />
          </Control>
          <details className="rounded-card border border-line px-4 py-3">
            <summary className="text-14 font-semibold text-accent-ink">
              What you expect of it (optional)
            </summary>
            <div className="mt-4 grid gap-4 sm:grid-cols-2">
              <Field name="origin" label="Origin" placeholder="https://keys.example.org" />
              <Field name="rpId" label="Relying party ID" placeholder="keys.example.org" />
              <Field name="challenge" label="Challenge" hint="base64url" />
              <div className="sm:col-span-2">
                <Control
                  id={`${id}-anchors`}
                  label="Trust these anchors only"
                  hint="PEM. Left empty, the anchors that are pinned here count."
                >
                  <textarea
                    id={`${id}-anchors`}
                    name="anchors"
                    rows={4}
                    spellCheck={false}
                    maxLength={16_384}
                    aria-describedby={`${id}-anchors-hint`}
                    className={box}
                  />
                </Control>
              </div>
            </div>
          </details>
          <div className="flex flex-wrap gap-2">
            <input
              ref={file}
              type="file"
              accept=".json,.txt"
              className="hidden"
              aria-label="Response file"
              onChange={(event) => void take(event.target.files)}
            />
            <Button type="submit" tone="primary" disabled={asking} icon={<SearchCheck size={16} />}>
              {asking ? 'Inspecting' : 'Inspect'}
            </Button>
            <Button onClick={() => file.current?.click()} icon={<FileUp size={16} />}>
              Choose a file
            </Button>
          </div>
        </form>
      ) : (
        <Kept stored={stored} />
      )}
      <TroubleNotice trouble={trouble} />
      {shown === null ? null : (
        <Verdict
          inspection={shown.inspection}
          attestationObject={fromBase64Url(shown.response.attestationObject)}
          clientDataJSON={fromBase64Url(shown.response.clientDataJSON)}
        />
      )}
    </div>
  );
}

const outcomeWords: Readonly<Record<Outcome, string>> = {
  passed: 'passed',
  failed: 'failed',
  not_checked: 'not checked',
  not_applicable: 'not part of it',
};

/** How today's judgement stands to the one that was kept, and counts until the key is judged again. */
function Kept({ stored: { inspection, kept } }: { stored: Stored }) {
  const judged = kept.judgedAt === null ? null : <Time at={kept.judgedAt} />;
  if (kept.changes.length === 0 && kept.class === inspection.class)
    return (
      <Notice tone="info" live="none" title="Judged again, and nothing has changed">
        Under today's rules and anchors, at the time when the key was made. Its challenge was used up then.
        {judged === null ? null : <> What is kept was judged {judged}.</>}
      </Notice>
    );
  return (
    <Notice tone="warning" live="none" title="What is kept of this key says something else">
      <div className="flex flex-col gap-3">
        <div className="flex flex-wrap gap-x-8 gap-y-2">
          <Side title={judged === null ? 'Kept' : <>Kept, judged {judged}</>} value={kept.class} />
          <Side title="Today" value={inspection.class} />
        </div>
        <ul className="flex flex-col gap-1" aria-label="Checks that came out otherwise">
          {kept.changes.map(({ id, before, now }) => (
            <li key={id} data-changed={id}>
              {aboutCheck(id).title}: {before === null ? 'not judged' : outcomeWords[before]} then,{' '}
              {outcomeWords[now]} now
            </li>
          ))}
        </ul>
        <p>What is kept counts until the key is judged again: npm run admin -- attestation rejudge.</p>
      </div>
    </Notice>
  );
}

function Side({ title, value }: { title: ReactNode; value: AttestationInspection['class'] }) {
  const protection = protectionOf(value);
  return (
    <span className="flex items-center gap-2">
      <Emblem protection={protection} size={24} />
      <span className="flex flex-col">
        <span className="text-12">{title}</span>
        <span className="font-semibold">{protectionWords[protection]}</span>
      </span>
    </span>
  );
}
