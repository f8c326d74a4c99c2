import { Alert, SimpleGrid, Stack } from '@mantine/core';
import { type Action, useActions } from '../../lib/action-list.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { CodeSection } from './code-section.tsx';
import { HistorySection } from './history-section.tsx';
import { KeySection } from './key-section.tsx';
import { PingButton } from './ping-button.tsx';
import { RateBadge } from './rate-badge.tsx';
import { RequestForm } from './request-form.tsx';
import { ResponseSection } from './response-section.tsx';
import { SendButton } from './send-button.tsx';
import { useWorkbench } from './use-workbench.ts';

/** Calls an action as a consumer would, with everything that comes back. */
export const Page = () => (
  <Frame
    title="Actions"
    lead="Call an action with an API key, as its owner would. Calls count against the key’s quota."
    actions={<PingButton />}
  >
    <Loaded query={useActions()} failed="The actions could not be read">
      {(actions) => <Chosen actions={actions} />}
    </Loaded>
  </Frame>
);

function Chosen({ actions }: { actions: readonly Action[] }) {
  const [{ action: wanted, view }, setUrl] = useUrlState({ action: '', view: 'form' });
  const action = actions.find(({ name }) => name === wanted) ?? actions[0];
  if (action === undefined) return <EmptyState title="No actions">This installation serves no actions.</EmptyState>;
  return (
    <Stack>
      {wanted !== '' && wanted !== action.name && (
        <Alert color="yellow" variant="light" title="Unknown action" className="break">
          There is no action “{wanted.slice(0, 60)}”. Here is {action.name} instead.
        </Alert>
      )}
      <Workbench {...{ actions, action, view }} onAction={(name) => setUrl({ action: name })} onView={(next) => setUrl({ view: next })} />
    </Stack>
  );
}

interface WorkbenchProps {
  actions: readonly Action[];
  action: Action;
  onAction: (name: string) => void;
  view: string;
  onView: (view: string) => void;
}

function Workbench({ actions, action, onAction, view, onView }: WorkbenchProps) {
  const bench = useWorkbench({ actions, action, onAction });
  const { held, own, limits, drafting, facts, calls } = bench;
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      <Stack miw={0}>
        <KeySection held={held} own={own} />
        <RequestForm {...{ actions, action, onAction, drafting, view, onView }} onSend={bench.send}>
          <SendButton facts={facts} sending={calls.isPending} />
          {facts.refusal === null && <RateBadge limits={limits} />}
        </RequestForm>
      </Stack>
      <Stack miw={0}>
        <ResponseSection exchange={bench.shown} sending={calls.isPending} />
        <HistorySection history={bench.history} shownId={bench.shown?.id ?? null} onShow={bench.show} onClear={bench.clear} />
        <CodeSection action={action.name} payload={drafting.reading.payload} />
      </Stack>
    </SimpleGrid>
  );
}
