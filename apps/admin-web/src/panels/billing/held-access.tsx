import { Stack } from '@mantine/core';
import { StatusBadge } from '../../ui/badge.tsx';
import { PageLink } from '../../ui/link.tsx';
import { isHeld } from './hold.ts';
import type { Subscription } from './queries.ts';

/** The access that a subscription gives, and the dispute when that is what holds it. */
export const HeldAccess = ({ of }: { of: Subscription }) =>
  isHeld(of) ? (
    <Stack gap={2} align="flex-start">
      <StatusBadge status={of.access} />
      <PageLink to="/billing?tab=disputes" size="xs">
        A dispute holds it
      </PageLink>
    </Stack>
  ) : (
    <StatusBadge status={of.access} />
  );
