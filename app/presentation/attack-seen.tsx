import { OctagonAlert, ScrollText, ShieldCheck } from 'lucide-react';
import { eventText } from '#domain/event';
import { type AttackReport, type AttackStep, attacks } from '#domain/presentation/attack';
import { problem } from '#domain/problem';

/** What an attacker sent, what they got, and what the log has of it; `large` for the audience. */
export function AttackSeen({ report, large = false }: { report: AttackReport; large?: boolean }) {
  const { moral, answer } = attacks[report.attack];
  const { event, held, sent } = report;
  const Icon = held ? ShieldCheck : OctagonAlert;
  const look = held ? 'border-success-line bg-success-soft' : 'border-danger-line bg-danger-soft';
  const ink = held ? 'text-success-ink' : 'text-danger-ink';
  return (
    <div className={`flex flex-col gap-4 ${large ? 'text-16' : 'text-14'}`}>
      <ol className="flex flex-col divide-y divide-line rounded-card border border-line bg-surface px-4">
        {sent.map((step, at) => (
          <Sent
            // biome-ignore lint/suspicious/noArrayIndexKey: the same request may be sent twice, and the list never changes.
            key={at}
            step={step}
            ink={at === sent.length - 1 ? `${look} ${ink}` : 'border-line bg-sunken text-ink-soft'}
          />
        ))}
      </ol>
      <div className={`flex gap-4 rounded-card border px-4 py-3 ${look}`}>
        <Icon aria-hidden className={`shrink-0 ${ink} ${large ? 'size-8' : 'size-5'}`} />
        <div className="flex min-w-0 flex-col gap-1">
          <p role="status" className={`font-semibold ${ink} ${large ? 'text-20' : 'text-16'}`}>
            {held ? `Refused: “${problem(answer).title}”` : 'This was not refused as it has to be.'}
          </p>
          <p className="text-ink">{held ? moral : 'Set the chapter up again and look at the event log.'}</p>
          {event === null ? null : (
            <p className="mt-1 flex gap-2 text-14 text-ink-soft">
              <ScrollText aria-hidden className="mt-0.5 size-4 shrink-0" />
              <span>
                In the event log: {eventText(event.code)}, cause{' '}
                <code className="text-ink">{event.cause}</code>, support code{' '}
                <code className="text-ink">{event.support}</code>
              </span>
            </p>
          )}
        </div>
      </div>
    </div>
  );
}

/** One thing that the attacker did, and what came back; `ink` is how the answer looks. */
function Sent({ step, ink }: { step: AttackStep; ink: string }) {
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 py-1.5">
      <span className="min-w-0">
        {step.what}
        <code className="block text-12 break-all text-ink-soft">{step.request}</code>
      </span>
      <code className={`figures rounded-inner border px-2 py-0.5 text-14 font-semibold ${ink}`}>
        {step.status === 0 ? '' : `${step.status} `}
        {step.answer}
      </code>
    </li>
  );
}
