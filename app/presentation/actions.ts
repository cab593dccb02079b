'use server';

import { refresh } from 'next/cache';
import { z } from 'zod';
import { attackNames } from '#domain/presentation/attack';
import { chapterIds } from '#domain/presentation/chapters';
import { action } from '#server/action';
import { administrator } from '#server/caller';
import { beginPresentation, setUpChapter } from '#server/presentation';
import { runAttack } from '#server/presentation-attack';

const presenter = administrator('manage_sample_data');
const chapter = z.strictObject({ chapter: z.enum(chapterIds) });
const attack = z.strictObject({ attack: z.enum(attackNames) });

const begin = action(z.strictObject({}), presenter, beginPresentation);
const setUp = action(chapter, presenter, setUpChapter);
const run = action(attack, presenter, (runtime, caller, input) => runAttack(runtime, caller, input));

export async function beginPresentationAction(input: Record<string, never>) {
  const answer = await begin(input);
  if (answer.ok) refresh();
  return answer;
}

export async function setUpChapterAction(input: z.input<typeof chapter>) {
  const answer = await setUp(input);
  // A moved clock is back.
  if (answer.ok) refresh();
  return answer;
}

export async function runAttackAction(input: z.input<typeof attack>) {
  return await run(input);
}
