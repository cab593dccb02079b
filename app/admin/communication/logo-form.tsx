'use client';

import { ImageUp } from 'lucide-react';
import { startTransition as together, useRef, useState, useTransition } from 'react';
import { answered } from '#device/answered';
import type { Trouble } from '#device/trouble';
import { toBase64Url } from '#domain/base64url';
import { readLogo } from '#domain/communication/logo';
import { problem as problemOf } from '#domain/problem';
import { Button } from '#ui/button';
import { Notice } from '#ui/notice';
import { useReport } from '../outcomes.tsx';
import { saveLogo } from './actions.ts';

/** The logo: chosen as a file, judged by its bytes here and again on the server. */
export function LogoForm({ logo, manages }: { logo: string | null; manages: boolean }) {
  const report = useReport();
  const file = useRef<HTMLInputElement>(null);
  const [problem, setProblem] = useState<Trouble | null>(null);
  const [pending, start] = useTransition();

  const save = (content: string | null) =>
    start(async () => {
      const answer = await answered(saveLogo({ content }));
      together(() => {
        setProblem(answer.ok ? null : answer.problem);
        if (answer.ok) report({ done: content === null ? 'The logo was removed.' : 'The logo was saved.' });
      });
    });

  async function take(files: FileList | null) {
    const chosen = files?.[0];
    if (chosen === undefined) return;
    const bytes = new Uint8Array(await chosen.arrayBuffer());
    if (readLogo(bytes) === null) return setProblem(problemOf('picture_refused'));
    save(toBase64Url(bytes));
  }

  return (
    <div className="flex h-full flex-col gap-4">
      <div className="flex flex-col gap-1">
        <h3 className="text-14 font-semibold">Logo</h3>
        <p className="text-14 text-ink-soft">
          On top of every message and sheet. PNG or JPEG, at most 48 KiB; shown 40 pixels high. One that is
          seen on white and on black is best.
        </p>
      </div>
      <div className="flex min-h-28 grow items-center justify-center rounded-card border border-line bg-sunken p-6">
        {logo === null ? (
          <p className="text-14 text-ink-soft">None: the name of your organisation stands there.</p>
        ) : (
          // biome-ignore lint/performance/noImgElement: it is inline already.
          <img src={logo} alt="Your logo" className="max-h-16 max-w-60" />
        )}
      </div>
      {problem === null ? null : (
        <Notice tone="danger" title={problem.title}>
          {problem.detail}
        </Notice>
      )}
      {manages ? (
        <div className="flex flex-wrap gap-2">
          <input
            ref={file}
            type="file"
            accept="image/png,image/jpeg"
            className="hidden"
            aria-label="Logo file"
            onChange={(event) => {
              void take(event.target.files);
              event.target.value = '';
            }}
          />
          <Button
            icon={<ImageUp size={16} />}
            pending={pending && 'Saving'}
            onClick={() => file.current?.click()}
          >
            Choose a logo
          </Button>
          {logo === null ? null : (
            <Button tone="quiet" onClick={() => save(null)}>
              Show the name instead
            </Button>
          )}
        </div>
      ) : null}
    </div>
  );
}
