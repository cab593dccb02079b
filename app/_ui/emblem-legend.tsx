import { Emblem, type Protection, protectionNames } from '#ui/emblem';

const meanings: Record<Protection, string> = {
  tpm: 'The key was made in this machine’s security chip and cannot leave it. Its maker vouched for that, and it was checked.',
  vbs: 'The key lives in a part of Windows that Windows itself cannot read.',
  hardware: 'The key lives in other hardware, such as a security key.',
  software: 'The key is kept by the browser, locked with the PIN.',
  unverified: 'Nothing proves where the key lives.',
};

/** The five emblems with their meaning: learned once, read everywhere. */
export function EmblemLegend({ only }: { only?: readonly Protection[] | undefined }) {
  const shown = only ?? (Object.keys(meanings) as Protection[]);
  return (
    <dl className="grid gap-4">
      {shown.map((protection) => (
        <div key={protection} className="grid grid-cols-[auto_1fr] gap-x-4">
          <span aria-hidden="true" className="row-span-2">
            <Emblem protection={protection} size={40} />
          </span>
          <dt className="text-14 font-semibold">{protectionNames[protection]}</dt>
          <dd className="max-w-line text-14 text-ink-soft">{meanings[protection]}</dd>
        </div>
      ))}
    </dl>
  );
}
