import type { Route } from 'next';
import { ButtonLink } from '#ui/button';

/** The foot of a list that is read page by page: which part this is, of how many, and the way to the others. */
export function PageFoot({
  page,
  size,
  here,
  total,
  words,
  href,
}: {
  /** From 1. */
  page: number;
  /** How many lines a page has. */
  size: number;
  /** How many this one has. */
  here: number;
  total: number;
  /** "19 keys". */
  words: (count: number) => string;
  href: (page: number) => Route;
}) {
  const first = (page - 1) * size + 1;
  return (
    <>
      <span>{here === 0 ? words(total) : `${first} to ${first + here - 1} of ${words(total)}`}</span>
      {total > size ? (
        <span className="flex gap-2">
          {page > 1 ? (
            <ButtonLink size="small" href={href(page - 1)}>
              Previous
            </ButtonLink>
          ) : null}
          {page * size < total ? (
            <ButtonLink size="small" href={href(page + 1)}>
              Next
            </ButtonLink>
          ) : null}
        </span>
      ) : null}
    </>
  );
}
