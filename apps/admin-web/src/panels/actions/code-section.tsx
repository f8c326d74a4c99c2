import { Alert, SegmentedControl, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { CodeBlock } from '../../ui/code-block.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Section } from '../../ui/section.tsx';
import { curlOf, sdkCodeOf } from './snippets.ts';

const LANGUAGES = {
  curl: { label: 'curl', what: 'curl command', write: curlOf },
  sdk: { label: 'TypeScript', what: 'SDK code', write: sdkCodeOf },
} as const;

/** A longer one is not shown, since nobody reads it, but it can be copied. */
const MOST_SHOWN = 20_000;

interface CodeSectionProps {
  action: string;
  /** null: the JSON is not valid, so there is no call. */
  payload: Record<string, unknown> | null;
}

/** The call of the request form as one would make it elsewhere. The key is never in it. */
export function CodeSection({ action, payload }: CodeSectionProps) {
  const [language, setLanguage] = useState<keyof typeof LANGUAGES>('curl');
  const { what, write } = LANGUAGES[language];
  const switcher = (
    <SegmentedControl
      aria-label="Language"
      size="xs"
      data={Object.entries(LANGUAGES).map(([value, { label }]) => ({ value, label }))}
      value={language}
      onChange={(value) => setLanguage(value as keyof typeof LANGUAGES)}
    />
  );
  return (
    <Section title="The same call in code" actions={switcher}>
      {payload === null ? (
        <Alert color="yellow" variant="light">
          Mend the JSON of the payload to see the call.
        </Alert>
      ) : (
        <Code what={what} text={write({ origin: globalThis.location.origin, action, payload })} />
      )}
      <Text size="xs" c="dimmed">
        It reads the key from the environment variable API_KEY.
      </Text>
    </Section>
  );
}

const Code = ({ what, text }: { what: string; text: string }) =>
  text.length <= MOST_SHOWN ? (
    <CodeBlock what={what} text={text} />
  ) : (
    <Stack gap="xs" align="flex-start">
      <Text size="sm">The payload is too long to be shown here.</Text>
      <CopyButton what={what} text={text} />
    </Stack>
  );
