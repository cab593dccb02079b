import { ChevronLeft } from 'lucide-react';
import type { Metadata } from 'next';
import Link from 'next/link';
import { mergeFields } from '#domain/communication/fields';
import { sheetNames, sheets } from '#domain/communication/templates';
import {
  dataUrl,
  readKitLogo,
  readValues,
  readWords,
  templateOf,
  unfilledFields,
} from '#server/communication';
import { administratorPage } from '#server/page';
import { AdminPage } from '#ui/admin-page';
import { FilterChips } from '#ui/chip';
import { Notice } from '#ui/notice';
import { address, askedOf, type SearchParams } from '../../address.ts';
import { PrintButton } from '../../deployment/print-button.tsx';
import { HERE, TITLE } from '../words.ts';
import { Leaflet } from './leaflet.tsx';
import { Poster, TOO_MANY_WORDS } from './poster.tsx';
import './sheet.css';

export const metadata: Metadata = { title: 'To print' };

const sizes = { a4: 'A4', a3: 'A3' } as const;
const inks = { light: 'Light', dark: 'Dark' } as const;

export default async function PrintPage({ searchParams }: { searchParams: Promise<SearchParams> }) {
  const { runtime } = await administratorPage();
  const params = await searchParams;
  const sheet = askedOf(params, 'sheet', sheetNames) ?? 'poster';
  const size = askedOf(params, 'size', ['a4', 'a3']) ?? 'a4';
  const ink = askedOf(params, 'ink', ['light', 'dark']) ?? 'light';
  const { db } = runtime;
  const [words, values, logo] = await Promise.all([
    readWords(db, sheet),
    readValues(runtime, db),
    readKitLogo(db),
  ]);
  const here = (next: { sheet?: string; size?: string; ink?: string }) =>
    address(`${HERE}/print`, { sheet, size, ink, ...next });
  const paper = { template: templateOf(words), values, logo: logo && dataUrl(logo), ink };
  const missing = unfilledFields(paper.template, values);
  const poster = sheet === 'poster';

  return (
    <AdminPage
      title={sheets[sheet].title}
      purpose="As it prints. In the dialog of your browser choose no margins of its own, and keep backgrounds on."
      back={
        <Link href={address(HERE)} className="link inline-flex items-center gap-1">
          <ChevronLeft size={16} />
          {TITLE}
        </Link>
      }
      action={<PrintButton />}
      filters={
        <div className="flex flex-wrap gap-x-8 gap-y-3">
          <FilterChips
            label="Sheet"
            chips={sheetNames.map((each) => ({
              href: here({ sheet: each }),
              label: sheets[each].title,
              current: each === sheet,
            }))}
          />
          {poster ? (
            <FilterChips
              label="Paper"
              chips={(['a4', 'a3'] as const).map((each) => ({
                href: here({ size: each }),
                label: sizes[each],
                current: each === size,
              }))}
            />
          ) : null}
          <FilterChips
            label="Ink"
            chips={(['light', 'dark'] as const).map((each) => ({
              href: here({ ink: each }),
              label: inks[each],
              current: each === ink,
            }))}
          />
        </div>
      }
    >
      {missing.length === 0 ? null : (
        <Notice tone="warning" live="none" title="Something is not filled in">
          {missing.map((field) => mergeFields[field].title).join(', ')}: say it on the page before this one,
          under Your organisation, or change the words.
        </Notice>
      )}
      {poster && words.body.length > TOO_MANY_WORDS ? (
        <Notice tone="warning" live="none" title="These are more words than a poster holds">
          What does not fit is cut off. Somebody who walks by reads a sentence or two.
        </Notice>
      ) : null}
      <div className="paper">
        {poster ? <Poster {...paper} size={size} words={words} /> : <Leaflet {...paper} />}
      </div>
    </AdminPage>
  );
}
