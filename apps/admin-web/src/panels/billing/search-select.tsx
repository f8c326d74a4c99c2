import { Loader, Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';

interface Option {
  value: string;
  label: string;
}

interface SearchSelectProps {
  label: string;
  description?: string;
  placeholder: string;
  /** What is searched: the beginning of the query’s key. */
  what: 'keys' | 'consumers';
  find: (search: string, signal: AbortSignal) => Promise<Option[]>;
  /** An id; empty: nothing is chosen. */
  value: string;
  onChange: (value: string) => void;
}

const TYPING_MS = 200;

/** A field that searches on the server and takes one of what it found. */
export function SearchSelect({ label, description, placeholder, what, find, value, onChange }: SearchSelectProps) {
  const [text, setText] = useState('');
  const [chosen, setChosen] = useState<Option | null>(null);
  const [typed] = useDebouncedValue(text.trim(), TYPING_MS);
  // The field shows the label of what is chosen: that is no search.
  const search = typed === chosen?.label ? '' : typed;
  const found = useQuery({
    queryKey: [what, 'choice', search],
    queryFn: ({ signal }) => find(search, signal),
    placeholderData: keepPreviousData,
  });
  return (
    <Select
      label={label}
      {...(description !== undefined && { description })}
      placeholder={placeholder}
      data={withChosen(found.data ?? [], { value, chosen })}
      // The server has searched already; it also finds what the label does not show.
      filter={({ options }) => options}
      value={value === '' ? null : value}
      onChange={(next, option) => {
        setChosen(next === null ? null : { value: next, label: option?.label ?? next });
        onChange(next ?? '');
      }}
      searchable
      searchValue={text}
      onSearchChange={setText}
      clearable
      nothingFoundMessage={found.isFetching ? 'Searching …' : 'Nothing found'}
      error={found.error ? 'The search failed; type again to retry' : null}
      rightSection={found.isFetching && text !== '' ? <Loader size={14} aria-hidden /> : undefined}
      comboboxProps={{ withinPortal: true }}
      maxDropdownHeight={260}
    />
  );
}

/** What is chosen stays among the options, also when the search went on: else the field would lose it. */
function withChosen(found: Option[], { value, chosen }: { value: string; chosen: Option | null }): Option[] {
  if (value === '' || found.some((option) => option.value === value)) return found;
  return [chosen?.value === value ? chosen : { value, label: value }, ...found];
}
