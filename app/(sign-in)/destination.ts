import type { Route } from 'next';

/** Where a way in leads when it was taken for something: `?then=` names it. */
const destinations: Readonly<Record<string, Route>> = {
  'add-browser': '/provision?step=device' as Route,
  provision: '/provision' as Route,
  'pin-reset': '/pin-reset',
};

export function destination<Otherwise extends Route | undefined>(
  then: string | undefined,
  otherwise: Otherwise,
): Route | Otherwise {
  const known = then !== undefined && Object.hasOwn(destinations, then) ? destinations[then] : undefined;
  return known ?? otherwise;
}
