import type { ReactNode } from 'react';
import { AccountSignals } from '../_device/account-signals.tsx';
import { SessionWatch } from '../_device/tabs.tsx';

export default function MemberLayout({ children }: { children: ReactNode }) {
  return (
    <>
      {children}
      <AccountSignals />
      <SessionWatch />
    </>
  );
}
