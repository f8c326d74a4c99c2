import { Badge, Tabs, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Billing } from '../../lib/billing.ts';
import { capitalized } from '../../lib/format.ts';
import { oneOf, useUrlState } from '../../lib/url-state.ts';
import { BillingOff } from '../../ui/billing-off.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { MODE_DESCRIPTIONS } from './descriptions.ts';
import { DisputesTab } from './disputes-tab.tsx';
import { DriftTab } from './drift-tab.tsx';
import { FlagsTab } from './flags-tab.tsx';
import { InboxTab } from './inbox-tab.tsx';
import { useBilling } from './queries.ts';
import { SandboxTab } from './sandbox-tab.tsx';
import { StatusTab } from './status-tab.tsx';
import { SubscriptionsTab } from './subscriptions-tab.tsx';
import { WebhookDialog } from './webhook-dialog.tsx';

const TABS = ['status', 'subscriptions', 'inbox', 'drift', 'flags', 'disputes', 'sandbox'] as const;
type TabName = (typeof TABS)[number];

const TITLES: Record<TabName, string> = {
  status: 'Status',
  subscriptions: 'Subscriptions',
  inbox: 'Inbox',
  drift: 'Drift',
  flags: 'Flags',
  disputes: 'Disputes',
  sandbox: 'Sandbox',
};

export function Page() {
  const [{ test }, setUrl] = useUrlState({ test: '' });
  const billing = useBilling();
  const { data } = billing;
  const isOn = data !== undefined && data.mode !== 'off';
  return (
    <Frame
      title="Billing"
      lead={data && modeLead(data.mode)}
      actions={isOn && <TestButton billing={data} onClick={() => setUrl({ test: '1' })} />}
    >
      <Loaded query={billing} failed="Billing could not be loaded">
        {(shown) => (shown.mode === 'off' ? <BillingOff /> : <BillingTabs billing={shown} />)}
      </Loaded>
      {isOn && data.mode !== 'live' && <WebhookDialog opened={test === '1'} onClose={() => setUrl({ test: '' })} billing={data} />}
    </Frame>
  );
}

/** “Sandbox mode. A local stand-in for Stripe; no money moves.” */
const modeLead = (mode: Billing['mode']): string => (mode === 'off' ? '' : `${capitalized(mode)} mode. ${MODE_DESCRIPTIONS[mode]}.`);

const TestButton = ({ billing, onClick }: { billing: Billing; onClick: () => void }) => (
  <ReasonButton
    disabledReason={billing.mode === 'live' ? 'Live endpoints refuse test events. Send one from the Stripe dashboard.' : null}
    variant="default"
    onClick={onClick}
  >
    Test webhook
  </ReasonButton>
);

function BillingTabs({ billing }: { billing: Billing }) {
  const [{ tab }, setUrl] = useUrlState({ tab: 'status' });
  // Filters and open details belong to one tab.
  const showTab = (next: string | null) => setUrl({ tab: next ?? 'status', ...NO_FILTERS } as never);
  const shown = oneOf(TABS, tab) ?? 'status';
  const names = TABS.filter((name) => name !== 'sandbox' || billing.sandboxUrl !== null || shown === 'sandbox');
  return (
    <Tabs value={shown} onChange={showTab} keepMounted={false} activateTabWithKeyboard={false}>
      <Tabs.List mb="md">
        {names.map((name) => (
          <Tabs.Tab key={name} value={name} rightSection={tabBadge(name, billing)}>
            {TITLES[name]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <TabPanel name="status" shown={shown}>
        <StatusTab billing={billing} />
      </TabPanel>
      <TabPanel name="subscriptions" shown={shown}>
        <SubscriptionsTab />
      </TabPanel>
      <TabPanel name="inbox" shown={shown}>
        <InboxTab />
      </TabPanel>
      <TabPanel name="drift" shown={shown}>
        <DriftTab />
      </TabPanel>
      <TabPanel name="flags" shown={shown}>
        <FlagsTab />
      </TabPanel>
      <TabPanel name="disputes" shown={shown}>
        <DisputesTab />
      </TabPanel>
      <TabPanel name="sandbox" shown={shown}>
        <SandboxTab billing={billing} />
      </TabPanel>
    </Tabs>
  );
}

const NO_FILTERS = { consumer: '', access: '', subscription: '', state: '', event: '' };

const TabPanel = ({ name, shown, children }: { name: TabName; shown: TabName; children: ReactNode }) => (
  <Tabs.Panel value={name}>{name === shown ? children : null}</Tabs.Panel>
);

function tabBadge(name: TabName, { inbox }: Billing): ReactNode {
  if (name !== 'inbox' || inbox.dead === 0) return null;
  return (
    <Badge color="red" variant="light" size="sm" tt="none">
      {inbox.dead}
      <Text span inherit>
        {' '}
        dead
      </Text>
    </Badge>
  );
}
