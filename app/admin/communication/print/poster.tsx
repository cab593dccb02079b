import { Fingerprint, RectangleEllipsis, ScanFace } from 'lucide-react';
import type { MergeValues } from '#domain/communication/fields';
import { mergedLine } from '#domain/communication/mail';
import type { Template, Words } from '#domain/communication/templates';
import { BlockWords, Inlines, inOrder } from '../sheet-words.tsx';

export interface Paper {
  readonly template: Template;
  readonly values: MergeValues;
  readonly logo: string | null;
  readonly ink: 'light' | 'dark';
}

const gestures = [
  { icon: ScanFace, name: 'Face' },
  { icon: Fingerprint, name: 'Finger' },
  { icon: RectangleEllipsis, name: 'PIN' },
];

/** How many characters make a headline, and the words below it, smaller; and how many a poster does not hold. */
const LONG_TITLE = 60;
const MANY_WORDS = 300;
export const TOO_MANY_WORDS = 500;

/** A poster: a sentence, three ways, three steps. It fills its paper, whatever its size. */
export function Poster({
  template,
  values,
  logo,
  ink,
  size,
  words,
}: Paper & { readonly size: 'a4' | 'a3'; readonly words: Words }) {
  const steps = template.blocks.find((block) => block.kind === 'list');
  const before = template.blocks.slice(0, steps === undefined ? undefined : template.blocks.indexOf(steps));
  const after = steps === undefined ? [] : template.blocks.slice(template.blocks.indexOf(steps) + 1);
  return (
    <article
      className="sheet poster"
      data-size={size}
      data-ink={ink}
      data-title={words.subject.length > LONG_TITLE ? 'long' : undefined}
      data-words={words.body.length > MANY_WORDS ? 'many' : undefined}
    >
      <svg className="sheet-back" viewBox="0 0 210 297" aria-hidden="true">
        <ellipse cx="66" cy="360" rx="330" ry="240" />
        <ellipse cx="170" cy="352" rx="270" ry="200" />
        <ellipse cx="226" cy="336" rx="240" ry="158" />
      </svg>
      <header>
        <Sender logo={logo} values={values} />
      </header>
      <div className="poster-head">
        <p className="poster-title">{mergedLine(template.subject, values)}</p>
        <div className="poster-lead">
          {inOrder(before).map(({ place, item: block }) => (
            <BlockWords key={place} block={block} values={values} />
          ))}
        </div>
      </div>
      <ul className="poster-ways">
        {gestures.map(({ icon: Icon, name }) => (
          <li key={name}>
            <span className="poster-way">
              <Icon strokeWidth={1.25} />
            </span>
            {name}
          </li>
        ))}
      </ul>
      {steps?.kind === 'list' ? (
        <ol className="poster-steps">
          {inOrder(steps.items).map(({ place, item }) => (
            <li key={place}>
              <span className="poster-number">{Number(place) + 1}</span>
              <span>
                <Inlines of={item} values={values} />
              </span>
            </li>
          ))}
        </ol>
      ) : null}
      <footer>
        {inOrder(after).map(({ place, item: block }) => (
          <BlockWords key={place} block={block} values={values} />
        ))}
      </footer>
    </article>
  );
}

/** Whose sheet it is. */
export function Sender({ logo, values }: Pick<Paper, 'logo' | 'values'>) {
  return (
    <p className="sheet-sender">
      {logo === null ? (
        values.organisation
      ) : (
        // biome-ignore lint/performance/noImgElement: it is inline already.
        <img src={logo} alt={values.organisation} />
      )}
    </p>
  );
}
