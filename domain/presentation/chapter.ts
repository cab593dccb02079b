import type { AttackName } from './attack.ts';

/**
 * What is done to the demo tenant before a chapter, each by the use case that an administrator would use. `who` is the
 * name before the @ of somebody of its cast.
 */
export type StartStep =
  | { readonly does: 'set_password'; readonly who: string }
  | {
      readonly does: 'issue_pass';
      readonly who: string;
      readonly reason?: string;
      /** It is asked for a second time in the chapter, and works until it ends. */
      readonly again?: true;
    }
  | { readonly does: 'set_policy'; readonly name: string; readonly value: string };

/** A page that the chapter is shown on. */
export interface Place {
  readonly label: string;
  readonly href: string;
  /** In whose browser: the presenter's, or the colleague's, where its address is taken to. */
  readonly by: 'presenter' | 'colleague';
}

/** Something that the presenter needs in a chapter: shown once, and part of nothing that the audience gets. */
export interface Prop {
  readonly label: string;
  readonly value: string;
  readonly link: string | null;
}

/** One chapter of the story. The audience reads `title`, `line` and `look`; the rest is the presenter's. */
export interface Chapter {
  readonly id: string;
  /** A sentence: what the chapter shows. */
  readonly title: string;
  /** The one thing to remember. */
  readonly line: string;
  /** What the presenter says. */
  readonly points: readonly string[];
  /** What the presenter does, in order. */
  readonly steps: readonly string[];
  /** Where to look while it happens. */
  readonly look: readonly string[];
  readonly places: readonly Place[];
  readonly start: readonly StartStep[];
  readonly attacks: readonly AttackName[];
}
