import type { RequirementGroup, RequirementState } from '#domain/deployment/requirements';

export const PURPOSE =
  'What your deployment of Windows Hello for Business needs, phase by phase. Latchkey judges what it sees; a person confirms the rest.';

export const stateWords: Readonly<Record<RequirementState, string>> = {
  met: 'Met',
  confirmed: 'Confirmed',
  not_met: 'Not met',
  unknown: 'Unknown',
};

/** Where a group begins on the page. */
export const anchorOf = (group: RequirementGroup) => `phase-${group}`;
