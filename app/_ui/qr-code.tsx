import { encode } from 'uqr';

const quiet = 4;

/** A QR code as one path; always dark on white, so that cameras read it at night too. */
export function QrCode({
  value,
  title,
  size = 208,
}: {
  value: string;
  /** What scanning it does. */
  title: string;
  size?: number | undefined;
}) {
  const { data } = encode(value, { ecc: 'M', border: 0 });
  const side = data.length + quiet * 2;
  const path = data
    .flatMap((row, y) => row.map((dark, x) => (dark ? `M${x + quiet} ${y + quiet}h1v1h-1z` : '')))
    .join('');
  return (
    <svg
      role="img"
      width={size}
      height={size}
      viewBox={`0 0 ${side} ${side}`}
      shapeRendering="crispEdges"
      className="max-w-full rounded-card border border-line forced-color-adjust-none"
    >
      <title>{title}</title>
      <rect width={side} height={side} fill="#fff" />
      <path d={path} fill="#0b1a21" />
    </svg>
  );
}
