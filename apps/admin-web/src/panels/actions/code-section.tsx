import { Alert, SegmentedControl, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { CodeBlock } from '../../ui/code-block.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Section } from '../../ui/section.tsx';
import { curlCommand, sdkCode } from './snippets.ts';

const LANGUAGES = {
  curl: { label: 'curl', what: 'curl command', write: curlCommand },
  sdk: { label: 'TypeScript', what: 'SDK code', write: sdkCode },
} as const;

/** Longer code can only be copied. */
const MOST_SHOWN = 20_000;

interface CodeSectionProps {
  action: string;
  /** null: the JSON is not valid. */
  payload: Record<string, unknown> | null;
}

/** The form’s call as code, which never contains the key. */
export function CodeSection({ action, payload }: CodeSectionProps) {
  const [language, setLanguage] = useState<keyof typeof LANGUAGES>('curl');
  const { what, write } = LANGUAGES[language];
  const languageSwitch = (
    <SegmentedControl
      aria-label="Language"
      size="xs"
      data={Object.entries(LANGUAGES).map(([value, { label }]) => ({ value, label }))}
      value={language}
      onChange={(value) => setLanguage(value as keyof typeof LANGUAGES)}
    />
  );
  return (
    <Section title="Code" actions={languageSwitch}>
      {payload === null ? (
        <Alert color="yellow" variant="light">
          Fix the JSON of the payload to see the code.
        </Alert>
      ) : (
        <Code what={what} text={write({ origin: globalThis.location.origin, action, payload })} />
      )}
      <Text size="xs" c="dimmed">
        Reads the key from the environment variable API_KEY.
      </Text>
    </Section>
  );
}

const Code = ({ what, text }: { what: string; text: string }) =>
  text.length <= MOST_SHOWN ? (
    <CodeBlock what={what} text={text} />
  ) : (
    <Stack gap="xs" align="flex-start">
      <Text size="sm">The payload is too long to show here.</Text>
      <CopyButton what={what} text={text} />
    </Stack>
  );
