import { Group, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { formatCount } from '../../lib/format.ts';
import { type PlanChoice, usePlanChoices } from '../../lib/plan-choices.ts';
import { fromLocalField, toLocalField } from '../../lib/time-filter.ts';
import { PageLink } from '../../ui/link.tsx';
import { Time } from '../../ui/time.tsx';
import { EXPIRY_CHOICES, type ExpiryChoice, expiryOf } from './expiry.ts';

interface TextFieldProps {
  value: string;
  onChange: (value: string) => void;
  error: string | null;
  description?: string;
}

export const NameField = ({ onChange, ...props }: TextFieldProps) => (
  <TextInput
    {...props}
    label="Name"
    onChange={(event) => onChange(event.currentTarget.value)}
    maxLength={200}
    autoComplete="off"
    required
    data-autofocus
  />
);

/** Chooses a plan by its name and quota. */
export function PlanField({ value, onChange, error, description }: TextFieldProps) {
  const plans = usePlanChoices();
  const listed = plans.data ?? [];
  const unlisted = value !== '' && plans.data !== undefined && !listed.some(({ id }) => id === value);
  return (
    <Select
      label="Plan"
      placeholder={plans.isPending ? 'Loading…' : 'Choose a plan'}
      required
      searchable
      data={[...listed.map((plan) => ({ value: plan.id, label: planLabel(plan) })), ...(unlisted ? [{ value, label: value }] : [])]}
      value={value === '' ? null : value}
      onChange={(plan) => onChange(plan ?? '')}
      allowDeselect={false}
      checkIconPosition="right"
      nothingFoundMessage="No plans match"
      classNames={{ option: 'break' }}
      error={error ?? (plans.isError ? 'The plans could not be loaded' : null)}
      {...(description ? { description } : {})}
      {...(plans.data?.length === 0 ? { description: <PageLink to="/plans?create=1">No plans yet. Create one first.</PageLink> } : {})}
    />
  );
}

const planLabel = ({ name, quota: { limit, period } }: PlanChoice): string =>
  `${name} · ${limit === null ? 'no quota limit' : `${formatCount(limit)} units per ${period}`}`;

interface ExpiryFieldProps {
  /** RFC 3339; null: never, empty: not entered yet. */
  value: string | null;
  onChange: (value: string | null) => void;
  error: string | null;
}

const OPTIONS = Object.entries(EXPIRY_CHOICES).map(([value, { label }]) => ({ value, label }));

export function ExpiryField({ value, onChange, error }: ExpiryFieldProps) {
  const [choice, setChoice] = useState<ExpiryChoice>(value === null ? 'never' : 'custom');
  const choose = (next: ExpiryChoice) => {
    setChoice(next);
    onChange(next === 'custom' ? (value ?? '') : expiryOf(next, new Date()));
  };
  const custom = choice === 'custom';
  return (
    <Group grow align="flex-start" preventGrowOverflow={false}>
      <Select
        label="Expires"
        data={OPTIONS}
        value={choice}
        onChange={(next) => next !== null && choose(next as ExpiryChoice)}
        allowDeselect={false}
        checkIconPosition="right"
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        error={custom ? null : error}
        {...(value && !custom ? { description: <Time at={value} absolute /> } : {})}
      />
      {custom && (
        <TextInput
          label="Expires at (local time)"
          type="datetime-local"
          step={1}
          value={toLocalField(value ?? '')}
          onChange={(event) => onChange(fromLocalField(event.currentTarget.value))}
          error={error}
        />
      )}
    </Group>
  );
}
