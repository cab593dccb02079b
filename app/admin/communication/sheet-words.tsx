import type { MergeValues } from '#domain/communication/fields';
import { merged, mergedLine, targetOf } from '#domain/communication/mail';
import type { Block, Inline } from '#domain/communication/markup';
import type { Template } from '#domain/communication/templates';

/** Words have no names but their places. */
export function inOrder<T>(items: readonly T[]): readonly { readonly place: string; readonly item: T }[] {
  return items.map((item, at) => ({ place: String(at), item }));
}

/** An address as somebody types it who reads it on a wall. */
const addressOnPaper = (text: string) => text.replace(/^https:\/\/([^/\s]+)\/?$/, '$1');

/** Words as elements: what is merged is text, and nothing of it is markup. */
export function Inlines({ of, values }: { of: readonly Inline[]; values: MergeValues }) {
  return inOrder(of).map(({ place, item: inline }) => {
    if (inline.kind === 'text') return <span key={place}>{inline.text}</span>;
    if (inline.kind === 'field')
      return <span key={place}>{addressOnPaper(merged(inline.name, values))}</span>;
    const content = <Inlines of={inline.content} values={values} />;
    if (inline.kind === 'bold') return <strong key={place}>{content}</strong>;
    const to = targetOf(inline.to, values);
    return (
      <span key={place}>
        {content}
        {to === null ? null : <span className="sheet-link"> ({addressOnPaper(to)})</span>}
      </span>
    );
  });
}

/** One block as it stands on paper. A link is an address there. */
export function BlockWords({ block, values }: { block: Block; values: MergeValues }) {
  if (block.kind === 'heading')
    return (
      <h2>
        <Inlines of={block.content} values={values} />
      </h2>
    );
  if (block.kind === 'paragraph')
    return (
      <p>
        <Inlines of={block.content} values={values} />
      </p>
    );
  const List = block.ordered ? 'ol' : 'ul';
  return (
    <List>
      {inOrder(block.items).map(({ place, item }) => (
        <li key={place}>
          <Inlines of={item} values={values} />
        </li>
      ))}
    </List>
  );
}

/** The words of a sheet while they are changed; how it looks on paper is another page's. */
export function SheetWords({ template, values }: { template: Template; values: MergeValues }) {
  return (
    <section aria-label="Preview" className="flex flex-col gap-3">
      <h2 className="text-14 font-semibold">As it reads on paper</h2>
      <div className="sheet-words rounded-card border border-line bg-surface p-6">
        <p className="sheet-title">{mergedLine(template.subject, values)}</p>
        {inOrder(template.blocks).map(({ place, item: block }) => (
          <BlockWords key={place} block={block} values={values} />
        ))}
      </div>
    </section>
  );
}
