'use client';

import { CloudDownload, FileUp } from 'lucide-react';
import { useRouter } from 'next/navigation';
import { useRef, useState, useTransition } from 'react';
import { post } from '#device/post';
import type { Trouble } from '#device/trouble';
import { Button } from '#ui/button';
import { Card } from '#ui/card';
import { Field } from '#ui/field';
import { Notice } from '#ui/notice';

interface Loaded {
  readonly number: number;
  readonly entries: number;
}

/** Loads metadata from a file or from an address, and tells what came of it. */
export function LoadMetadata({ address }: { address: string }) {
  const router = useRouter();
  const file = useRef<HTMLInputElement>(null);
  const [url, setUrl] = useState(address);
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [waitsFor, setWaitsFor] = useState<'file' | 'address' | null>(null);
  const [pending, start] = useTransition();

  const load = (what: 'file' | 'address', body: () => Promise<object>) => {
    setWaitsFor(what);
    setTrouble(null);
    setLoaded(null);
    start(async () => {
      const answer = await post<Loaded>('/api/attestation/metadata', await body());
      if (answer.ok) setLoaded(answer.value);
      else setTrouble(answer.trouble);
      // A failure is shown with the metadata, too.
      router.refresh();
    });
  };
  const take = (files: FileList | null) => {
    const chosen = files?.[0];
    if (chosen !== undefined) load('file', async () => ({ blob: await chosen.text() }));
    if (file.current !== null) file.current.value = '';
  };
  const why = trouble?.facts?.why;

  return (
    <Card>
      <fieldset
        className="flex min-w-0 flex-col gap-5"
        aria-label="Load metadata"
        onDragOver={(event) => event.preventDefault()}
        onDrop={(event) => {
          event.preventDefault();
          take(event.dataTransfer.files);
        }}
      >
        {loaded === null ? null : (
          <Notice
            tone="success"
            title={`No. ${loaded.number} is loaded: ${loaded.entries} ${loaded.entries === 1 ? 'model' : 'models'}.`}
          />
        )}
        {trouble === null ? null : (
          <Notice tone="danger" title={trouble.title}>
            {typeof why === 'string' ? `${why} ` : ''}
            {trouble.detail}
          </Notice>
        )}
        <form
          className="flex flex-wrap items-end gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            load('address', async () => ({ address: url }));
          }}
        >
          <div className="min-w-0 grow basis-72">
            <Field
              label="Address of the BLOB"
              name="address"
              type="url"
              required
              pattern="https://.*"
              value={url}
              onChange={(event) => setUrl(event.target.value)}
            />
          </div>
          <Button type="submit" disabled={pending} icon={<CloudDownload size={16} />}>
            {pending && waitsFor === 'address' ? 'Fetching and checking' : 'Fetch it'}
          </Button>
        </form>
        <div className="flex flex-wrap items-center gap-3">
          <input
            ref={file}
            type="file"
            accept=".jwt,.txt,application/jwt,text/plain"
            className="hidden"
            aria-label="Metadata file"
            onChange={(event) => take(event.target.files)}
          />
          <Button onClick={() => file.current?.click()} disabled={pending} icon={<FileUp size={16} />}>
            {pending && waitsFor === 'file' ? 'Checking the file' : 'Load a file'}
          </Button>
          <p className="text-14 text-ink-soft">
            Or load it as a file, where the server cannot reach the internet. You can drop it here, too.
          </p>
        </div>
      </fieldset>
    </Card>
  );
}
