import { Select } from '@mantine/core';
import { formatCount } from '../../lib/format.ts';
import { type PlanChoice, usePlanChoices } from '../../lib/plan-choices.ts';
import { PageLink } from '../../ui/link.tsx';

interface PlanSelectProps {
  value: string;
  onChange: (plan: string) => void;
  error: string | null;
  description?: string;
}

/** Chooses a plan by name; its quota stands beside it. */
export function PlanSelect({ value, onChange, error, description }: PlanSelectProps) {
  const plans = usePlanChoices();
  const known = plans.data ?? [];
  const gone = value !== '' && plans.data !== undefined && !known.some(({ id }) => id === value);
  return (
    <Select
      label="Plan"
      placeholder={plans.isPending ? 'Loading …' : 'Choose a plan'}
      required
      searchable
      data={[...known.map((plan) => ({ value: plan.id, label: choiceText(plan) })), ...(gone ? [{ value, label: value }] : [])]}
      value={value === '' ? null : value}
      onChange={(plan) => onChange(plan ?? '')}
      allowDeselect={false}
      checkIconPosition="right"
      nothingFoundMessage="No plan like this"
      classNames={{ option: 'break' }}
      error={error ?? (plans.isError ? 'The plans could not be read' : null)}
      {...(description ? { description } : {})}
      {...(plans.data?.length === 0
        ? { description: <PageLink to="/plans?create=1">There is no plan yet: create one first</PageLink> }
        : {})}
    />
  );
}

const choiceText = ({ name, quota: { limit, period } }: PlanChoice): string =>
  `${name} · ${limit === null ? 'no quota limit' : `${formatCount(limit)} units per ${period}`}`;
