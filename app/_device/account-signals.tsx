'use client';

import { useEffect } from 'react';
import { tellBrowser } from './signals.ts';

/** Every way in leads to a page that holds this: the browser learns which keys count as soon as it is shown. */
export function AccountSignals() {
  useEffect(() => {
    void tellBrowser();
  }, []);
  return null;
}
