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
  /** An id; empty: none. */
  value: string;
  onChange: (id: string) => void;
}

const TYPING_MS = 250;
const OFFERED = 20;

/** Chooses a key or a consumer: by a part of what the API searches in, or by a pasted id. */
export function ObjectSelect({ type, label, placeholder, value, onChange, ...props }: ObjectSelectProps) {
  const name = useObjectName(type, value);
  const { text, setText } = useShownText(name ?? value);
  const [opened, setOpened] = useState(false);
  const typed = text.trim() === (name ?? value) ? '' : text.trim();
  const [search] = useDebouncedValue(typed, TYPING_MS);
  const found = useQuery({
    queryKey: [`${type}s`, 'found', search],
    queryFn: ({ signal }) => FIND[type](search, signal),
    enabled: opened,
    placeholderData: keepPreviousData,
  });
  const nothing = found.isFetching ? 'Searching …' : `No ${type} like this. Paste an id to use it.`;
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
      // The server has searched already; it also finds what the label does not show.
      filter={({ options }) => options}
      onDropdownOpen={() => setOpened(true)}
      onDropdownClose={() => setOpened(false)}
      nothingFoundMessage={found.isError ? `The ${type}s could not be read` : nothing}
      comboboxProps={{ width: 320, position: 'bottom-start' }}
      maxDropdownHeight={280}
      classNames={{ option: 'break' }}
      {...props}
    />
  );
}

/** The text of the field: what is typed, or the label of what is chosen. The label’s name comes late, and another choice may come from a link. */
function useShownText(label: string) {
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
    return data.data.map(({ id, name, last4 }) => ({ id, name, mark: `…${last4}` }));
  },
  consumer: async (search, signal) => {
    const { data } = await listConsumers({ query: queryOf(search), signal, throwOnError: true });
    return data.data.map(({ id, name, email }) => ({ id, name, mark: email === name ? null : email }));
  },
};

const queryOf = (search: string) => ({ limit: OFFERED, ...(search ? { search } : {}) });
