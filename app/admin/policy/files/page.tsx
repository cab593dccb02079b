import type { Metadata, Route } from 'next';
import Link from 'next/link';
import { mayAdminister } from '#domain/identity';
import { IMPORT_MAX_BYTES } from '#domain/policy/artefact-import';
import { policyFormatNames, policyFormats } from '#domain/policy/artefacts';
import { administratorPage } from '#server/page';
import { countExportable } from '#server/policy-export';
import { readTenant } from '#server/tenant';
import { AdminPage } from '#ui/admin-page';
import { Card, Section } from '#ui/card';
import { importFile } from '../actions.ts';
import { ExportForm } from './export-form.tsx';
import { ImportForm } from './import-form.tsx';

export const metadata: Metadata = { title: 'Export and import policy' };

export default async function PolicyFilesPage() {
  const { runtime, caller } = await administratorPage();
  const [counts, tenant] = await Promise.all([countExportable(runtime), readTenant(runtime)]);
  const manages = mayAdminister(caller.session.person.roles, 'manage_policy');
  return (
    <AdminPage
      title="Export and import"
      purpose="Carry the policy to Windows and its management, and bring one from there."
      back={<Link href={'/admin/policy' as Route}>Policy</Link>}
    >
      <div className="flex flex-col gap-10">
        <Section
          title="Export"
          note="What is set for the tenant, in the form that a tool takes. Defaults are not written: what nobody set is not configured."
        >
          <Card>
            <ExportForm
              tenantId={tenant.id}
              formats={policyFormatNames.map((format) => ({
                format,
                title: policyFormats[format].title,
                about: policyFormats[format].about,
                hasTenant: policyFormats[format].hasTenant,
                settings: counts[format],
              }))}
            />
          </Card>
        </Section>
        <Section
          title="Import"
          note="A registry file (.reg), a Registry.pol or an Intune custom profile in JSON. You see what it would change before anything changes, and then all of it changes at once."
        >
          {manages ? (
            <ImportForm maximumBytes={IMPORT_MAX_BYTES} importFile={importFile} />
          ) : (
            <Card>
              <p className="text-14 text-ink-soft">Policy is changed by a Global Administrator.</p>
            </Card>
          )}
        </Section>
      </div>
    </AdminPage>
  );
}
