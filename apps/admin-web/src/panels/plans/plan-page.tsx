import { isApiError } from '@api-factory/sdk-ts';
import { Button, Code, SimpleGrid, Stack } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useParams } from '@tanstack/react-router';
import { useBillingMode } from '../../lib/billing.ts';
import { formatCount } from '../../lib/format.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Figure } from '../../ui/figure.tsx';
import { LinkButton, PageLink } from '../../ui/link.tsx';
import { Loaded, SkeletonLines } from '../../ui/loaded.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { Time } from '../../ui/time.tsx';
import { DeletePlan } from './delete-plan.tsx';
import { EditPlan } from './edit-plan.tsx';
import { apisText, priceText, quotaText, rateText } from './plan-text.ts';
import { PushButton, PushPlans } from './push-plans.tsx';
import { type Plan, usePlan } from './queries.ts';

/** A plan with its entitlements, and the form that creates its next version. */
export function Page() {
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  const [{ push, remove }, setUrl] = useUrlState({ push: '', remove: '' });
  const plan = usePlan(id);
  const { data } = plan;
  if (isApiError(plan.error, 'NOT_FOUND')) return <PlanNotFound id={id} />;
  const actions = data && (
    <>
      <PushButton onClick={() => setUrl({ push: '1' })} />
      <Button variant="default" leftSection={<IconTrash size={16} aria-hidden />} onClick={() => setUrl({ remove: '1' })}>
        Delete
      </Button>
    </>
  );
  return (
    <Frame title={data?.name ?? id} lead={data && <Lead plan={data} />} actions={actions}>
      <Loaded query={plan} failed={`The plan ${id} could not be loaded`} skeleton={<SkeletonLines count={10} />}>
        {(shown) => (
          <Stack gap="lg">
            <Figures plan={shown} />
            {/* Keyed by version, so that a new version resets the form. */}
            <EditPlan key={`${shown.id} ${shown.version}`} plan={shown} />
            <DeletePlan plan={shown} opened={remove === '1'} onClose={() => setUrl({ remove: '' })} />
          </Stack>
        )}
      </Loaded>
      <PushPlans opened={push === '1'} onClose={() => setUrl({ push: '' })} />
    </Frame>
  );
}

const PlanNotFound = ({ id }: { id: string }) => (
  <Frame title="Plan not found">
    <EmptyState title="No plan has this ID" action={<LinkButton to="/plans">View all plans</LinkButton>}>
      <span className="break">{id}</span> may have been deleted. Check the link.
    </EmptyState>
  </Frame>
);

const Lead = ({ plan: { id, version, createdAt } }: { plan: Plan }) => (
  <>
    <PageLink to="/plans" size="sm" underline="always">
      Plans
    </PageLink>{' '}
    / <Code>{id}</Code>, version {version}, created <Time at={createdAt} />
  </>
);

function Figures({ plan: { id, price, quota, rate, apis, entitlements, moving } }: { plan: Plan }) {
  const isOff = useBillingMode() === 'off';
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
      <SplitFigure label="Price" text={priceText(price)} more={saleText(price !== null, isOff)} />
      <SplitFigure label="Quota" text={quotaText(quota)} more={`for ${apisText(apis)}`} />
      <SplitFigure label="Rate limit" text={rateText(rate)} more="shared by all keys of an entitlement" />
      <Figure
        label="Entitlements"
        value={formatCount(entitlements)}
        note={
          <>
            {moving > 0 && `${formatCount(moving)} still moving to the new version. `}
            <PageLink to={`/keys?plan=${id}`} size="sm">
              View keys
            </PageLink>
          </>
        }
      />
    </SimpleGrid>
  );
}

function saleText(hasPrice: boolean, isOff: boolean): string {
  if (!hasPrice) return 'Only you can create its keys';
  return isOff ? 'not for sale while billing is off' : 'at checkout once pushed';
}

/** Splits “10,000 units per month” into a large number and a note. */
function SplitFigure({ label, text, more }: { label: string; text: string; more: string }) {
  const [value, span] = text.split(' per ', 2);
  return <Figure label={label} value={value} note={<span className="break">{span === undefined ? more : `per ${span}, ${more}`}</span>} />;
}
