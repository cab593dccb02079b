import { Fingerprint } from 'lucide-react';
import type { ReactNode } from 'react';
import { Pulse } from '#ui/pulse';

/** The page is waiting for somebody or something: who is asked, what to do there, and a way out. */
export function Waiting({
  title,
  children,
  icon = <Fingerprint size={28} />,
  countdown,
  action,
}: {
  /** A sentence: "Asking this device for your face, finger or PIN". */
  title: ReactNode;
  children?: ReactNode;
  icon?: ReactNode;
  /** A CountdownRing, when the wait ends by itself. */
  countdown?: ReactNode;
  /** The way out: a quiet or secondary Button. */
  action?: ReactNode;
}) {
  return (
    <div className="flex flex-col items-center gap-6 py-4 text-center">
      <span className="relative grid size-32 place-items-center text-accent-ink">
        <Pulse size={128} className="absolute inset-0" />
        <span className="relative grid size-16 place-items-center rounded-full border border-accent-line bg-accent-soft">
          {icon}
        </span>
      </span>
      <div role="status" className="flex flex-col gap-1">
        <p className="text-20 font-semibold text-balance">{title}</p>
        {children ? <div className="max-w-line text-14 text-ink-soft">{children}</div> : null}
      </div>
      {countdown}
      {action ? <div className="flex flex-wrap justify-center gap-2">{action}</div> : null}
    </div>
  );
}
