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

/** Checks a pasted key: what its owner sees of it. The key is in this component’s state and nowhere else. */
export function Page() {
  const [check, setCheck] = useState<Check | null>(null);
  const checks = useRef(0);
  const begin = (key: string) => {
    checks.current += 1;
    setCheck({ number: checks.current, key });
  };
  return (
    <Frame title="Key check" lead="Paste a key to see its plan, quota and status as its owner sees them.">
      <CheckForm canForget={check !== null} onCheck={begin} onForget={() => setCheck(null)} />
      {check && <Result key={check.number} check={check} />}
    </Frame>
  );
}

interface CheckFormProps {
  canForget: boolean;
  onCheck: (key: string) => void;
  onForget: () => void;
}

function CheckForm({ canForget, onCheck, onForget }: CheckFormProps) {
  const [text, setText] = useState('');
  const [fault, setFault] = useState<string | null>(null);
  return (
    <Section title="Key">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const found = pastedKeyError(text);
          setFault(found);
          if (found === null) onCheck(withoutWhitespace(text));
        }}
      >
        <Stack gap="sm" maw={640}>
          <PasswordInput
            label="API key"
            description="It is sent with this request as its owner would send it, and kept only while this page is open."
            value={text}
            onChange={(event) => {
              setText(event.currentTarget.value);
              setFault(null);
            }}
            error={fault}
            autoComplete="off"
            spellCheck={false}
            data-1p-ignore
            data-lpignore="true"
            visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the key' }}
          />
          <Group gap="xs">
            <Button type="submit">Check key</Button>
            {canForget && (
              <Button
                variant="default"
                onClick={() => {
                  setText('');
                  onForget();
                }}
              >
                Forget it
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
      <VisuallyHidden role="status">{data ? 'The key is checked' : 'Checking the key'}</VisuallyHidden>
      <Loaded query={own} failed="The key could not be checked" skeleton={<SkeletonLines count={6} />}>
        {(shown) => <OwnKeyView own={shown} readAt={own.dataUpdatedAt} />}
      </Loaded>
    </>
  );
}
