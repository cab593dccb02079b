import type { ReactNode } from 'react';
import { AccountSignals } from '../_device/account-signals.tsx';

export default function DeviceLayout({ children }: { children: ReactNode }) {
  return (
    <>
      {children}
      <AccountSignals />
    </>
  );
}
