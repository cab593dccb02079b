import type { ReactNode } from 'react';

/** Where a private key lives, as far as its attestation could be verified. */
export type Protection = 'tpm' | 'vbs' | 'hardware' | 'software' | 'unverified';

export const protectionNames: Record<Protection, string> = {
  tpm: 'TPM',
  vbs: 'VBS',
  hardware: 'Other hardware',
  software: 'Software key',
  unverified: 'Not verified',
};

// One plate, one keyhole; the five emblems differ only in how they are drawn.
const plate =
  'M7 2.5h10A4.5 4.5 0 0 1 21.5 7v6.2c0 4.6-4.2 7.2-9.5 8.9-5.3-1.7-9.5-4.3-9.5-8.9V7A4.5 4.5 0 0 1 7 2.5Z';
const keyhole = 'M12 6.6a2.7 2.7 0 0 1 1.35 5.04l.75 4.36h-4.2l.75-4.36A2.7 2.7 0 0 1 12 6.6Z';

function drawing(protection: Protection, line: number): ReactNode {
  const stroke = {
    fill: 'none',
    stroke: 'currentColor',
    strokeWidth: line,
    strokeLinejoin: 'round' as const,
  };
  switch (protection) {
    case 'tpm':
      return (
        <>
          <path {...stroke} d={plate} />
          <path fillRule="evenodd" fill="currentColor" d={`${plate}${keyhole}`} />
        </>
      );
    case 'vbs':
      return (
        <>
          <path
            fillRule="evenodd"
            fill="currentColor"
            transform="translate(-.6 5.5) scale(.76)"
            d={`${plate}${keyhole}`}
          />
          <path {...stroke} strokeLinecap="round" d="M5.6 4.9h9.9a2.9 2.9 0 0 1 2.9 2.9v7.6" />
          <path {...stroke} strokeLinecap="round" d="M9.2 1.6h9.5a3.2 3.2 0 0 1 3.2 3.2v7" />
        </>
      );
    case 'hardware':
      return (
        <>
          <path {...stroke} d={plate} />
          <path fill="currentColor" d={keyhole} />
        </>
      );
    case 'software':
      return <path {...stroke} d={plate} />;
    case 'unverified':
      return (
        <path
          {...stroke}
          strokeLinecap="butt"
          pathLength={72}
          strokeDasharray="4 4"
          strokeDashoffset={2}
          d={plate}
        />
      );
  }
}

const tones: Record<Protection, string> = {
  tpm: 'text-accent-ink',
  vbs: 'text-accent-ink',
  hardware: 'text-accent-ink',
  software: 'text-ink-soft',
  unverified: 'text-ink-soft',
};

/** The emblem of protection: TPM solid, VBS layered, other hardware outlined, software hollow, not verified dashed. */
export function Emblem({
  protection,
  size = 24,
  named = false,
}: {
  protection: Protection;
  size?: 16 | 24 | 40 | undefined;
  /** Writes the name beside it; otherwise the emblem itself carries the name for those who cannot see it. */
  named?: boolean | undefined;
}) {
  const line = size === 16 ? 2.2 : size === 24 ? 1.8 : 1.5;
  const picture = (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      className={`shrink-0 ${tones[protection]}`}
      role={named ? undefined : 'img'}
      aria-label={named ? undefined : protectionNames[protection]}
      aria-hidden={named ? true : undefined}
    >
      {drawing(protection, line)}
    </svg>
  );
  return named ? (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      {picture}
      {protectionNames[protection]}
    </span>
  ) : (
    picture
  );
}
