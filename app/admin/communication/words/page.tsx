import { ChevronLeft, Download, ExternalLink } from 'lucide-react';
import type { Metadata } from 'next';
import Link from 'next/link';
import { fieldsFor, isMessage, messages, shipped, templateNames } from '#domain/communication/templates';
import { exportForms } from '#domain/communication/wire';
import { mayAdminister } from '#domain/identity';
import { dayIn } from '#domain/time-zone';
import { dataUrl, readKitLogo, readTimeZone, readValues, readWords } from '#server/communication';
import { listPeople, namesOf } from '#server/identity';
import { administratorPage } from '#server/page';
import { AdminPage } from '#ui/admin-page';
import { ButtonLink } from '#ui/button';
import { Section } from '#ui/card';
import { SearchForm } from '#ui/search-form';
import { address, asked, askedOf, type SearchParams } from '../../address.ts';
import { NameLines } from '../../name-lines.tsx';
import { Editor } from '../editor.tsx';
import { HERE, TITLE } from '../words.ts';

export const metadata: Metadata = { title: 'Words for people' };

const OFFERED = 6;

export default async function WordsPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { runtime, caller } = await administratorPage();
  const params = await searchParams;
  const name = askedOf(params, 'template', templateNames) ?? 'announcement';
  const { db } = runtime;
  const words = asked(params, 'q');
  const personId = asked(params, 'person');
  const [{ subject, body }, logo, found, named] = await Promise.all([
    readWords(db, name),
    readKitLogo(db),
    words === undefined ? [] : listPeople(runtime, { search: words, limit: OFFERED }),
    namesOf(runtime, personId === undefined ? [] : [personId]),
  ]);
  const chosen = personId === undefined ? undefined : named.get(personId);
  const person = chosen ?? caller.session.person;
  const startsOn = dayIn(await readTimeZone(db), runtime.clock.now());
  const values = await readValues(runtime, db, { person, startsOn });
  const { title, about, ...own } = shipped(name);

  return (
    <AdminPage
      title={title}
      purpose={about}
      back={
        <Link href={address(HERE)} className="link inline-flex items-center gap-1">
          <ChevronLeft size={16} />
          {TITLE}
        </Link>
      }
      action={
        <>
          {exportForms.map((form) => (
            <a
              key={form}
              href={address('/api/communication/export', {
                template: name,
                form,
                person: isMessage(name) && chosen !== undefined ? personId : undefined,
              })}
              download
              className="link inline-flex min-h-10 items-center gap-1.5 px-2 text-14"
            >
              <Download size={16} />
              {form.toUpperCase()}
            </a>
          ))}
          {isMessage(name) ? null : (
            <ButtonLink href={address(`${HERE}/print`, { sheet: name })} icon={<ExternalLink size={16} />}>
              Open as it prints
            </ButtonLink>
          )}
        </>
      }
    >
      <div className="flex flex-col gap-10">
        <Editor
          key={name}
          name={name}
          words={{ subject, body }}
          shipped={{ subject: own.subject, body: own.body }}
          fields={fieldsFor(name)}
          values={values}
          logo={logo && dataUrl(logo)}
          reader={isMessage(name) ? person.displayName : null}
          reminder={isMessage(name) && messages[name].reminder}
          manages={mayAdminister(caller.session.person.roles, 'manage_policy')}
        />
        {isMessage(name) ? (
          <Section
            title="As somebody else gets it"
            note="The preview shows it to you. Choose another person to see it with their name. Files are made for nobody, or for the person chosen here."
          >
            <SearchForm
              action={address(`${HERE}/words`)}
              label="Find a person"
              placeholder="Name or account"
              words={words}
              kept={{ template: name }}
            />
            {words === undefined ? null : found.length === 0 ? (
              <p className="text-14 text-ink-soft">Nobody has “{words}” in their name.</p>
            ) : (
              <ul className="flex flex-wrap gap-2">
                {found.map(({ id, displayName, upn }) => (
                  <li key={id} className="min-w-0">
                    <Link
                      scroll={false}
                      href={address(`${HERE}/words`, { template: name, q: words, person: id })}
                      aria-current={id === personId ? 'true' : undefined}
                      className="block rounded-card border border-line bg-surface px-4 py-2 text-14 hover:border-accent-ink aria-current:border-accent-ink aria-current:bg-accent-soft"
                    >
                      <NameLines name={displayName} upn={upn} />
                    </Link>
                  </li>
                ))}
              </ul>
            )}
          </Section>
        ) : null}
      </div>
    </AdminPage>
  );
}
