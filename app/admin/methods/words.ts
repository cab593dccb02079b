export const PURPOSE =
  'Which methods there are and for whom, what each may be used for, and how strong a proof has to be, in one table.';
