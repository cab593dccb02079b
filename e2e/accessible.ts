import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'];

/** What a page shows while it loads has a heading already: this waits for the page. */
export async function arrived(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.locator('.breathe')).toHaveCount(0);
}

/** A page as it stands has no barrier that axe finds: by WCAG 2.2 AA, or by every rule that axe has. */
export async function expectAccessible(
  page: Page,
  { everyRule = false, exclude }: { everyRule?: boolean; exclude?: string } = {},
): Promise<void> {
  // What is still on its way in has other colours.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const axe = new AxeBuilder({ page });
  if (!everyRule) axe.withTags(WCAG);
  if (exclude !== undefined) axe.exclude(exclude);
  const { violations } = await axe.analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual(
    [],
  );
}

/** Nothing is wider than the window. */
export async function expectNothingSideways(page: Page): Promise<void> {
  const wider = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
  expect(await page.evaluate(wider), 'nothing scrolls sideways').toBe(0);
}
