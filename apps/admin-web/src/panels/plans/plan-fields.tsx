import { Fieldset, NumberInput, Select, SimpleGrid, Stack, Switch, TagsInput, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import { useBillingMode } from '../../lib/billing.ts';
import { type FormErrors, nameChanges, type PlanValues } from './plan-form.ts';

interface PlanFieldsProps {
  values: PlanValues;
  onChange: (changes: Partial<PlanValues>) => void;
  errors: FormErrors;
  /** The id of a plan can’t be changed. */
  isNew: boolean;
}

/** The fields of a new plan or of its next version. */
export const PlanFields = (props: PlanFieldsProps) => (
  <Stack>
    <NameFields {...props} />
    <PriceFields {...props} />
    <QuotaFields {...props} />
    <RateFields {...props} />
    <ApiFields {...props} />
  </Stack>
);

const NameFields = ({ values, onChange, errors, isNew }: PlanFieldsProps) => (
  <SimpleGrid cols={{ base: 1, sm: isNew ? 2 : 1 }}>
    <TextInput
      label="Name"
      description={<NameHint />}
      value={values.name}
      onChange={(event) => onChange(isNew ? nameChanges(values, event.currentTarget.value) : { name: event.currentTarget.value })}
      error={errors.name}
      maxLength={200}
      required
      data-autofocus
    />
    {isNew && (
      <TextInput
        label="ID"
        description="Can’t be changed later."
        value={values.id}
        onChange={(event) => onChange({ id: event.currentTarget.value })}
        error={errors.id}
        maxLength={63}
        autoCapitalize="none"
        spellCheck={false}
        required
      />
    )}
  </SimpleGrid>
);

/** Keeps the input as typed: an invalid number shows an error instead of being changed. */
const NUMBER = { clampBehavior: 'none', trimLeadingZeroesOnBlur: false, hideControls: true, required: true } as const;
const WHOLE_NUMBER = { ...NUMBER, thousandSeparator: ',', allowedDecimalSeparators: ['.'] };
const CURRENCIES = Intl.supportedValuesOf('currency').map((code) => ({ value: code.toLowerCase(), label: code }));
const INTERVALS = [
  { value: 'month', label: 'per month' },
  { value: 'year', label: 'per year' },
];

/** Accepts “49,50” as well as “49.50”, so amounts have no thousands separator. */
const DECIMAL_SEPARATORS = ['.', ','];

const PriceFields = ({ values, onChange, errors }: PlanFieldsProps) => (
  <SwitchedFields
    legend="Price"
    label="For sale"
    description={<SaleHint />}
    on={values.forSale}
    onSwitch={(forSale) => onChange({ forSale })}
    shown={values.forSale}
  >
    <SimpleGrid cols={{ base: 1, xs: 3 }}>
      <NumberInput
        label="Amount"
        value={values.amount}
        onChange={(amount) => onChange({ amount })}
        error={errors.amount}
        allowedDecimalSeparators={DECIMAL_SEPARATORS}
        {...NUMBER}
      />
      <Select
        label="Currency"
        data={CURRENCIES}
        value={values.currency}
        onChange={(currency) => currency !== null && onChange({ currency })}
        error={errors.currency}
        allowDeselect={false}
        searchable
        limit={200}
      />
      <Select
        label="Interval"
        data={INTERVALS}
        value={values.interval}
        onChange={(interval) => interval !== null && onChange({ interval: interval as PlanValues['interval'] })}
        allowDeselect={false}
      />
    </SimpleGrid>
  </SwitchedFields>
);

const NameHint = () => <>{useBillingMode() === 'off' ? 'Shown in the console only.' : 'Customers see it at checkout.'}</>;

const SaleHint = () => (
  <>
    {useBillingMode() === 'off'
      ? 'Billing is off. The price is saved, but the plan isn’t for sale until you turn billing on.'
      : 'When off, only you can create keys for this plan.'}
  </>
);

const PERIODS = [
  { value: 'month', label: 'per month' },
  { value: 'day', label: 'per day' },
];

const QuotaFields = ({ values, onChange, errors }: PlanFieldsProps) => (
  <SwitchedFields
    legend="Quota"
    label="Unlimited quota"
    on={values.quotaUnlimited}
    onSwitch={(quotaUnlimited) => onChange({ quotaUnlimited })}
    shown={!values.quotaUnlimited}
  >
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      <NumberInput
        label="Units"
        value={values.quotaLimit}
        onChange={(quotaLimit) => onChange({ quotaLimit })}
        error={errors.quotaLimit}
        {...WHOLE_NUMBER}
      />
      <Select
        label="Period"
        data={PERIODS}
        value={values.quotaPeriod}
        onChange={(period) => period !== null && onChange({ quotaPeriod: period as PlanValues['quotaPeriod'] })}
        allowDeselect={false}
      />
    </SimpleGrid>
  </SwitchedFields>
);

const RateFields = ({ values, onChange, errors }: PlanFieldsProps) => (
  <SwitchedFields
    legend="Rate limit"
    label="No rate limit"
    on={values.rateUnlimited}
    onSwitch={(rateUnlimited) => onChange({ rateUnlimited })}
    shown={!values.rateUnlimited}
  >
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      <NumberInput
        label="Calls"
        value={values.rateLimit}
        onChange={(rateLimit) => onChange({ rateLimit })}
        error={errors.rateLimit}
        {...WHOLE_NUMBER}
      />
      <NumberInput
        label="Window (seconds)"
        value={values.rateWindow}
        onChange={(rateWindow) => onChange({ rateWindow })}
        error={errors.rateWindow}
        {...WHOLE_NUMBER}
      />
    </SimpleGrid>
  </SwitchedFields>
);

/** Suggestions: the APIs that every installation has. */
const BUILT_IN = ['hello', 'actions'];

const ApiFields = ({ values, onChange, errors }: PlanFieldsProps) => (
  <SwitchedFields
    legend="APIs"
    label="Every API"
    description="Including APIs added later."
    on={values.everyApi}
    onSwitch={(everyApi) => onChange({ everyApi })}
    shown={!values.everyApi}
  >
    <TagsInput
      label="Included APIs"
      description="Type the name of an API and press Enter. Without any, keys of this plan can’t make calls."
      data={BUILT_IN}
      value={values.apis}
      onChange={(apis) => onChange({ apis })}
      error={errors.apis}
      acceptValueOnBlur
      maxTags={1_000}
    />
  </SwitchedFields>
);

interface SwitchedFieldsProps {
  legend: string;
  /** Label of the switch. */
  label: string;
  description?: ReactNode;
  on: boolean;
  onSwitch: (on: boolean) => void;
  /** Whether the fields are shown. */
  shown: boolean;
  children: ReactNode;
}

/** A fieldset whose fields a switch shows or hides. */
const SwitchedFields = ({ legend, label, description, on, onSwitch, shown, children }: SwitchedFieldsProps) => (
  <Fieldset legend={legend}>
    <Stack gap="sm">
      <Switch label={label} description={description} checked={on} onChange={(event) => onSwitch(event.currentTarget.checked)} />
      {shown && children}
    </Stack>
  </Fieldset>
);
