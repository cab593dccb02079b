import type { ReactNode } from 'react';
import { SessionWatch } from '../_device/tabs.tsx';

export default function MemberLayout({ children }: { children: ReactNode }) {
  return (
    <>
      {children}
      <SessionWatch />
    </>
  );
}
