import { Alert, Button, Group, SimpleGrid, Stack, Text } from '@mantine/core';
import { IconBroadcast, IconSend } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { type Action, useActions } from '../../lib/action-list.ts';
import { describeError } from '../../lib/describe-error.ts';
import { formatMs, formatUtc } from '../../lib/format.ts';
import { useNow } from '../../lib/now.ts';
import { measurePing } from '../../lib/ping.ts';
import { toast } from '../../lib/toasts.ts';
import { useUrlState } from '../../lib/url-state.ts';
import { EmptyState } from '../../ui/empty-state.tsx';
import { Loaded } from '../../ui/loaded.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { ReasonButton } from '../../ui/reason-button.tsx';
import { CodeSection } from './code-section.tsx';
import { disabledReason, type SendState } from './disabled-reason.ts';
import { HistorySection } from './history-section.tsx';
import { KeySection } from './key-section.tsx';
import { RateBadge } from './rate-badge.tsx';
import { RequestForm } from './request-form.tsx';
import { ResponseSection } from './response-section.tsx';
import { useWorkbench } from './use-workbench.ts';

/** Calls an action as a consumer would, and shows the whole response. */
export const Page = () => (
  <Frame title="Actions" lead="Call an action with an API key. Calls count against the key’s quota." actions={<PingButton />}>
    <Loaded query={useActions()} failed="The actions could not be loaded">
      {(actions) => <SelectedAction actions={actions} />}
    </Loaded>
  </Frame>
);

/** Calls the hello API, which needs no key. */
function PingButton() {
  const run = useMutation({
    mutationFn: measurePing,
    onSuccess: ({ ms, time }) =>
      toast({ cause: 'ping', tone: 'good', title: `pong in ${formatMs(ms)}`, message: `Server time: ${formatUtc(new Date(time))}.` }),
    onError: (error) => {
      const { title, detail } = describeError(error);
      toast({ cause: 'ping', tone: 'bad', title: 'Ping failed', message: `${title}. ${detail}` });
    },
  });
  return (
    <Button variant="default" leftSection={<IconBroadcast size={16} aria-hidden />} loading={run.isPending} onClick={() => run.mutate()}>
      Ping
    </Button>
  );
}

function SelectedAction({ actions }: { actions: readonly Action[] }) {
  const [{ action: wanted, view }, setUrl] = useUrlState({ action: '', view: 'form' });
  const action = actions.find(({ name }) => name === wanted) ?? actions[0];
  if (action === undefined) return <EmptyState title="No actions">This installation has no actions.</EmptyState>;
  return (
    <Stack>
      {wanted !== '' && wanted !== action.name && (
        <Alert color="yellow" variant="light" title="Unknown action" className="break">
          No action is named “{wanted.slice(0, 60)}”. Showing {action.name} instead.
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
  const { drafts, sendState, sending } = bench;
  return (
    <SimpleGrid cols={{ base: 1, lg: 2 }}>
      <Stack miw={0}>
        <KeySection keyring={bench.keyring} own={bench.own} />
        <RequestForm {...{ actions, action, onAction, drafts, view, onView }} onSend={bench.send}>
          <SendButton state={sendState} sending={sending} />
          {sendState.refusal === null && <RateBadge limits={bench.limits} />}
        </RequestForm>
      </Stack>
      <Stack miw={0}>
        <ResponseSection exchange={bench.shown} sending={sending} />
        <HistorySection history={bench.history} shownId={bench.shown?.id ?? null} onShow={bench.show} onClear={bench.clear} />
        <CodeSection action={action.name} payload={drafts.result.payload} />
      </Stack>
    </SimpleGrid>
  );
}

/** Re-enabled automatically once an exhausted limit resets. */
function SendButton({ state, sending }: { state: SendState; sending: boolean }) {
  const reason = disabledReason(state, useNow());
  return (
    <Group gap="sm" wrap="nowrap">
      <ReasonButton
        type="submit"
        disabledReason={reason}
        loading={sending}
        leftSection={<IconSend size={16} aria-hidden />}
        flex="0 0 auto"
      >
        Send
      </ReasonButton>
      <Text size="sm" c="dimmed" className="figure">
        {reason ?? 'Or press Ctrl+Enter (⌘+Enter) in any field.'}
      </Text>
    </Group>
  );
}
