import type { Route } from 'next';
import Link from 'next/link';
import { compromiseMeans } from '#domain/key-rules';
import type { Runtime } from '#server/runtime';
import { readKeyRules } from '#server/usable-key';

/** What a key that becomes known as compromised means for its person, under the rules that apply now. */
export async function CompromiseMeaning({ runtime }: { runtime: Runtime }) {
  return (
    <>
      {compromiseMeans(await readKeyRules(runtime.db))}{' '}
      <Link href={'/admin/key-rules' as Route} className="link">
        Rules for keys
      </Link>
    </>
  );
}
