import { isApiError } from '@api-factory/sdk-ts';
import { Alert, Button, Code, Group, Modal, Progress, Stack, Table, Text } from '@mantine/core';
import { IconCloudUpload } from '@tabler/icons-react';
import { useBillingMode } from '../../lib/billing.ts';
import { capitalized } from '../../lib/format.ts';
import { StatusBadge } from '../../ui/badge.tsx';
import { BillingOff } from '../../ui/billing-off.tsx';
import { ErrorNotice } from '../../ui/error-notice.tsx';
import { LinkButton } from '../../ui/link.tsx';
import { Loaded, SkeletonLines } from '../../ui/loaded.tsx';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { type PushResult, usePush, usePushPreview } from './queries.ts';
import { previewText, pushSummary, type SellingTerms, sellingTerms } from './selling.ts';

interface PushPlansProps {
  opened: boolean;
  onClose: () => void;
}

/** Previews a push to Stripe, runs it and shows the results. */
export const PushPlans = ({ opened, onClose }: PushPlansProps) => (
  <Modal opened={opened} onClose={onClose} title={`Push plans to ${sellingTerms(useBillingMode()).target}`} size="xl">
    {opened && <PushDialog onClose={onClose} />}
  </Modal>
);

function PushDialog({ onClose }: { onClose: () => void }) {
  const run = usePush();
  const terms = sellingTerms(useBillingMode());
  const preview = usePushPreview(run.isIdle);
  const isOff = (error: unknown) => isApiError(error, 'BILLING_OFF');
  if (isOff(preview.error) || isOff(run.error)) return <BillingOff />;
  if (run.data !== undefined) return <PushResults results={run.data} {...{ terms, onClose }} />;
  return (
    <Stack>
      <Text size="sm">
        A push creates a product and a price {terms.location} for each plan with a price. Existing subscriptions keep their price.
      </Text>
      <Loaded query={preview} failed="The preview could not be loaded" skeleton={<SkeletonLines count={5} />}>
        {(results) => (
          <>
            <Text size="sm" fw={600} role="status">
              {pushSummary(results, { done: false, terms }).text}
            </Text>
            <PushTable label="Preview" results={results} done={false} />
          </>
        )}
      </Loaded>
      {run.isPending && <Progress value={100} animated aria-label={`Pushing to ${terms.target}`} />}
      {run.error && <ErrorNotice error={run.error} what="Push failed. Plans before the failed one were pushed." />}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        {preview.data?.length === 0 ? (
          <LinkButton to="/plans?create=1">Create plan</LinkButton>
        ) : (
          <ReasonButton disabledReason={disabledReason(preview.data, terms)} loading={run.isPending} onClick={() => run.mutate()}>
            {terms.push}
          </ReasonButton>
        )}
      </Group>
    </Stack>
  );
}

function disabledReason(results: PushResult[] | undefined, terms: SellingTerms): string | null {
  if (results === undefined) return 'Loading the preview…';
  return pushSummary(results, { done: false, terms }).changes === 0 ? `${capitalized(terms.target)} is up to date with your plans.` : null;
}

const PushResults = ({ results, terms, onClose }: { results: PushResult[]; terms: SellingTerms; onClose: () => void }) => (
  <Stack>
    <Alert color="teal" variant="light" role="status" title="Plans pushed">
      {pushSummary(results, { done: true, terms }).text}
    </Alert>
    <PushTable label="Results" results={results} done />
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
            <Table.Td>{done ? <StatusBadge status={action} /> : previewText(action)}</Table.Td>
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

/** Opens the push dialog. Disabled, with the reason, while billing is off. */
export function PushButton({ onClick }: { onClick: () => void }) {
  const { push, disabledReason } = sellingTerms(useBillingMode());
  return (
    <ReasonButton
      disabledReason={disabledReason}
      variant="default"
      leftSection={<IconCloudUpload size={16} aria-hidden />}
      onClick={onClick}
    >
      {push}
    </ReasonButton>
  );
}
