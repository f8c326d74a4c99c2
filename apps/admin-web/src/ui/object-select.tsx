import { listConsumers, listKeys } from '@api-factory/sdk-ts';
import { Select, type SelectProps } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type FoundObject, type ObjectType, objectChoices } from './object-choices.ts';
import { useObjectName } from './object-link.tsx';

interface ObjectSelectProps extends Pick<SelectProps, 'size' | 'w' | 'description' | 'error'> {
  type: ObjectType;
  label: string;
  placeholder: string;
  /** The selected id; empty: none. */
  value: string;
  onChange: (id: string) => void;
}

const DEBOUNCE_MS = 250;
const MAX_OPTIONS = 20;

/** Selects a key or consumer by searching the API, or by pasting its id. */
export function ObjectSelect({ type, label, placeholder, value, onChange, ...props }: ObjectSelectProps) {
  const name = useObjectName(type, value);
  const { text, setText } = useInputText(name ?? value);
  const [opened, setOpened] = useState(false);
  const typed = text.trim() === (name ?? value) ? '' : text.trim();
  const [search] = useDebouncedValue(typed, DEBOUNCE_MS);
  const found = useQuery({
    queryKey: [`${type}s`, 'found', search],
    queryFn: ({ signal }) => FIND[type](search, signal),
    enabled: opened,
    placeholderData: keepPreviousData,
  });
  const nothing = found.isFetching ? 'Searching…' : `No ${type}s found. You can also paste an ID.`;
  return (
    <Select
      {...{ label, placeholder }}
      data={objectChoices(type, found.data ?? [], { value, name, typed })}
      value={value === '' ? null : value}
      onChange={(id) => onChange(id ?? '')}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': `Clear ${label.toLowerCase()}` }}
      searchValue={text}
      onSearchChange={setText}
      // The server already filtered, including by fields that the label doesn’t show.
      filter={({ options }) => options}
      onDropdownOpen={() => setOpened(true)}
      onDropdownClose={() => setOpened(false)}
      nothingFoundMessage={found.isError ? `The ${type}s could not be loaded` : nothing}
      comboboxProps={{ width: 320, position: 'bottom-start' }}
      maxDropdownHeight={280}
      classNames={{ option: 'break' }}
      {...props}
    />
  );
}

/**
 * The input’s text. It resets when the label changes: names load late, and a link can change the
 * selection.
 */
function useInputText(label: string) {
  const [text, setText] = useState(label);
  const [shown, setShown] = useState(label);
  if (shown !== label) {
    setShown(label);
    setText(label);
  }
  return { text, setText };
}

const FIND: Record<ObjectType, (search: string, signal: AbortSignal) => Promise<FoundObject[]>> = {
  key: async (search, signal) => {
    const { data } = await listKeys({ query: queryOf(search), signal, throwOnError: true });
    return data.data.map(({ id, name, last4 }) => ({ id, name, hint: `…${last4}` }));
  },
  consumer: async (search, signal) => {
    const { data } = await listConsumers({ query: queryOf(search), signal, throwOnError: true });
    return data.data.map(({ id, name, email }) => ({ id, name, hint: email === name ? null : email }));
  },
};

const queryOf = (search: string) => ({ limit: MAX_OPTIONS, ...(search ? { search } : {}) });
