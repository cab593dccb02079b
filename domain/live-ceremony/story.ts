import { type Drawn, diagramSvg } from './diagram.ts';
import { messageOf } from './messages.ts';
import { participants } from './participants.ts';
import { type StoryName, stories } from './runs.ts';

function drawnOf(name: StoryName): readonly Drawn[] {
  return stories[name].parts.flatMap(({ title, steps }) =>
    steps.flatMap((id, at) => {
      const message = messageOf(id);
      return message === null ? [] : [{ message, ...(at === 0 && { part: title }) }];
    }),
  );
}

/** A story of the documentation as a picture. */
export function storySvg(name: StoryName): string {
  return diagramSvg(stories[name].title, drawnOf(name));
}

/** The page of the documentation: every story as its picture and as a list. */
export function storiesMarkdown(): string {
  const sections = (Object.keys(stories) as StoryName[]).flatMap((name) => [
    `## ${stories[name].title}`,
    '',
    `![${stories[name].title}](ceremonies/${name}.svg)`,
    '',
    ...drawnOf(name).map(({ message: { from, to, name: words, stays } }, index) => {
      const kept = stays === undefined ? '' : ` ${stays}`;
      const sentence = words.endsWith('?') ? words : `${words}.`;
      return `${index + 1}. ${participants[from].name} to ${participants[to].name}: ${sentence}${kept}`;
    }),
    '',
  ]);
  return [
    '# Ceremonies',
    '',
    'Made from the protocol tables in `domain/live-ceremony`, which the live view draws from, too; a test fails where the two differ. `npx vitest run --project sqlite server/ceremony-diagrams.test.ts -u` makes them anew.',
    '',
    ...sections,
  ].join('\n');
}
