import { NumberInput, Select, SimpleGrid, Stack, TagsInput, TextInput } from '@mantine/core';
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
      description="Buyers read it at the checkout."
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
        placeholder="pro"
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

const NUMBER = { allowNegative: false, hideControls: true, required: true } as const;
const CURRENCIES = Intl.supportedValuesOf('currency').map((code) => ({ value: code.toLowerCase(), label: code }));
const INTERVALS = [
  { value: 'month', label: 'per month' },
  { value: 'year', label: 'per year' },
];

/** Of any currency. Fewer would round what is shown when another currency is chosen, and not what is sent. */
const MOST_DIGITS = 3;

const PriceFields = ({ values, onChange, findings }: PlanFieldsProps) => (
  <SwitchedFields
    legend="Price"
    label="For sale"
    description="Off: nobody can buy it; you give keys of it out yourself."
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
        decimalScale={MOST_DIGITS}
        thousandSeparator=","
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
        thousandSeparator=","
        allowDecimal={false}
        {...NUMBER}
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
        thousandSeparator=","
        allowDecimal={false}
        {...NUMBER}
      />
      <NumberInput
        label="In how many seconds"
        value={values.rateWindow}
        onChange={(rateWindow) => onChange({ rateWindow })}
        error={findings.rateWindow}
        allowDecimal={false}
        {...NUMBER}
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
