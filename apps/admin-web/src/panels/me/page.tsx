import { isApiError } from '@api-factory/sdk-ts';
import { Button, Group, PasswordInput, Stack, VisuallyHidden } from '@mantine/core';
import { useRef, useState } from 'react';
import { pastedKeyError, withoutWhitespace } from '../../lib/pasted-keys.ts';
import { Loaded, SkeletonLines } from '../../ui/loaded.tsx';
import { Page as Frame } from '../../ui/page.tsx';
import { Section } from '../../ui/section.tsx';
import { OwnKeyView } from './own-key-view.tsx';
import { type Check, useOwnKey } from './queries.ts';
import { Refusal } from './refusal.tsx';

/** Checks a pasted key as its owner would. The key is only kept in this component’s state. */
export function Page() {
  const [check, setCheck] = useState<Check | null>(null);
  const checks = useRef(0);
  const start = (key: string) => {
    checks.current += 1;
    setCheck({ number: checks.current, key });
  };
  return (
    <Frame title="Key check" lead="Paste an API key to see its plan, quota and status as its owner sees them.">
      <CheckForm canClear={check !== null} onCheck={start} onClear={() => setCheck(null)} />
      {check && <Result key={check.number} check={check} />}
    </Frame>
  );
}

interface CheckFormProps {
  canClear: boolean;
  onCheck: (key: string) => void;
  onClear: () => void;
}

function CheckForm({ canClear, onCheck, onClear }: CheckFormProps) {
  const [text, setText] = useState('');
  const [error, setError] = useState<string | null>(null);
  return (
    <Section title="Key">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const invalid = pastedKeyError(text);
          setError(invalid);
          if (invalid === null) onCheck(withoutWhitespace(text));
        }}
      >
        <Stack gap="sm" maw={640}>
          <PasswordInput
            label="API key"
            description="Sent as its owner would send it, and kept only while this page is open."
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value);
              setError(null);
            }}
            error={error}
            autoComplete="off"
            spellCheck={false}
            data-1p-ignore
            data-lpignore="true"
            visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the key' }}
          />
          <Group gap="xs">
            <Button type="submit">Check key</Button>
            {canClear && (
              <Button
                variant="default"
                onClick={() => {
                  setText('');
                  onClear();
                }}
              >
                Clear
              </Button>
            )}
          </Group>
        </Stack>
      </form>
    </Section>
  );
}

function Result({ check }: { check: Check }) {
  const own = useOwnKey(check);
  const { data, error, refetch } = own;
  if (isApiError(error)) return <Refusal error={error} at={own.errorUpdatedAt} checkedKey={check.key} onRetry={() => void refetch()} />;
  return (
    <>
      <VisuallyHidden role="status">{data ? 'Key checked' : 'Checking key'}</VisuallyHidden>
      <Loaded query={own} failed="The key could not be checked" skeleton={<SkeletonLines count={6} />}>
        {(shown) => <OwnKeyView own={shown} readAt={own.dataUpdatedAt} />}
      </Loaded>
    </>
  );
}
