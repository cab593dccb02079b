import { CopyButton } from '#ui/copy-button';

/** What somebody reads to an administrator, who finds the event by it. */
export function SupportCode({ code }: { code: string }) {
  return (
    <span className="inline-flex flex-wrap items-center gap-x-1.5">
      <span className="text-ink-soft">Support code</span>
      <span className="figures font-mono font-semibold text-ink" data-testid="support-code">
        {code}
      </span>
      <CopyButton compact text={code} label="Copy the support code" />
    </span>
  );
}
