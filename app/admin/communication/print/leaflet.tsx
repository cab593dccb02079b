import { mergedLine } from '#domain/communication/mail';
import { BlockWords, inOrder } from '../sheet-words.tsx';
import { type Paper, Sender } from './poster.tsx';

/** A page to read: as many sheets of A4 as its words take. */
export function Leaflet({ template, values, logo, ink }: Paper) {
  return (
    <article className="sheet leaflet sheet-words" data-ink={ink}>
      <svg className="sheet-back" viewBox="0 0 210 60" aria-hidden="true">
        <ellipse cx="190" cy="-24" rx="120" ry="66" />
        <ellipse cx="204" cy="-18" rx="86" ry="50" />
        <ellipse cx="214" cy="-10" rx="58" ry="34" />
      </svg>
      <Sender logo={logo} values={values} />
      <p className="sheet-title">{mergedLine(template.subject, values)}</p>
      {inOrder(template.blocks).map(({ place, item: block }) => (
        <BlockWords key={place} block={block} values={values} />
      ))}
    </article>
  );
}
