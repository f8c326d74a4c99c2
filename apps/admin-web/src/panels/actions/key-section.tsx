import { Button, Group, SegmentedControl, Stack } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import { useState } from 'react';
import { Section } from '../../ui/section.tsx';
import { ChooseKey } from './choose-key.tsx';
import type { HeldKey, HeldKeys } from './held-keys.ts';
import { KeyInUse } from './key-in-use.tsx';
import { PasteKey } from './paste-key.tsx';
import type { OwnKey } from './queries.ts';
import { TemporaryKey } from './temporary-key.tsx';

const WAYS = {
  paste: { label: 'Paste', part: PasteKey },
  list: { label: 'From the list', part: ChooseKey },
  create: { label: 'Temporary', part: TemporaryKey },
} as const;

interface KeySectionProps {
  held: HeldKeys;
  own: UseQueryResult<OwnKey>;
}

/** Which key calls are made with, and three ways to get one. */
export function KeySection({ held, own }: KeySectionProps) {
  const [adding, setAdding] = useState(false);
  const [way, setWay] = useState<keyof typeof WAYS>('paste');
  const Way = WAYS[way].part;
  const take = (key: Omit<HeldKey, 'id'>) => {
    held.hold(key);
    setAdding(false);
  };
  const another = held.current && !adding && (
    <Button variant="default" size="compact-sm" onClick={() => setAdding(true)}>
      Use another key
    </Button>
  );
  return (
    <Section title="API key" actions={another}>
      {held.current && <KeyInUse held={held} current={held.current} own={own} />}
      {(adding || !held.current) && (
        <Stack gap="sm">
          <Group justify="space-between" gap="xs">
            <SegmentedControl
              aria-label="Where the key comes from"
              size="xs"
              data={Object.entries(WAYS).map(([value, { label }]) => ({ value, label }))}
              value={way}
              onChange={(value) => setWay(value as keyof typeof WAYS)}
            />
            {held.current && (
              <Button variant="subtle" size="compact-sm" onClick={() => setAdding(false)}>
                Cancel
              </Button>
            )}
          </Group>
          <Way onKey={take} />
        </Stack>
      )}
    </Section>
  );
}
