'use client';

import { FileUp, Pin } from 'lucide-react';
import { useId, useRef, useState, useTransition } from 'react';
import { answered } from '#device/answered';
import { safeAfter, type Trouble } from '#device/trouble';
import { Button } from '#ui/button';
import { Card } from '#ui/card';
import { Control, describedBy } from '#ui/control';
import { Facts } from '#ui/facts';
import { Notice } from '#ui/notice';
import { Select } from '#ui/select';
import { Time } from '#ui/time';
import { pinAnchor, readCertificate } from './actions.ts';
import { formatWords } from './words.ts';

type Preview = Extract<Awaited<ReturnType<typeof readCertificate>>, { ok: true }>['value'];
type Format = Parameters<typeof pinAnchor>[0]['format'];

/** Pins a certificate in two steps: it is read and shown with its fingerprint, and only then confirmed. */
export function AddAnchor() {
  const id = useId();
  const file = useRef<HTMLInputElement>(null);
  const [pem, setPem] = useState('');
  const [format, setFormat] = useState<Format>('tpm');
  const [preview, setPreview] = useState<Preview | null>(null);
  const [problem, setProblem] = useState<Trouble | null>(null);
  const [done, setDone] = useState(false);
  const [pending, start] = useTransition();

  /** What is wrong with the certificate stands at its field; what is wrong with the store does not. */
  const wrong =
    problem?.code === 'certificate_unreadable'
      ? `${problem.title} ${problem.detail}`
      : preview?.authority === false
        ? 'That certificate is no authority. Choose the one of the authority that issued the attestation certificates.'
        : undefined;

  function change(text: string) {
    setPem(text);
    setPreview(null);
    setProblem(null);
    setDone(false);
  }
  const take = async (files: FileList | null) => {
    const chosen = files?.[0];
    if (chosen !== undefined) change(await chosen.slice(0, 16_384).text());
  };
  const read = () =>
    start(async () => {
      const answer = await answered(readCertificate({ pem }));
      setPreview(answer.ok ? answer.value : null);
      setProblem(answer.ok ? null : answer.problem);
    });
  const pin = (fingerprint: string) =>
    start(async () => {
      const answer = await answered(pinAnchor({ format, pem, fingerprint }));
      if (!answer.ok) return setProblem(answer.problem);
      change('');
      setDone(true);
    });

  return (
    <Card>
      <div className="flex flex-col gap-5">
        {done ? <Notice tone="success" title="The anchor counts from now on." /> : null}
        <Control
          id={id}
          label="Certificate of the authority"
          hint="One certificate in PEM. Paste it, drop the file here, or choose it."
          error={wrong}
        >
          <textarea
            id={id}
            value={pem}
            rows={5}
            spellCheck={false}
            maxLength={16_384}
            aria-describedby={describedBy(id, true, wrong)}
            aria-invalid={wrong === undefined ? undefined : true}
            placeholder="-----BEGIN CERTIFICATE-----"
            className="w-full min-w-0 rounded-card border border-line-strong bg-surface px-3.5 py-2 font-mono text-12 text-ink aria-invalid:border-danger-ink"
            onChange={(event) => change(event.target.value)}
            onDragOver={(event) => event.preventDefault()}
            onDrop={(event) => {
              event.preventDefault();
              void take(event.dataTransfer.files);
            }}
          />
        </Control>
        <div className="flex flex-wrap gap-2">
          <input
            ref={file}
            type="file"
            accept=".pem,.crt,.cer"
            className="hidden"
            aria-label="Certificate file"
            onChange={(event) => void take(event.target.files)}
          />
          <Button onClick={() => file.current?.click()} icon={<FileUp size={16} />}>
            Choose a file
          </Button>
          <Button tone="primary" onClick={read} disabled={pending || pem.trim() === ''}>
            Read the certificate
          </Button>
        </div>
        {problem === null || wrong !== undefined ? null : (
          <Notice tone="danger" title={problem.title} safe={safeAfter(problem)}>
            {problem.detail}
          </Notice>
        )}
        {preview === null ? null : (
          <div className="flex flex-col gap-4 border-line border-t pt-5">
            <Facts
              tight
              facts={[
                { term: 'Subject', value: preview.subject, mono: true },
                {
                  term: 'Fingerprint (SHA-256)',
                  value: preview.fingerprint,
                  mono: true,
                  copy: preview.fingerprint,
                },
                { term: 'Key', value: preview.key },
                {
                  term: 'Validity',
                  value: (
                    <>
                      <Time at={preview.notBefore} form="day" /> to <Time at={preview.notAfter} form="day" />
                    </>
                  ),
                },
              ]}
            />
            {preview.authority ? (
              <>
                <Notice tone="warning" title="Compare the fingerprint with its publisher's" live="none">
                  From then on, every statement that this authority stands behind proves hardware.
                </Notice>
                <div className="flex max-w-80 flex-col gap-4">
                  <Select
                    label="Counts for the format"
                    name="format"
                    value={format}
                    onChange={(event) => setFormat(event.target.value as Format)}
                    options={Object.entries(formatWords).map(([value, label]) => ({ value, label }))}
                  />
                  <Button
                    tone="primary"
                    disabled={pending}
                    onClick={() => pin(preview.fingerprint)}
                    icon={<Pin size={16} />}
                  >
                    Pin this anchor
                  </Button>
                </div>
              </>
            ) : null}
          </div>
        )}
      </div>
    </Card>
  );
}
