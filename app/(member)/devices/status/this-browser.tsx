'use client';

import { useEffect, useState } from 'react';
import { profileOfUser } from '#device/profile';
import { Badge } from '#ui/badge';

/** Marks the one of a device's browsers that this page is open in; only the browser itself knows. */
export function ThisBrowser({ userHandle, profileId }: { userHandle: string; profileId: string }) {
  const [here, setHere] = useState(false);
  useEffect(() => {
    profileOfUser(userHandle).then(
      (profile) => setHere(profile?.profileId === profileId),
      () => setHere(false),
    );
  }, [userHandle, profileId]);
  return here ? <Badge tone="accent">This browser</Badge> : null;
}
