import { ButtonLink } from '#ui/button';
import { MemberShell } from '#ui/member-shell';

export default function NotFound() {
  return (
    <MemberShell title="There's nothing here" intro="Check the address, or go back to the start.">
      <div>
        <ButtonLink href="/" tone="primary">
          Go to the start
        </ButtonLink>
      </div>
    </MemberShell>
  );
}
