import type { JoinType } from '#domain/device';
import type { Verdict } from '#domain/prerequisites';

export const joinWords: Readonly<Record<JoinType, { readonly text: string; readonly explains: string }>> = {
  joined: {
    text: 'Joined',
    explains:
      'AzureAdJoined in dsregcmd: the organisation owns the device, and people sign in to it with their work account.',
  },
  registered: {
    text: 'Registered',
    explains:
      "WorkplaceJoined in dsregcmd: the person's own device, known to the organisation and used for work.",
  },
};

export const verdictText: Readonly<Record<Verdict, string>> = {
  yes: 'Yes',
  no: 'No',
  not_tested: 'Not Tested',
};
