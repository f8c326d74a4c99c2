import { isApiError } from '@api-factory/sdk-ts';
import { Alert, Button, Center, Code, Paper, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useOnce } from '../lib/once.ts';
import { signIn } from '../lib/session.ts';
import { ErrorNotice } from '../ui/error-notice.tsx';

/** The sign-in page. `ended`: a session ended while the console was open. */
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
            const isBlank = key.trim() === '';
            setBlank(isBlank);
            if (!isBlank) send();
          }}
        >
          <Stack>
            <Title order={1} size="h3">
              Sign in to API-Factory
            </Title>
            {ended && (
              <Alert color="yellow" variant="light" role="status">
                Your session ended. Sign in again to continue.
              </Alert>
            )}
            <KeyInput
              value={key}
              onChange={(typed) => {
                setKey(typed);
                setBlank(false);
              }}
              error={blank ? 'Enter the operator key' : null}
            />
            {run.error && !blank && <SignInError error={run.error} />}
            <Button type="submit" loading={run.isPending} fullWidth>
              Sign in
            </Button>
            <Text size="sm" c="dimmed">
              The key starts a session in this browser and isn’t stored. Lost it? Set <Code>API_FACTORY_ADMIN_KEY</Code> and restart.
            </Text>
          </Stack>
        </form>
      </Paper>
    </Center>
  );
}

interface KeyInputProps {
  value: string;
  onChange: (value: string) => void;
  error: string | null;
}

const KeyInput = ({ value, onChange, error }: KeyInputProps) => (
  <PasswordInput
    label="Operator key"
    description="Printed once on first start, or saved to data/operator-key. With Docker Compose it’s in deploy/secrets/operator_key."
    {...{ value, error }}
    onChange={(event) => onChange(event.currentTarget.value)}
    autoComplete="current-password"
    required
    autoFocus
    visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the key', tabIndex: 0 }}
  />
);

function SignInError({ error }: { error: unknown }) {
  const wrong = isApiError(error) && (error.code === 'INVALID_KEY' || error.code === 'VALIDATION_FAILED');
  if (!wrong) return <ErrorNotice error={error} what="Sign-in failed" />;
  return (
    <Alert color="red" variant="light" role="alert" title="Wrong operator key">
      Unless you set your own, it starts with <Code>af_admin_</Code>. You can’t sign in with an API key.
    </Alert>
  );
}
