'use client';

import { useState } from 'react';
import { Field } from '#ui/field';
import { counted } from '../../words.ts';
import { ArtefactRow } from './artefact-row.tsx';

interface Format {
  readonly format: string;
  readonly title: string;
  readonly about: string;
  readonly hasTenant: boolean;
  /** How many of the values that are set it would carry. */
  readonly settings: number;
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A download for each format; the addresses of policy nodes hold the tenant that is named. */
export function ExportForm({ formats, tenantId }: { formats: readonly Format[]; tenantId: string }) {
  const [tenant, setTenant] = useState(tenantId);
  const wanted = tenant.trim();
  const wrong = !GUID.test(wanted);
  return (
    <div className="flex flex-col gap-6">
      <ul className="divide-y divide-line">
        {formats.map(({ format, title, about, hasTenant, settings }) => {
          const query = new URLSearchParams({ format, ...(hasTenant ? { tenantId: wanted } : {}) });
          const closed = hasTenant && wrong;
          return (
            <ArtefactRow
              key={format}
              title={title}
              about={about}
              carries={counted(settings, 'setting')}
              isFull={settings > 0}
              href={`/api/policy/export?${query}`}
              closed={
                settings === 0
                  ? 'Nothing that is set has a place in it.'
                  : closed
                    ? 'Name the tenant first.'
                    : null
              }
            />
          );
        })}
      </ul>
      <div className="max-w-120">
        <Field
          label="Tenant ID for Intune and SyncML"
          name="tenantId"
          value={tenant}
          onChange={(event) => setTenant(event.target.value)}
          spellCheck={false}
          autoComplete="off"
          hint="Entra ID shows yours under Overview. What stands here is this organisation's own ID in Latchkey."
          error={wrong ? 'A GUID without braces, such as 1d6e7f90-3c2b-4f5a-9e8d-0a1b2c3d4e5f.' : undefined}
        />
      </div>
    </div>
  );
}
