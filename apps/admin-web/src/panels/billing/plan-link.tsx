import { Text } from '@mantine/core';
import { PageLink } from '../../ui/link.tsx';

/** The plan that a subscription is of, if it is one of ours. */
export const PlanLink = ({ plan }: { plan: string | null }) =>
  plan === null ? (
    <Text span inherit c="dimmed">
      no plan
    </Text>
  ) : (
    <PageLink to={`/plans/${plan}`} size="sm" className="break">
      {plan}
    </PageLink>
  );
