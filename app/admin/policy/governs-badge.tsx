import { ListChecks, MonitorCog, ShieldCheck } from 'lucide-react';
import type { Setting } from '#domain/policy/settings';
import { Badge } from '#ui/badge';
import { Term } from '#ui/term';

/** Whether a setting does anything here, or only in Windows. */
export function GovernsBadge({ setting }: { setting: Setting }) {
  if (setting.governs === 'checklist')
    return (
      <Badge icon={<ListChecks size={12} />}>
        <Term explains="It says what the checklist of the deployment asks. Latchkey works the same whatever it is.">
          For the checklist
        </Term>
      </Badge>
    );
  return setting.governs === 'windows' ? (
    <Badge icon={<MonitorCog size={12} />}>
      <Term explains="Latchkey keeps, checks and exports it. Only Windows can enforce it; nothing changes here.">
        For Windows only
      </Term>
    </Badge>
  ) : (
    <Badge tone="success" icon={<ShieldCheck size={12} />}>
      <Term
        explains={
          setting.windows === undefined
            ? 'Latchkey enforces it. Windows has no such setting.'
            : 'Latchkey enforces it, and exports it for Windows too.'
        }
      >
        Enforced here
      </Term>
    </Badge>
  );
}
