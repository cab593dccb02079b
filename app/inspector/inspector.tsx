'use client';

import { FileUp, SearchCheck } from 'lucide-react';
import { useId, useRef, useState } from 'react';
import type { AttestationInspection } from '#domain/attestation/inspection';
import { fromBase64Url } from '#domain/base64url';
import { Button } from '#ui/button';
import { Control } from '#ui/control';
import { Field } from '#ui/field';
import { Notice } from '#ui/notice';
import { post } from '../_device/post.ts';
import type { Trouble } from '../_device/trouble.ts';
import { TroubleNotice } from '../_device/trouble-notice.tsx';
import { Verdict } from './verdict.tsx';

export interface Shown {
  readonly inspection: AttestationInspection;
  readonly response: { readonly attestationObject: string; readonly clientDataJSON: string };
}

const box =
  'w-full min-w-0 rounded-card border border-line-strong bg-surface px-3.5 py-2 font-mono text-12 text-ink';

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

export function Inspector({ stored }: { stored: Shown | null }) {
  const id = useId();
  const file = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [shown, setShown] = useState<Shown | null>(stored);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [wrong, setWrong] = useState(false);
  const [asking, setAsking] = useState(false);

  const take = async (files: FileList | null) => {
    const chosen = files?.[0];
    if (chosen !== undefined) setText((await chosen.text()).slice(0, 65_536));
  };

  async function inspect(form: FormData) {
    setTrouble(null);
    setShown(null);
    const request = requestOf(text);
    setWrong(request === null);
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
            error={wrong ? 'This is not JSON of a registration response.' : undefined}
          >
            <textarea
              id={id}
              name="response"
              rows={7}
              value={text}
              spellCheck={false}
              required
              maxLength={65_536}
              aria-describedby={wrong ? `${id}-hint ${id}-error` : `${id}-hint`}
              aria-invalid={wrong ? true : undefined}
              placeholder='{"id":"…","rawId":"…","type":"public-key","response":{…}}'
              className={box}
              onChange={(event) => setText(event.target.value)}
              onDragOver={(event) => event.preventDefault()}
              onDrop={(event) => {
                event.preventDefault();
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
        <Notice tone="info" live="none" title="Judged as it was stored">
          Under today's rules and anchors, at the time when the key was made. Its challenge was used up then.
        </Notice>
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
