import type { Metadata } from 'next';
import { AddingPage, type AddingSearch } from '../adding-page.tsx';
import { AddPhone } from './add-phone.tsx';

export const metadata: Metadata = { title: 'Add your phone' };

export default function PhonePage({ searchParams }: { searchParams: AddingSearch }) {
  return (
    <AddingPage
      method="authenticator"
      place="/phone"
      title="Add your phone"
      intro="It then confirms that it is you. From then on your password alone no longer gets anybody in."
      form={AddPhone}
      searchParams={searchParams}
    />
  );
}
