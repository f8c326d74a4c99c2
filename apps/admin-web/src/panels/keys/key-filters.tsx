import { Button, Group, Select } from '@mantine/core';
import { usePlanChoices } from '../../lib/plan-choices.ts';
import { ObjectSelect } from '../../ui/object-select.tsx';
import { TextFilter } from '../../ui/text-filter.tsx';
import { ACCESSES, isNarrowed, type KeyFilter, NO_FILTER, STATUSES } from './filter.ts';

interface KeyFiltersProps {
  filters: KeyFilter;
  onChange: (changes: Partial<KeyFilter>) => void;
}

/** Chooses which keys are shown. */
export function KeyFilters({ filters, onChange }: KeyFiltersProps) {
  const plans = usePlanChoices();
  const planIds = new Set([...(plans.data ?? []).map(({ id }) => id), ...(filters.plan ? [filters.plan] : [])]);
  return (
    <Group gap="xs" align="flex-start">
      <TextFilter
        label="Search"
        value={filters.search}
        onChange={(search) => onChange({ search })}
        placeholder="Name, or how it begins or ends"
        width={230}
      />
      <WordFilter label="Status" words={STATUSES} value={filters.status} onChange={(status) => onChange({ status })} />
      <WordFilter label="Plan" words={[...planIds]} value={filters.plan} onChange={(plan) => onChange({ plan })} />
      <ObjectSelect
        type="consumer"
        label="Consumer"
        placeholder="Any"
        size="xs"
        w={180}
        value={filters.consumer}
        onChange={(consumer) => onChange({ consumer })}
      />
      <WordFilter label="Access" words={ACCESSES} value={filters.access} onChange={(access) => onChange({ access })} />
      {isNarrowed(filters) && (
        <Button variant="subtle" size="xs" mt={22} onClick={() => onChange(NO_FILTER)}>
          Clear filters
        </Button>
      )}
    </Group>
  );
}

interface WordFilterProps {
  label: string;
  words: readonly string[];
  value: string;
  onChange: (word: string) => void;
}

const WordFilter = ({ label, words, value, onChange }: WordFilterProps) => (
  <Select
    label={label}
    placeholder="Any"
    size="xs"
    w={130}
    data={[...words]}
    value={words.includes(value) ? value : null}
    onChange={(word) => onChange(word ?? '')}
    clearable
    clearButtonProps={{ 'aria-label': `Clear ${label.toLowerCase()}` }}
    checkIconPosition="right"
    comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
  />
);
