import { Button, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { withoutWhitespace } from '../../lib/pasted-keys.ts';
import { type HeldKey, maskKey, pasteFault } from './held-keys.ts';
import type { ListedKey } from './queries.ts';

interface PasteKeyProps {
  onKey: (key: Omit<HeldKey, 'id'>) => void;
  /** The listed key that must be pasted. */
  chosen?: ListedKey | null;
}

/** Takes a key that somebody has. */
export function PasteKey({ onKey, chosen = null }: PasteKeyProps) {
  const [text, setText] = useState('');
  const [error, setError] = useState<string | null>(null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const fault = pasteFault(text, chosen);
    setError(fault);
    if (fault !== null) return;
    const secret = withoutWhitespace(text);
    onKey({ name: chosen?.name ?? maskKey(secret), secret, expiresAt: chosen?.expiresAt ?? null });
  };
  return (
    <form onSubmit={submit} noValidate aria-label="Paste a key">
      <Stack gap="xs">
        <PasswordInput
          label={chosen === null ? 'API key' : <span className="break">Whole key of {chosen.name}</span>}
          placeholder={chosen === null ? 'af_…' : `${chosen.prefix}…${chosen.last4}`}
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={error}
          autoComplete="off"
          spellCheck={false}
          visibilityToggleButtonProps={{ 'aria-label': 'Show the key', tabIndex: 0 }}
        />
        <Group justify="space-between" gap="xs">
          <Text size="xs" c="dimmed">
            It stays in this page’s memory until you leave the page.
          </Text>
          <Button type="submit" size="xs">
            Use this key
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
