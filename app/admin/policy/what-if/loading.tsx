import { AdminPage } from '#ui/admin-page';
import { Skeleton } from '#ui/skeleton';
import { PURPOSE } from './words.ts';

export default function WhatIfLoading() {
  return (
    <AdminPage title="What if" purpose={PURPOSE}>
      <Skeleton label="Working out what would apply" rows={8} />
    </AdminPage>
  );
}
