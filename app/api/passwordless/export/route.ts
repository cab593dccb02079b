import { passwordlessExportQuery } from '#domain/passwordless';
import { administrator } from '#server/caller';
import { streaming } from '#server/endpoint';
import { downloadDryRun } from '#server/passwordless-dry-run';

export const dynamic = 'force-dynamic';
export const GET = streaming(passwordlessExportQuery, administrator('read'), downloadDryRun);
