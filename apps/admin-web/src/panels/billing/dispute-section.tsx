import { Group, Stack, Text } from '@mantine/core';
import { Loaded } from '../../ui/loaded.tsx';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { Section } from '../../ui/section.tsx';
import { ConsumerLink } from './consumer-link.tsx';
import { type Dispute, useDisputes } from './queries.ts';
import type { SandboxDriver } from './sandbox-driver.ts';

const ENDED = new Set(['won', 'lost', 'warning_closed']);

/** Ends disputes that are open in the sandbox; not shown while there is none. */
export function DisputeSection({ driver }: { driver: SandboxDriver }) {
  const list = useDisputes(driver.everyMs);
  const open = list.rows?.filter(({ status }) => !ENDED.has(status));
  if (list.error === null && (open === undefined || open.length === 0)) return null;
  return (
    <Section title="Open disputes">
      <Loaded query={{ data: open, error: list.error, refetch: list.refetch }} failed="The disputes could not be read">
        {(disputes) => (
          <Stack gap="xs">
            {disputes.map((dispute) => (
              <OpenDispute key={dispute.id} {...{ dispute, driver }} />
            ))}
          </Stack>
        )}
      </Loaded>
    </Section>
  );
}

function OpenDispute({ dispute: { id, consumerId, status }, driver }: { dispute: Dispute; driver: SandboxDriver }) {
  const end = (outcome: string) =>
    driver.drive({ control: 'set-dispute', body: { disputeId: id, status: outcome }, words: `Dispute ${outcome}` });
  const off = driver.running ? 'Wait until the sandbox is done' : null;
  return (
    <Group justify="space-between" gap="xs">
      <div>
        <ConsumerLink id={consumerId} />
        <Text size="sm" className="break">
          {id}, {status}
        </Text>
      </div>
      <Group gap="xs">
        <ReasonButton variant="default" size="xs" off={off} onClick={() => end('won')} aria-label={`Win the dispute ${id}`}>
          Win
        </ReasonButton>
        <ReasonButton variant="default" size="xs" off={off} onClick={() => end('lost')} aria-label={`Lose the dispute ${id}`}>
          Lose
        </ReasonButton>
      </Group>
    </Group>
  );
}
