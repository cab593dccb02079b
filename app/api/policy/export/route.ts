import { policyExportQuery } from '#domain/policy/artefacts';
import { administrator } from '#server/caller';
import { streaming } from '#server/endpoint';
import { downloadPolicy } from '#server/policy-export';

export const dynamic = 'force-dynamic';
export const GET = streaming(policyExportQuery, administrator('read'), downloadPolicy);
