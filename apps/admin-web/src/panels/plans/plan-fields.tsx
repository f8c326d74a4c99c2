import { NumberInput, Select, SimpleGrid, Stack, TagsInput, TextInput } from '@mantine/core';
import { useBillingMode } from '../../lib/billing.ts';
import { type Findings, nameChanges, type PlanValues } from './plan-form.ts';
import { SwitchedFields } from './switched-fields.tsx';

interface PlanFieldsProps {
  values: PlanValues;
  onChange: (changes: Partial<PlanValues>) => void;
  findings: Findings;
  /** The id of a plan can’t be changed. */
  isNew: boolean;
}

/** Every field of a plan, for a new one and for the next version. */
export const PlanFields = (props: PlanFieldsProps) => (
  <Stack>
    <NameFields {...props} />
    <PriceFields {...props} />
    <QuotaFields {...props} />
    <RateFields {...props} />
    <ApiFields {...props} />
  </Stack>
);

const NameFields = ({ values, onChange, findings, isNew }: PlanFieldsProps) => (
  <SimpleGrid cols={{ base: 1, sm: isNew ? 2 : 1 }}>
    <TextInput
      label="Name"
      description={<NameHint />}
      value={values.name}
      onChange={(event) => onChange(isNew ? nameChanges(values, event.currentTarget.value) : { name: event.currentTarget.value })}
      error={findings.name}
      maxLength={200}
      required
      data-autofocus
    />
    {isNew && (
      <TextInput
        label="Id"
        description="Stays as it is for good."
        value={values.id}
        onChange={(event) => onChange({ id: event.currentTarget.value })}
        error={findings.id}
        maxLength={63}
        autoCapitalize="none"
        spellCheck={false}
        required
      />
    )}
  </SimpleGrid>
);

/** What is typed stays as it is: a number that can’t be is named, never made into another. */
const NUMBER = { clampBehavior: 'none', trimLeadingZeroesOnBlur: false, hideControls: true, required: true } as const;
/** A comma sets thousands apart in them. */
const WHOLE = { ...NUMBER, thousandSeparator: ',', allowedDecimalSeparators: ['.'] };
const CURRENCIES = Intl.supportedValuesOf('currency').map((code) => ({ value: code.toLowerCase(), label: code }));
const INTERVALS = [
  { value: 'month', label: 'per month' },
  { value: 'year', label: 'per year' },
];

/** “49,50” is as good as “49.50”; so no thousands are set apart here. */
const DECIMAL_POINTS = ['.', ','];

const PriceFields = ({ values, onChange, findings }: PlanFieldsProps) => (
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
        error={findings.amount}
        allowedDecimalSeparators={DECIMAL_POINTS}
        {...NUMBER}
      />
      <Select
        label="Currency"
        data={CURRENCIES}
        value={values.currency}
        onChange={(currency) => currency !== null && onChange({ currency })}
        error={findings.currency}
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

const NameHint = () => <>{useBillingMode() === 'off' ? 'What you call it.' : 'Buyers read it at the checkout.'}</>;

const SaleHint = () => (
  <>
    {useBillingMode() === 'off'
      ? 'Billing is off: a price is kept, and nobody can buy the plan until you turn billing on.'
      : 'Off: nobody can buy it; you give keys of it out yourself.'}
  </>
);

const PERIODS = [
  { value: 'month', label: 'per month' },
  { value: 'day', label: 'per day' },
];

const QuotaFields = ({ values, onChange, findings }: PlanFieldsProps) => (
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
        error={findings.quotaLimit}
        {...WHOLE}
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

const RateFields = ({ values, onChange, findings }: PlanFieldsProps) => (
  <SwitchedFields
    legend="Rate"
    label="Unlimited rate"
    on={values.rateUnlimited}
    onSwitch={(rateUnlimited) => onChange({ rateUnlimited })}
    shown={!values.rateUnlimited}
  >
    <SimpleGrid cols={{ base: 1, xs: 2 }}>
      <NumberInput
        label="Calls"
        value={values.rateLimit}
        onChange={(rateLimit) => onChange({ rateLimit })}
        error={findings.rateLimit}
        {...WHOLE}
      />
      <NumberInput
        label="In how many seconds"
        value={values.rateWindow}
        onChange={(rateWindow) => onChange({ rateWindow })}
        error={findings.rateWindow}
        {...WHOLE}
      />
    </SimpleGrid>
  </SwitchedFields>
);

/** The ones that every installation has; others are typed in. */
const BUILT_IN = ['hello', 'actions'];

const ApiFields = ({ values, onChange, findings }: PlanFieldsProps) => (
  <SwitchedFields
    legend="Apis"
    label="Every api"
    description="Also those that are added later."
    on={values.everyApi}
    onSwitch={(everyApi) => onChange({ everyApi })}
    shown={!values.everyApi}
  >
    <TagsInput
      label="Included apis"
      description="Type the name of an api and press Enter. With none, a key of this plan can call nothing."
      data={BUILT_IN}
      value={values.apis}
      onChange={(apis) => onChange({ apis })}
      error={findings.apis}
      acceptValueOnBlur
      maxTags={1_000}
    />
  </SwitchedFields>
);
