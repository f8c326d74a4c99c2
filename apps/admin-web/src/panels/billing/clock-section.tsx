import { Group, NumberInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { counted } from '../../lib/format.ts';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import { daysError, MOST_DAYS, STEPS, secondsOf } from './sandbox.ts';
import { BUSY, type SandboxDriver } from './sandbox-driver.ts';

interface ClockSectionProps {
  driver: SandboxDriver;
  /** The best estimate of the sandbox’s time until its clock is advanced from this page. */
  newestEventAt: string | null;
}

/**
 * Advances the sandbox’s clock, including the renewals, payment retries and ends of grace in
 * between.
 */
export function ClockSection({ driver, newestEventAt }: ClockSectionProps) {
  const disabledReason = driver.running ? BUSY : null;
  const advance = (days: number) =>
    driver.run({ control: 'advance', body: { seconds: secondsOf(days) }, label: `Clock advanced by ${counted(days, 'day')}` });
  return (
    <Section title="Clock">
      <Text size="sm">
        {driver.now === null ? 'Newest event: ' : 'Sandbox time: '}
        <Time at={driver.now ?? newestEventAt} none="none yet" absolute />
      </Text>
      <Group gap="xs">
        {STEPS.map(({ days, label }) => (
          <ReasonButton key={days} variant="default" disabledReason={disabledReason} onClick={() => advance(days)}>
            Advance {label}
          </ReasonButton>
        ))}
      </Group>
      <CustomStep disabledReason={disabledReason} onAdvance={advance} />
      <Text size="xs" c="dimmed">
        A month is 32 days here, so that it includes a renewal. The clock applies to all customers’ subscriptions, invoices and grace
        periods; quotas and rates use real time. It can’t be set back.
      </Text>
    </Section>
  );
}

function CustomStep({ disabledReason, onAdvance }: { disabledReason: string | null; onAdvance: (days: number) => void }) {
  const [days, setDays] = useState<number | string>(14);
  const error = daysError(days);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (error === null && disabledReason === null) onAdvance(Number(days));
      }}
    >
      <Stack gap="xs">
        <NumberInput
          label="Custom number of days"
          value={days}
          onChange={setDays}
          min={1}
          max={MOST_DAYS}
          clampBehavior="none"
          allowDecimal={false}
          error={error}
        />
        <Group>
          <ReasonButton type="submit" variant="default" disabledReason={disabledReason ?? error}>
            {error === null ? `Advance ${counted(Number(days), 'day')}` : 'Advance'}
          </ReasonButton>
        </Group>
      </Stack>
    </form>
  );
}
