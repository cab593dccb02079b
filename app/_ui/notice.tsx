import { CircleCheck, Info, OctagonAlert, ShieldCheck, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';

export type NoticeTone = 'success' | 'warning' | 'danger' | 'info';

const looks: Record<NoticeTone, { icon: typeof Info; box: string; ink: string }> = {
  success: { icon: CircleCheck, box: 'border-success-line bg-success-soft', ink: 'text-success-ink' },
  warning: { icon: TriangleAlert, box: 'border-warning-line bg-warning-soft', ink: 'text-warning-ink' },
  danger: { icon: OctagonAlert, box: 'border-danger-line bg-danger-soft', ink: 'text-danger-ink' },
  info: { icon: Info, box: 'border-info-line bg-info-soft', ink: 'text-info-ink' },
};

/** What happened, what is safe, what to do next. Danger is announced at once, the rest politely. */
export function Notice({
  tone,
  title,
  children,
  safe,
  action,
  foot,
  live = tone === 'danger' ? 'alert' : 'status',
}: {
  tone: NoticeTone;
  title: ReactNode;
  children?: ReactNode;
  /** What did not change or stays private: "Nothing was changed. Your old PIN still works." */
  safe?: ReactNode;
  /** A Button or ButtonLink. */
  action?: ReactNode;
  /** Quiet lines below; what changes in them is not announced. */
  foot?: ReactNode;
  /** `none` for words that were there from the beginning. */
  live?: 'status' | 'alert' | 'none' | undefined;
}) {
  const { icon: Icon, box, ink } = looks[tone];
  return (
    <div role={live === 'none' ? undefined : live} className={`flex gap-3 rounded-card border p-4 ${box}`}>
      <Icon size={20} className={`mt-0.5 shrink-0 ${ink}`} />
      <div className="flex min-w-0 grow flex-col gap-1">
        <p className={`text-16 font-semibold ${ink}`}>{title}</p>
        {children ? <div className="max-w-line text-14 text-ink">{children}</div> : null}
        {safe ? (
          <p className="mt-1 flex max-w-line gap-1.5 text-14 text-ink-soft">
            <ShieldCheck size={16} className="mt-0.5 shrink-0" />
            <span>{safe}</span>
          </p>
        ) : null}
        {action ? <div className="mt-2 flex flex-wrap gap-2">{action}</div> : null}
        {foot ? (
          <div aria-live="off" className="mt-2 flex flex-col gap-1 text-14">
            {foot}
          </div>
        ) : null}
      </div>
    </div>
  );
}
