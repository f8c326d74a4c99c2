import { Select } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useObjectName } from '../../ui/object-link.tsx';
import { keyChoices } from './key-choices.ts';
import { searchKeys } from './queries.ts';

interface KeyFilterProps {
  /** Id of a key; empty: every key. */
  value: string;
  onChange: (id: string) => void;
}

/** Chooses a key by a part of its name, by how it begins or ends, or by its id. */
export function KeyFilter({ value, onChange }: KeyFilterProps) {
  const name = useObjectName('key', value);
  const label = name ?? value;
  const [text, setText] = useState(label);
  // The field shows what is chosen; its name comes a moment later, and another choice may come from a link.
  const [shown, setShown] = useState(label);
  if (shown !== label) {
    setShown(label);
    setText(label);
  }
  const [opened, setOpened] = useState(false);
  const typed = text.trim() === label ? '' : text.trim();
  const [search] = useDebouncedValue(typed, 250);
  const keys = useQuery({
    queryKey: ['keys', 'choices', search],
    queryFn: ({ signal }) => searchKeys(search, signal),
    enabled: opened,
    placeholderData: keepPreviousData,
  });
  return (
    <Select
      label="Key"
      placeholder="Any"
      size="xs"
      w={190}
      data={keyChoices(keys.data ?? [], { value, name, typed })}
      value={value === '' ? null : value}
      onChange={(id) => onChange(id ?? '')}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': 'Clear key' }}
      searchValue={text}
      onSearchChange={setText}
      filter={({ options }) => options}
      onDropdownOpen={() => setOpened(true)}
      onDropdownClose={() => setOpened(false)}
      nothingFoundMessage={
        keys.isError ? 'The keys could not be read' : keys.isFetching ? 'Searching …' : 'No key like this. Paste an id to use it.'
      }
      comboboxProps={{ width: 320, position: 'bottom-start' }}
      maxDropdownHeight={320}
      classNames={{ option: 'break' }}
    />
  );
}
