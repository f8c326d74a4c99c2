import { isApiError } from '@api-factory/sdk-ts';
import { Alert, Button, Center, Code, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useOnce } from '../lib/once.ts';
import { signIn } from '../lib/session.ts';
import { ErrorNotice } from '../ui/error-notice.tsx';

/** The first page: the operator key for a session. `ended`: one ran out while the console was open. */
export function SignIn({ ended }: { ended: boolean }) {
  const [key, setKey] = useState('');
  const run = useMutation({ mutationFn: () => signIn(key.trim()), onSettled: () => setKey('') });
  const [blank, setBlank] = useState(false);
  const send = useOnce(run, 0);
  useEffect(() => {
    document.title = 'Sign in · API-Factory';
  }, []);
  return (
    <Center mih="100dvh" p="md" component="main">
      <Paper withBorder p="xl" w="100%" maw={420}>
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            const missing = key.trim() === '';
            setBlank(missing);
            if (!missing) send();
          }}
        >
          <Stack>
            <Title order={1} size="h3">
              Sign in to API-Factory
            </Title>
            {ended && (
              <Alert color="yellow" variant="light" role="status">
                Your session ended. Sign in again to go on where you were.
              </Alert>
            )}
            <PasswordInput
              label="Operator key"
              description="The first start showed it once, or wrote it to data/operator-key; in the compose stack it is in deploy/secrets/operator_key."
              value={key}
              onChange={(event) => {
                setKey(event.currentTarget.value);
                setBlank(false);
              }}
              error={blank ? 'Enter the key' : null}
              autoComplete="current-password"
              required
              autoFocus
              visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the key', tabIndex: 0 }}
            />
            {run.error && !blank && <Refusal error={run.error} />}
            <Button type="submit" loading={run.isPending} fullWidth>
              Sign in
            </Button>
            <Text size="sm" c="dimmed">
              The key is exchanged for a session of this browser and kept nowhere. Lost it? Set <Code>API_FACTORY_ADMIN_KEY</Code> and start
              again.
            </Text>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}

function Refusal({ error }: { error: unknown }) {
  const wrong = isApiError(error) && (error.code === 'INVALID_KEY' || error.code === 'VALIDATION_FAILED');
  if (!wrong) return <ErrorNotice error={error} what="You could not be signed in" />;
  return (
    <Alert color="red" variant="light" role="alert" title="This is not the operator key">
      It begins with <Code>af_admin_</Code> unless you chose your own. An API key does not open the console.
    </Alert>
  );
}
