import { Group, NumberInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { counted } from '../../lib/format.ts';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { Section } from '../../ui/section.tsx';
import { Time } from '../../ui/time.tsx';
import type { SandboxDriver } from './sandbox-driver.ts';
import { daysFinding, MOST_DAYS, STEPS, secondsOf } from './sandbox-words.ts';

const BUSY = 'Wait until the sandbox is done';

interface ClockSectionProps {
  driver: SandboxDriver;
  /** What is known of the sandbox’s time until its clock is moved from here. */
  newestEventAt: string | null;
}

/** Moves the sandbox’s clock: renewals, retries and the end of the grace happen on the way. */
export function ClockSection({ driver, newestEventAt }: ClockSectionProps) {
  const advance = (days: number) => {
    const words = `Clock advanced by ${counted(days, 'day')}`;
    driver.drive({ control: 'advance', body: { seconds: secondsOf(days) }, words });
  };
  return (
    <Section title="Clock">
      <SandboxTime now={driver.now} newestEventAt={newestEventAt} />
      <Group gap="xs">
        {STEPS.map((step) => (
          <ReasonButton key={step.days} variant="default" off={driver.running ? BUSY : null} onClick={() => advance(step.days)}>
            Advance {step.label}
          </ReasonButton>
        ))}
      </Group>
      <OtherStep off={driver.running ? BUSY : null} onAdvance={advance} />
      <Text size="xs" c="dimmed">
        A month is 32 days here, so that a renewal falls into it. The clock moves subscriptions, invoices and grace, for every customer;
        quotas and rates stay in real time. It can’t be moved back.
      </Text>
    </Section>
  );
}

const SandboxTime = ({ now, newestEventAt }: { now: string | null; newestEventAt: string | null }) => (
  <Text size="sm">
    {now === null ? 'The sandbox’s newest event is of ' : 'The sandbox’s time is '}
    <Time at={now ?? newestEventAt} none="no time yet" absolute />
  </Text>
);

/** A step of as many days as somebody types. */
function OtherStep({ off, onAdvance }: { off: string | null; onAdvance: (days: number) => void }) {
  const [days, setDays] = useState<number | string>(14);
  const finding = daysFinding(days);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (finding === null && off === null) onAdvance(Number(days));
      }}
    >
      <Stack gap="xs">
        <NumberInput
          label="Another number of days"
          value={days}
          onChange={setDays}
          min={1}
          max={MOST_DAYS}
          clampBehavior="none"
          allowDecimal={false}
          error={finding}
        />
        <Group>
          <ReasonButton type="submit" variant="default" off={off ?? finding}>
            {finding === null ? `Advance ${counted(Number(days), 'day')}` : 'Advance'}
          </ReasonButton>
        </Group>
      </Stack>
    </form>
  );
}
