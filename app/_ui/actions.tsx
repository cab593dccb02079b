import type { ReactNode } from 'react';

/** The one primary action of a card, with "other ways" as a quiet list below. On phones it stays under the thumb. */
export function Actions({ children, others }: { children?: ReactNode; others?: ReactNode }) {
  return (
    <>
      {children ? <div className="actions flex flex-col gap-2 py-2 *:w-full">{children}</div> : null}
      {others}
    </>
  );
}
