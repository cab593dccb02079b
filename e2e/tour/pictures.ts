import { join } from 'node:path';

/**
 * The pictures of the documentation, in the order of the tour. Each is kept light and dark, and beside them what its page
 * said when they were taken: words tell on any machine and in any browser whether a picture is out of date.
 */
export const pictures = [
  'password',
  'pass',
  'prerequisites',
  'set-up',
  'home',
  'sign-in',
  'live-ceremony',
  'second-browser',
  'forgotten-pin',
  'pin-reset',
  'overview',
  'methods',
  'roll-out',
  'passwordless',
  'presenter',
  'audience',
] as const;
export type Picture = (typeof pictures)[number];

export const looks = ['light', 'dark'] as const;
export type Look = (typeof looks)[number];

export const FOLDER = join('docs', 'screenshots');
export const pictureFile = (name: Picture, look: Look) => join(FOLDER, `${name}-${look}.webp`);
export const outlineFile = (name: Picture) => join(FOLDER, `${name}.txt`);
