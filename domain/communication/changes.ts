/** A line of a text that was taken out or put in. */
export interface LineChange {
  readonly kind: 'out' | 'in';
  readonly text: string;
}

const linesOf = (text: string) => text.split('\n').filter((line) => line.trim() !== '');

/** What lines a text lost and gained, in their order; empty lines say nothing. */
export function lineChanges(before: string, after: string): readonly LineChange[] {
  const [old, young] = [linesOf(before), linesOf(after)];
  const width = young.length + 1;
  // How long the longest run of lines is that both have from a place on.
  const common = new Uint16Array((old.length + 1) * width);
  const at = (o: number, y: number) => common[o * width + y] ?? 0;
  for (let o = old.length - 1; o >= 0; o -= 1)
    for (let y = young.length - 1; y >= 0; y -= 1)
      common[o * width + y] =
        old[o] === young[y] ? at(o + 1, y + 1) + 1 : Math.max(at(o + 1, y), at(o, y + 1));
  const changes: LineChange[] = [];
  let [o, y] = [0, 0];
  for (;;) {
    const [was, is] = [old[o], young[y]];
    if (was !== undefined && was === is) {
      o += 1;
      y += 1;
    } else if (was !== undefined && (is === undefined || at(o + 1, y) >= at(o, y + 1))) {
      changes.push({ kind: 'out', text: was });
      o += 1;
    } else if (is !== undefined) {
      changes.push({ kind: 'in', text: is });
      y += 1;
    } else return changes;
  }
}
