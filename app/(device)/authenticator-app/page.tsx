import type { Metadata } from 'next';
import { AddingPage, type AddingSearch } from '../adding-page.tsx';
import { AddAuthenticatorApp } from './add-authenticator-app.tsx';

export const metadata: Metadata = { title: 'Add an authenticator app' };

export default function AuthenticatorAppPage({ searchParams }: { searchParams: AddingSearch }) {
  return (
    <AddingPage
      method="softwareOath"
      place="/authenticator-app"
      title="Add an authenticator app"
      intro="From then on your password alone no longer gets anybody in: it also takes a code that only your app shows."
      form={AddAuthenticatorApp}
      searchParams={searchParams}
    />
  );
}
