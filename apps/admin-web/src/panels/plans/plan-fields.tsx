import { Fieldset, NumberInput, Select, SimpleGrid, Stack, Switch, TagsInput, TextInput } from '@mantine/core';
import { type Findings, nameChanges, type PlanValues } from './plan-form.ts';

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

const CURRENCIES = Intl.supportedValuesOf('currency').map((code) => ({ value: code.toLowerCase(), label: code }));
const INTERVALS = [
  { value: 'month', label: 'per month' },
  { value: 'year', label: 'per year' },
];

/** Of any currency. Fewer would round what is shown when another currency is chosen, and not what is sent. */
const MOST_DIGITS = 3;

const PriceFields = ({ values, onChange, findings }: PlanFieldsProps) => (
  <Fieldset legend="Price">
    <Stack gap="sm">
      <Switch
        label="For sale"
        description="Off: nobody can buy it; you give keys of it out yourself."
        checked={values.forSale}
        onChange={(event) => onChange({ forSale: event.currentTarget.checked })}
      />
      {values.forSale && (
        <SimpleGrid cols={{ base: 1, xs: 3 }}>
          <NumberInput
            label="Amount"
            value={values.amount}
            onChange={(amount) => onChange({ amount })}
            error={findings.amount}
            decimalScale={MOST_DIGITS}
            thousandSeparator=","
            allowNegative={false}
            hideControls
            required
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
      )}
    </Stack>
  </Fieldset>
);

const PERIODS = [
  { value: 'month', label: 'per month' },
  { value: 'day', label: 'per day' },
];

const QuotaFields = ({ values, onChange, findings }: PlanFieldsProps) => (
  <Fieldset legend="Quota">
    <Stack gap="sm">
      <Switch
        label="Unlimited quota"
        checked={values.quotaUnlimited}
        onChange={(event) => onChange({ quotaUnlimited: event.currentTarget.checked })}
      />
      {!values.quotaUnlimited && (
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <NumberInput
            label="Units"
            value={values.quotaLimit}
            onChange={(quotaLimit) => onChange({ quotaLimit })}
            error={findings.quotaLimit}
            thousandSeparator=","
            allowDecimal={false}
            allowNegative={false}
            hideControls
            required
          />
          <Select
            label="Period"
            data={PERIODS}
            value={values.quotaPeriod}
            onChange={(period) => period !== null && onChange({ quotaPeriod: period as PlanValues['quotaPeriod'] })}
            allowDeselect={false}
          />
        </SimpleGrid>
      )}
    </Stack>
  </Fieldset>
);

const RateFields = ({ values, onChange, findings }: PlanFieldsProps) => (
  <Fieldset legend="Rate">
    <Stack gap="sm">
      <Switch
        label="Unlimited rate"
        checked={values.rateUnlimited}
        onChange={(event) => onChange({ rateUnlimited: event.currentTarget.checked })}
      />
      {!values.rateUnlimited && (
        <SimpleGrid cols={{ base: 1, xs: 2 }}>
          <NumberInput
            label="Calls"
            value={values.rateLimit}
            onChange={(rateLimit) => onChange({ rateLimit })}
            error={findings.rateLimit}
            thousandSeparator=","
            allowDecimal={false}
            allowNegative={false}
            hideControls
            required
          />
          <NumberInput
            label="In how many seconds"
            value={values.rateWindow}
            onChange={(rateWindow) => onChange({ rateWindow })}
            error={findings.rateWindow}
            allowDecimal={false}
            allowNegative={false}
            hideControls
            required
          />
        </SimpleGrid>
      )}
    </Stack>
  </Fieldset>
);

/** The ones that every installation has; others are typed in. */
const BUILT_IN = ['hello', 'actions'];

const ApiFields = ({ values, onChange, findings }: PlanFieldsProps) => (
  <Fieldset legend="Apis">
    <Stack gap="sm">
      <Switch
        label="Every api"
        description="Also those that are added later."
        checked={values.everyApi}
        onChange={(event) => onChange({ everyApi: event.currentTarget.checked })}
      />
      {!values.everyApi && (
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
      )}
    </Stack>
  </Fieldset>
);
