import { CircleCheck, CircleMinus } from 'lucide-react';
import { type ResetKind, resetKinds, resetKindWords } from '#domain/pin-reset';
import { Badge } from '#ui/badge';

/** Both kinds of reset side by side: which one it will be, what each keeps and loses, and why the other one is not had. */
export function ResetKinds({
  now,
  otherwise,
}: {
  now: ResetKind;
  /** Why it is not the other one, in a sentence. */
  otherwise: string;
}) {
  const shown = [now, ...resetKinds.filter((kind) => kind !== now)];
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      {shown.map((kind) => {
        const { title, kept, lost } = resetKindWords[kind];
        const current = kind === now;
        return (
          <section
            key={kind}
            aria-current={current ? 'true' : undefined}
            className={`flex flex-col gap-4 rounded-card border p-4 ${current ? 'border-accent bg-surface' : 'border-line bg-sunken'}`}
          >
            <div className="flex flex-col items-start gap-2">
              <h2 className="text-16 font-semibold">{title}</h2>
              {current ? (
                <Badge tone="accent">This is what happens here</Badge>
              ) : (
                <p className="text-14 text-ink-soft">{otherwise}</p>
              )}
            </div>
            <List
              title="What stays"
              icon={<CircleCheck size={16} className="text-success-ink" aria-hidden />}
            >
              {kept}
            </List>
            <List title="What goes" icon={<CircleMinus size={16} className="text-warning-ink" aria-hidden />}>
              {lost}
            </List>
          </section>
        );
      })}
    </div>
  );
}

function List({
  title,
  icon,
  children,
}: {
  title: string;
  icon: React.ReactNode;
  children: readonly string[];
}) {
  return (
    <div className="flex flex-col gap-2">
      <h3 className="text-14 font-semibold">{title}</h3>
      <ul className="flex flex-col gap-2 text-14">
        {children.map((text) => (
          <li key={text} className="flex gap-2">
            <span className="mt-0.5 shrink-0">{icon}</span>
            <span>{text}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
