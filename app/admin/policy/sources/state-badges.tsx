import { CircleCheck, CircleOff, PencilLine } from 'lucide-react';
import type { PolicyDocument } from '#domain/policy/source';
import { Badge } from '#ui/badge';

/** What of a source applies, and whether somebody drafts another. */
export function StateBadges({
  source: { version, published, draft },
}: {
  source: {
    readonly version: number;
    readonly published: PolicyDocument | null;
    readonly draft: PolicyDocument | null;
  };
}) {
  return (
    <>
      {published === null ? null : published.enabled ? (
        <Badge tone="success" icon={<CircleCheck size={12} />}>
          Published v{version}
        </Badge>
      ) : (
        <Badge icon={<CircleOff size={12} />}>Off, v{version}</Badge>
      )}
      {draft === null ? null : (
        <Badge tone="warning" icon={<PencilLine size={12} />}>
          {published === null ? 'Draft only' : 'With a draft'}
        </Badge>
      )}
    </>
  );
}
