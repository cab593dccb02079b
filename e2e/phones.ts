import { expect, type Page } from '@playwright/test';

/** A browser that shares nothing with any other, as large as a phone. */
export async function aPhone(anotherBrowser: () => Promise<Page>): Promise<Page> {
  const phone = await anotherBrowser();
  await phone.setViewportSize({ width: 390, height: 844 });
  return phone;
}

/** Adds a phone from both sides, by the code that is typed. */
export async function addPhone(laptop: Page, phone: Page, name: string): Promise<void> {
  await laptop.goto('/phone');
  await laptop.getByRole('button', { name: 'Show the code to scan' }).click();
  const code = await laptop.getByTestId('phone-code').innerText();
  await phone.goto('/authenticator');
  await phone.getByLabel('Code', { exact: true }).fill(code.toLowerCase());
  await phone.getByLabel('Name of this phone').fill(name);
  await phone.getByRole('button', { name: 'Add this phone' }).click();
  await expect(laptop.getByTestId('phone-number')).toBeVisible();
  await expect(phone.getByTestId('phone-number')).toHaveText(
    await laptop.getByTestId('phone-number').innerText(),
  );
  await laptop.getByRole('button', { name: 'Yes, add this phone' }).click();
  await expect(laptop.getByText(`“${name}” approves for you now`)).toBeVisible();
  await expect(phone.getByText('Nothing waits for you')).toBeVisible();
}

/** The number that is to be entered on the phone. */
export const numberOn = async (laptop: Page) => await laptop.getByTestId('approval-number').innerText();

/** Approves on the phone with a number. */
export async function approve(phone: Page, number: string): Promise<void> {
  await phone.getByLabel('The number on the other screen').fill(number);
  await phone.getByRole('button', { name: 'Approve', exact: true }).click();
}
