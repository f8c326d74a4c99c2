import { Select, type SelectProps } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';
import { useObjectName } from '../../ui/object-link.tsx';
import type { Consumer } from './queries.ts';
import { useConsumerChoices } from './queries.ts';

interface ConsumerSelectProps extends Pick<SelectProps, 'size' | 'w' | 'description' | 'error'> {
  label: string;
  placeholder: string;
  /** Id of a consumer; empty: none. */
  value: string;
  onChange: (id: string) => void;
}

const TYPING_MS = 250;

/** Chooses a consumer by a part of name or email. */
export function ConsumerSelect({ label, placeholder, value, onChange, ...props }: ConsumerSelectProps) {
  const name = useObjectName('consumer', value);
  const [text, setText] = useState('');
  const [opened, setOpened] = useState(false);
  const typed = text.trim() === (name ?? value) ? '' : text.trim();
  const [search] = useDebouncedValue(typed, TYPING_MS);
  const found = useConsumerChoices(search, opened);
  return (
    <Select
      {...{ label, placeholder }}
      data={choicesOf(found.data ?? [], value, name)}
      value={value === '' ? null : value}
      onChange={(id) => onChange(id ?? '')}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': `Clear ${label.toLowerCase()}` }}
      searchValue={text}
      onSearchChange={setText}
      filter={({ options }) => options}
      onDropdownOpen={() => setOpened(true)}
      onDropdownClose={() => setOpened(false)}
      nothingFoundMessage={found.isError ? 'The consumers could not be read' : found.isFetching ? 'Searching …' : 'No consumer like this'}
      comboboxProps={{ width: 320, position: 'bottom-start' }}
      maxDropdownHeight={280}
      classNames={{ option: 'break' }}
      {...props}
    />
  );
}

function choicesOf(found: Consumer[], value: string, name: string | undefined): { value: string; label: string }[] {
  const choices = new Map(found.map((one) => [one.id, one.email === null || one.id === value ? one.name : `${one.name} · ${one.email}`]));
  if (value !== '' && !choices.has(value)) choices.set(value, name ?? value);
  return [...choices].map(([id, label]) => ({ value: id, label }));
}
