import { useSyncExternalStore } from 'react';
import { onWindows } from './machine.ts';

const never = () => () => {};

/** Whether the browser says that it runs on Windows; no, until it can be asked. */
export const useOnWindows = (): boolean => useSyncExternalStore(never, onWindows, () => false);
