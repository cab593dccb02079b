'use client';

import { useState, useSyncExternalStore } from 'react';
import type { WrittenMail } from '#domain/communication/mail';

const forms = { wide: 'On a desk', phone: 'On a phone', text: 'Plain text' } as const;
type Form = keyof typeof forms;

const never = () => () => {};
/** The nonce of this page: what is shown in the frame inherits its policy. */
const nonceHere = () => document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? '';

/** A message as its reader sees it: in a frame that can run nothing, load nothing and reach nothing. */
export function Preview({ reader, mail: { subject, html, text } }: { reader: string; mail: WrittenMail }) {
  const [form, setForm] = useState<Form>('wide');
  const nonce = useSyncExternalStore(never, nonceHere, () => null);

  return (
    <section aria-label="Preview" className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h2 className="min-w-0 text-14 font-semibold wrap-anywhere">As {reader} gets it</h2>
        <fieldset className="flex flex-wrap gap-1 rounded-card border border-line bg-surface p-1">
          <legend className="sr-only">Shown</legend>
          {(Object.keys(forms) as Form[]).map((each) => (
            <label
              key={each}
              className="choice flex min-h-8 items-center rounded-inner px-3 text-14 has-checked:bg-accent-soft has-checked:font-semibold has-checked:text-accent-ink has-focus-visible:outline-2 has-focus-visible:outline-accent-ink pointer-coarse:min-h-11"
            >
              <input
                type="radio"
                name="shown"
                value={each}
                checked={form === each}
                onChange={() => setForm(each)}
                className="sr-only"
              />
              {forms[each]}
            </label>
          ))}
        </fieldset>
      </div>
      <p className="rounded-card border border-line bg-surface px-4 py-2 text-14 wrap-anywhere">
        <span className="text-ink-soft">Subject: </span>
        {subject}
      </p>
      {form === 'text' ? (
        <pre className="rounded-card border border-line bg-surface p-4 font-mono text-12 leading-5 whitespace-pre-wrap wrap-anywhere">
          {text}
        </pre>
      ) : nonce === null ? null : (
        <iframe
          title={`Preview for ${reader}`}
          sandbox=""
          srcDoc={html.replace('<style>', `<style nonce="${nonce}">`)}
          className={`h-[44rem] rounded-card border border-line bg-sunken ${form === 'phone' ? 'w-90 max-w-full self-center' : 'w-full'}`}
        />
      )}
    </section>
  );
}
