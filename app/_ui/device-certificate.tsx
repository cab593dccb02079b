import { CircleCheck, CircleX, ClockAlert, Download, PauseCircle, RefreshCw } from 'lucide-react';
import type { ReactNode } from 'react';
import type { CertificateState } from '#domain/device-certificate';
import { Badge, type BadgeTone } from '#ui/badge';
import { buttonLook } from '#ui/button';

const states: Record<CertificateState, { tone: BadgeTone; icon: ReactNode; text: string }> = {
  valid: { tone: 'success', icon: <CircleCheck size={12} />, text: 'Valid' },
  renewal_due: { tone: 'info', icon: <RefreshCw size={12} />, text: 'Renewal due' },
  expired: { tone: 'warning', icon: <ClockAlert size={12} />, text: 'Expired' },
  on_hold: { tone: 'warning', icon: <PauseCircle size={12} />, text: 'On hold' },
  revoked: { tone: 'danger', icon: <CircleX size={12} />, text: 'Revoked' },
};

/** How a device certificate stands now. */
export function CertificateBadge({ state }: { state: CertificateState }) {
  const { tone, icon, text } = states[state];
  return (
    <Badge tone={tone} icon={icon}>
      {text}
    </Badge>
  );
}

/** Hands over a certificate as a file. It is public in itself, and good for nothing without its key. */
export function CertificateDownload({
  base64,
  fileName,
}: {
  /** DER. */
  base64: string;
  fileName: string;
}) {
  return (
    <a
      className={buttonLook({ size: 'small' })}
      href={`data:application/pkix-cert;base64,${base64}`}
      download={fileName}
    >
      <Download size={16} aria-hidden />
      <span>Download certificate</span>
    </a>
  );
}
