import { keyRulesDraft } from '#domain/key-rules';
import { administrator } from '#server/caller';
import { streaming } from '#server/endpoint';
import { downloadKeyRules } from '#server/key-rules-dry-run';

export const dynamic = 'force-dynamic';
export const GET = streaming(keyRulesDraft, administrator('read'), downloadKeyRules);
