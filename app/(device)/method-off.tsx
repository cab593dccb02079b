import { type GovernedMethod, methodProblems } from '#domain/methods';
import { problem } from '#domain/problem';
import { Notice } from '#ui/notice';

/** Instead of a form for adding what policy does not let this person have: which it is, and what to do. */
export function MethodOff({ method }: { method: GovernedMethod }) {
  const { title, detail } = problem(methodProblems[method]);
  return (
    <Notice tone="info" live="none" title={title} safe="Your other ways to sign in are as they were.">
      {detail}
    </Notice>
  );
}
