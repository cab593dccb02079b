import { MonitorSmartphone, Smartphone } from 'lucide-react';
import type { SecondFactorKind } from '#domain/second-factor';

/** A phone that approves, or an app that shows codes. */
export function SecondFactorIcon({ kind, size }: { kind: SecondFactorKind; size: 16 | 20 | 32 }) {
  const Icon = kind === 'authenticator' ? MonitorSmartphone : Smartphone;
  return (
    <Icon
      size={size}
      className={`shrink-0 ${size === 16 ? 'mt-0.5 ' : ''}${size === 32 ? '' : 'text-ink-soft'}`}
      aria-hidden
    />
  );
}
