import { CopyButton } from '#ui/copy-button';

export type TranscriptSection = {
  title: string;
  lines: readonly { name: string; value: string }[];
};

const rule = '-'.repeat(70);

/** The plain text of a transcript, boxes and aligned colons included, as the copy button copies it. */
export function transcriptText(sections: readonly TranscriptSection[]): string {
  const wide = Math.max(0, ...sections.flatMap((section) => section.lines.map((line) => line.name.length)));
  return sections
    .map((section) =>
      [
        `+${rule}+`,
        `| ${section.title.padEnd(68)} |`,
        `+${rule}+`,
        '',
        ...section.lines.map((line) => `${line.name.padStart(wide + 4)} : ${line.value}`),
        '',
      ].join('\n'),
    )
    .join('\n');
}

/** A report in the manner of a command line: boxed headings, names flush right, one colon column. */
export function Transcript({ label, sections }: { label: string; sections: readonly TranscriptSection[] }) {
  return (
    <section
      aria-label={label}
      className="@container overflow-clip rounded-card border border-line bg-sunken"
    >
      <div className="flex min-h-12 items-center justify-between gap-4 border-line border-b bg-surface px-4">
        <p className="truncate text-14 font-semibold">{label}</p>
        <CopyButton text={transcriptText(sections)} label="Copy as text" />
      </div>
      <div className="flex max-w-[84ch] flex-col gap-6 p-4 font-mono text-12 leading-5 sm:p-6 sm:text-14">
        {sections.map((section) => (
          <div key={section.title} className="flex flex-col gap-3">
            <div className="text-ink-faint">
              <Edge />
              <p className="flex justify-between gap-2">
                <span aria-hidden="true">|</span>
                <span className="grow font-semibold text-ink">{section.title}</span>
                <span aria-hidden="true">|</span>
              </p>
              <Edge />
            </div>
            <dl className="grid gap-y-2 @lg:grid-cols-[minmax(26ch,max-content)_1fr] @lg:gap-x-2 @lg:gap-y-0.5">
              {section.lines.map((line) => (
                <div key={line.name} className="@lg:contents">
                  <dt className="text-ink-soft @lg:text-right">
                    {line.name}
                    <span aria-hidden="true" className="hidden @lg:inline">
                      {' '}
                      :
                    </span>
                  </dt>
                  <dd className="wrap-anywhere text-ink">{line.value}</dd>
                </div>
              ))}
            </dl>
          </div>
        ))}
      </div>
    </section>
  );
}

function Edge() {
  return (
    <div aria-hidden="true" className="flex select-none">
      +<span className="w-0 grow overflow-hidden whitespace-nowrap">{rule.repeat(3)}</span>+
    </div>
  );
}
