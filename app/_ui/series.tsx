/** How a part of a chart is drawn. 1 to 3 are full tones and 5 a grey one, `hollow` an outline, `dashed` a hatch: like the emblems. */
export type SeriesLook = 1 | 2 | 3 | 5 | 'hollow' | 'dashed';

export const seriesFill: Record<SeriesLook, string> = {
  1: 'fill-series-1',
  2: 'fill-series-2',
  3: 'fill-series-3',
  5: 'fill-series-5',
  hollow: 'fill-surface stroke-series-4',
  dashed: 'fill-surface stroke-series-5',
};

/** The small sample of a look that stands in a legend. */
export function Swatch({ look }: { look: SeriesLook }) {
  return (
    <svg width="12" height="12" aria-hidden="true" className="shrink-0">
      <rect
        x="1"
        y="1"
        width="10"
        height="10"
        rx="3"
        strokeWidth="1.5"
        strokeDasharray={look === 'dashed' ? '3 2' : undefined}
        className={seriesFill[look]}
      />
    </svg>
  );
}
