import type { ProblemAnswer } from '#domain/wire';
import { failed, type Outcome, offline, serverTrouble } from './trouble.ts';
import { recorder } from './watch.ts';

/** Posts JSON to a door of our own and gives back its answer, or the trouble in words. Never throws. */
export async function post<T>(path: string, body: unknown): Promise<Outcome<T>> {
  const exchange = (await recorder())?.exchange(path, body) ?? null;
  let response: Response;
  let answer: unknown;
  try {
    response = await fetch(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...exchange?.headers },
      body: JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
    });
    answer = await response.json();
  } catch {
    return failed(offline);
  }
  exchange?.answered(response, answer);
  if (response.ok) return { ok: true, value: answer as T };
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  return failed(serverTrouble(answer as ProblemAnswer, Number.isFinite(retryAfter) ? retryAfter : undefined));
}
