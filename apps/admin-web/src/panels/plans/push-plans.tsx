import { isApiError } from '@api-factory/sdk-ts';
import { Alert, Button, Code, Group, Modal, Progress, Stack, Table, Text } from '@mantine/core';
import { useBillingMode } from '../../lib/billing.ts';
import { StatusBadge } from '../../ui/badge.tsx';
import { BillingOff } from '../../ui/billing-off.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { LinkButton } from '../../ui/link.tsx';
import { Loaded, SkeletonLines } from '../../ui/loaded.tsx';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { previewWord, summaryOf } from './push-summary.ts';
import { type PushResult, usePush, usePushPreview } from './queries.ts';
import { type SellingWords, sellingWords } from './selling-words.ts';

interface PushPlansProps {
  opened: boolean;
  onClose: () => void;
}

/** Shows what a push would change at Stripe, then does it and shows what it did. */
export const PushPlans = ({ opened, onClose }: PushPlansProps) => (
  <Modal opened={opened} onClose={onClose} title={`Push plans to ${sellingWords(useBillingMode()).place}`} size="xl">
    {opened && <PushDialog onClose={onClose} />}
  </Modal>
);

function PushDialog({ onClose }: { onClose: () => void }) {
  const run = usePush();
  const words = sellingWords(useBillingMode());
  const preview = usePushPreview(run.isIdle);
  const isOff = (error: unknown) => isApiError(error, 'BILLING_OFF');
  if (isOff(preview.error) || isOff(run.error)) return <BillingOff />;
  if (run.data !== undefined) return <Pushed results={run.data} {...{ words, onClose }} />;
  return (
    <Stack>
      <Text size="sm">
        A push makes a product and a price {words.within} for each plan with a price. Subscriptions stay at the price that they were bought
        at.
      </Text>
      <Loaded query={preview} failed="The preview could not be made" skeleton={<SkeletonLines count={5} />}>
        {(results) => (
          <>
            <Text size="sm" fw={600} role="status">
              {summaryOf(results, { done: false, words }).text}
            </Text>
            <PushTable label="What a push would do" results={results} done={false} />
          </>
        )}
      </Loaded>
      {run.isPending && <Progress value={100} animated aria-label={`Pushing to ${words.place}`} />}
      {run.error && <ErrorNotice error={run.error} what="The push ended early; plans before the failing one are pushed" />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        {preview.data?.length === 0 ? (
          <LinkButton to="/plans?create=1">Create plan</LinkButton>
        ) : (
          <ReasonButton off={offReason(preview.data, words)} loading={run.isPending} onClick={() => run.mutate()}>
            {words.push}
          </ReasonButton>
        )}
      </Group>
    </Stack>
  );
}

function offReason(results: PushResult[] | undefined, words: SellingWords): string | null {
  if (results === undefined) return 'Wait for the preview';
  return summaryOf(results, { done: false, words }).changes === 0 ? `Nothing to push: ${words.place} says the same as your plans` : null;
}

const Pushed = ({ results, words, onClose }: { results: PushResult[]; words: SellingWords; onClose: () => void }) => (
  <Stack>
    <Alert color="teal" variant="light" role="status" title="Pushed">
      {summaryOf(results, { done: true, words }).text}
    </Alert>
    <PushTable label="What the push did" results={results} done />
    <Group justify="flex-end">
      <Button onClick={onClose}>Done</Button>
    </Group>
  </Stack>
);

const PushTable = ({ label, results, done }: { label: string; results: PushResult[]; done: boolean }) => (
  <Table.ScrollContainer minWidth={420} mah={360} scrollAreaProps={{ viewportProps: { tabIndex: 0, role: 'region', 'aria-label': label } }}>
    <Table aria-label={label}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">Plan</Table.Th>
          <Table.Th scope="col">Action</Table.Th>
          <Table.Th scope="col">Detail</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {results.map(({ plan, action, detail, priceId }) => (
          <Table.Tr key={plan}>
            <Table.Td className="break">{plan}</Table.Td>
            <Table.Td>{done ? <StatusBadge status={action} /> : previewWord(action)}</Table.Td>
            <Table.Td className="break">
              {detail}
              {priceId !== null && (
                <>
                  {' '}
                  <Code>{priceId}</Code>
                </>
              )}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  </Table.ScrollContainer>
);
