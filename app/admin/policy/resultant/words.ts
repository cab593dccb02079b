export const PURPOSE =
  'What applies to a person on one of their devices, where each value comes from, and why the others lost.';
