import type { FormName } from '#domain/live-ceremony/messages';
import type { ActionResult } from '#domain/result';
import { recorder } from './watch.ts';

/** Sends a form that is part of a ceremony by its server action. The live view draws that it was sent, and nothing typed. */
export async function sendForm<I, T>(
  name: FormName,
  action: (input: I) => Promise<ActionResult<T>>,
  input: NoInfer<I>,
): Promise<ActionResult<T>> {
  const sent = (await recorder())?.form(name, input) ?? null;
  const result = await action(input);
  sent?.answered(result);
  return result;
}
