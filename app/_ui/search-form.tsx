import { Search } from 'lucide-react';
import type { Route } from 'next';
import Form from 'next/form';
import { Button } from '#ui/button';
import { Field } from '#ui/field';

/** Asks a list for what contains some words; they go into the address as `name`, beside the filters that are kept. */
export function SearchForm({
  action,
  name = 'q',
  label,
  placeholder,
  words,
  kept,
}: {
  action: Route;
  name?: string | undefined;
  label: string;
  placeholder: string;
  /** What is asked for now. */
  words: string | undefined;
  /** The other filters in the address. */
  kept: Readonly<Record<string, string | undefined>>;
}) {
  return (
    <Form action={action} scroll={false} className="flex max-w-140 flex-wrap items-end gap-2">
      {Object.entries(kept).map(([name, value]) =>
        value ? <input key={name} type="hidden" name={name} value={value} /> : null,
      )}
      <div className="min-w-0 grow basis-48">
        <Field
          key={words ?? ''}
          label={label}
          name={name}
          type="search"
          defaultValue={words}
          maxLength={100}
          placeholder={placeholder}
        />
      </div>
      <Button type="submit" icon={<Search size={16} />}>
        Search
      </Button>
    </Form>
  );
}
