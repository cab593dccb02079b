import { type Demand, strengthWords } from '#domain/strength';
import { Notice } from '#ui/notice';

/** Beside the ways to confirm: the strength that policy asks for here, which leaves some of them out. */
export function DemandNote({ demand }: { demand: Demand }) {
  if (demand === 'none') return null;
  const { title, takes } = strengthWords[demand];
  return (
    <Notice tone="info" live="none" title={`Your organisation asks for ${title} here`}>
      That is {takes}. A Temporary Access Pass does, too.
    </Notice>
  );
}
