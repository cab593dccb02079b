import type { ReactNode } from 'react';
import { Button } from '#ui/button';
import { Notice } from '#ui/notice';

/** Told the second of two editors, with what the first one changed. */
export function Meanwhile({
  children,
  takeTheirs,
  putMineOnTop,
}: {
  children: ReactNode;
  takeTheirs: () => void;
  putMineOnTop: () => void;
}) {
  return (
    <Notice
      tone="warning"
      live="alert"
      title="Somebody changed this while you had it open"
      safe="Nothing of yours was saved yet, and nothing of theirs is lost before you decide."
      action={
        <>
          <Button size="small" onClick={putMineOnTop}>
            Put mine in its place
          </Button>
          <Button size="small" onClick={takeTheirs}>
            Take theirs
          </Button>
        </>
      }
    >
      {children}
    </Notice>
  );
}
