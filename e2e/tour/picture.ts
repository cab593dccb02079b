import { readFile, writeFile } from 'node:fs/promises';
import { expect, type Locator, type Page } from '@playwright/test';
import { outlineOf } from './outline.ts';
import { looks, outlineFile, type Picture, pictureFile } from './pictures.ts';

/** `npm run screenshots` takes the pictures anew; every other walk compares. */
export const renewing = process.env.RENEW_PICTURES === '1';
/** As long as a page may take to say what its picture shows. */
const SETTLE_MS = 20_000;

/** What the page says, and which colours and sizes it is made of in each look. */
async function outline(page: Page): Promise<string> {
  const said = outlineOf(await page.locator('body').ariaSnapshot());
  const seen: string[] = [];
  for (const colorScheme of looks) {
    await page.emulateMedia({ colorScheme });
    seen.push(`${colorScheme}: ${(await page.evaluate(coloursAndSizes)).join(' ')}`);
  }
  return `${said}\n${seen.join('\n')}\n`;
}

/** In the page, where nothing is on its way any more. Rounded: browsers differ in the last digits. */
function coloursAndSizes(): string[] {
  // What arrives may set off what inherits from it.
  for (let rounds = 0; rounds < 10; rounds += 1)
    for (const animation of document.getAnimations())
      if (Number.isFinite(animation.effect?.getComputedTiming().endTime)) animation.finish();
  const found = new Set<string>();
  for (const element of document.body.querySelectorAll('*')) {
    if (!element.checkVisibility()) continue;
    const { color, backgroundColor, fontSize } = getComputedStyle(element);
    for (const value of [color, backgroundColor, fontSize])
      found.add(value.replaceAll(/\d+\.\d+/g, (digits) => String(Number(Number(digits).toFixed(1)))));
  }
  return [...found].sort();
}

/** What of a page is in the picture: so many pixels from the top, or from what comes first in it. */
interface Frame {
  readonly height?: number;
  readonly from?: Locator;
}

/** Air above what comes first. */
const AIR_PX = 32;
const QUALITY = 0.8;

async function frame(page: Page, { height, from }: Frame): Promise<void> {
  const whole = page.viewportSize();
  if (height !== undefined && whole !== null) await page.setViewportSize({ ...whole, height });
  await page.evaluate(() => window.scrollTo({ top: 0 }));
  await from?.evaluate(
    (element, air) => window.scrollTo({ top: element.getBoundingClientRect().top - air }),
    AIR_PX,
  );
}

/** The screen as WebP, smaller than PNG. The browser encodes it, on a page of its own. */
async function webp(page: Page): Promise<Buffer> {
  const png = await page.screenshot({ animations: 'disabled' });
  const desk = await page.context().browser()?.newPage();
  if (desk === undefined) throw new Error('There is no browser to encode a picture.');
  try {
    const encoded = await desk.evaluate(
      async ({ base64, quality }) => {
        const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
        const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
        const canvas = document.createElement('canvas');
        canvas.width = bitmap.width;
        canvas.height = bitmap.height;
        canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
        return canvas.toDataURL('image/webp', quality);
      },
      { base64: png.toString('base64'), quality: QUALITY },
    );
    return Buffer.from(encoded.slice(encoded.indexOf(',') + 1), 'base64');
  } finally {
    await desk.close();
  }
}

/** What the page says when it says the same twice. */
async function settled(page: Page): Promise<string> {
  let before = '';
  const sameAgain = async () => {
    const now = await outline(page);
    const same = now === before;
    before = now;
    return same;
  };
  await expect.poll(sameAgain, { intervals: [500] }).toBe(true);
  return before;
}

async function renew(page: Page, name: Picture, framed: Frame): Promise<void> {
  const whole = page.viewportSize();
  const said = await settled(page);
  await frame(page, framed);
  for (const look of looks) {
    // What moves is drawn, where it comes to rest.
    await page.emulateMedia({ colorScheme: look, reducedMotion: 'no-preference' });
    await writeFile(pictureFile(name, look), await webp(page));
  }
  await writeFile(outlineFile(name), said);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  if (whole !== null) await page.setViewportSize(whole);
}

async function compare(page: Page, name: Picture): Promise<void> {
  // A clone on Windows may have other line ends.
  const kept = (await readFile(outlineFile(name), 'utf8').catch(() => '')).replaceAll('\r\n', '\n');
  let said = '';
  const saysTheSame = async () => {
    said = await outline(page);
    return said === kept;
  };
  await expect
    .poll(saysTheSame, { timeout: SETTLE_MS })
    .toBe(true)
    .catch(() => undefined);
  // The walk goes on: one run names every picture that has to be renewed.
  expect.soft(said, `The picture "${name}" is out of date: "npm run screenshots" renews it.`).toBe(kept);
}

/** Takes the picture of a page, or says that the one that is kept is out of date. */
export async function picture(page: Page, name: Picture, framed: Frame = {}): Promise<void> {
  // Nothing is pointed at.
  await page.mouse.move(0, 0);
  await (renewing ? renew : compare)(page, name, framed);
  await page.emulateMedia({ colorScheme: 'light' });
}
