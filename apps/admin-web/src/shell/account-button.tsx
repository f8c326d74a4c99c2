import { ActionIcon } from '@mantine/core';
import { IconUserCircle } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';

const AccountMenu = lazy(async () => ({ default: (await import('./account-menu.tsx')).AccountMenu }));

/** Opens the account menu, which is loaded when it is first opened. */
export function AccountButton() {
  const [needed, setNeeded] = useState(false);
  const button = (onClick?: () => void) => (
    <ActionIcon variant="default" size="lg" aria-label="Account and appearance" aria-haspopup="menu" {...(onClick ? { onClick } : {})}>
      <IconUserCircle size={20} aria-hidden />
    </ActionIcon>
  );
  if (!needed) return button(() => setNeeded(true));
  return (
    <Suspense fallback={button()}>
      <AccountMenu button={button()} />
    </Suspense>
  );
}
