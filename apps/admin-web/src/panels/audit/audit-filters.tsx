import { Button, Group } from '@mantine/core';
import { TextFilter } from '../../ui/text-filter.tsx';
import { TimeFields } from '../../ui/time-fields.tsx';
import { type AuditFilter, isNarrowed } from './filter.ts';
import { ACTIONS, ACTORS, OBJECT_TYPES } from './words.ts';

interface AuditFiltersProps {
  filter: AuditFilter;
  onChange: (changes: Partial<AuditFilter>) => void;
  onClear: () => void;
}

/** Chooses which entries are shown. */
export const AuditFilters = ({ filter, onChange, onClear }: AuditFiltersProps) => (
  <Group gap="xs" align="flex-start">
    <TextFilter
      label="Action"
      placeholder="Any"
      value={filter.action}
      onChange={(action) => onChange({ action })}
      options={ACTIONS}
      width={160}
    />
    <TextFilter
      label="Object type"
      placeholder="Any"
      value={filter.type}
      onChange={(type) => onChange({ type })}
      options={OBJECT_TYPES}
      width={130}
    />
    <TextFilter label="Object id" placeholder="Any" value={filter.object} onChange={(object) => onChange({ object })} width={170} />
    <TextFilter
      label="Actor"
      placeholder="Anybody"
      value={filter.actor}
      onChange={(actor) => onChange({ actor })}
      options={ACTORS}
      width={150}
    />
    <TimeFields value={filter} onChange={onChange} />
    {isNarrowed(filter) && (
      <Button variant="subtle" size="xs" mt={25} onClick={onClear}>
        Clear filters
      </Button>
    )}
  </Group>
);
