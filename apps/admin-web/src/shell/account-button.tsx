import { ActionIcon } from '@mantine/core';
import { IconUserCircle } from '@tabler/icons-react';
import { lazy, Suspense, useState } from 'react';

const AccountMenu = lazy(async () => ({ default: (await import('./account-menu.tsx')).AccountMenu }));

/** The button of the account menu; the menu comes when it is first opened. */
export function AccountButton() {
  const [wanted, setWanted] = useState(false);
  const button = (onClick?: () => void) => (
    <ActionIcon variant="default" size="lg" aria-label="Account and appearance" aria-haspopup="menu" {...(onClick ? { onClick } : {})}>
      <IconUserCircle size={20} aria-hidden />
    </ActionIcon>
  );
  if (!wanted) return button(() => setWanted(true));
  return (
    <Suspense fallback={button()}>
      <AccountMenu button={button()} />
    </Suspense>
  );
}
