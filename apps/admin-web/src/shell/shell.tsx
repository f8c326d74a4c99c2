import { Alert, AppShell, Box, Burger, Button, Group, Kbd, Text } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { IconSearch, IconServerOff } from '@tabler/icons-react';
import { Link, Outlet } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { formatLocal } from '../lib/format.ts';
import { AccountButton } from './account-button.tsx';
import { useConnection } from './connection.ts';
import { PanelMenu } from './panel-menu.tsx';

const Palette = lazy(async () => ({ default: (await import('./palette.tsx')).Palette }));

/** The frame around every page: menu, command palette, account menu and connection banner. */
export function Shell() {
  const [menuOpen, { toggle, close }] = useDisclosure(false);
  const palette = usePalette();
  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !menuOpen } }} padding="md">
      <a href="#content" className="skip-link">
        Skip to content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={menuOpen}
              onClick={toggle}
              hiddenFrom="sm"
              size="sm"
              aria-label={menuOpen ? 'Close menu' : 'Open menu'}
              aria-expanded={menuOpen}
            />
            <Text component={Link} to="/" fw={700} className="brand">
              <img src="/favicon.svg" width={24} height={24} alt="" /> API-Factory
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <SearchButton onClick={palette.open} />
            <AccountButton />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" className="navbar">
        <PanelMenu onGo={close} />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Box maw={1240} mx="auto">
          <ConnectionBanner />
          <Outlet />
        </Box>
      </AppShell.Main>
      {palette.needed && (
        <Suspense>
          <Palette opened={palette.opened} onClose={palette.close} />
        </Suspense>
      )}
    </AppShell>
  );
}

const SearchButton = ({ onClick }: { onClick: () => void }) => (
  <Button
    variant="default"
    onClick={onClick}
    aria-label="Search (Ctrl K)"
    leftSection={<IconSearch size={16} aria-hidden />}
    aria-keyshortcuts="Control+K Meta+K"
    className="palette-button"
  >
    <span className="palette-label">Search</span>
    <Kbd size="xs" ml="xs" className="palette-label">
      Ctrl K
    </Kbd>
  </Button>
);

/**
 * The state of the command palette, loaded when it is first opened. Ctrl+K or Cmd+K toggles it, in
 * inputs too.
 */
function usePalette() {
  const [state, setState] = useState({ needed: false, opened: false });
  const open = () => setState({ needed: true, opened: true });
  const close = () => setState((before) => ({ ...before, opened: false }));
  useHotkeys([['mod+K', () => (state.opened ? close() : open())]], []);
  return { ...state, open, close };
}

/** Shown while the server doesn’t respond. */
function ConnectionBanner() {
  const { isDown, lastResponseAt } = useConnection();
  return (
    <div role="status" aria-live="polite">
      {isDown && (
        <Alert color="orange" variant="light" icon={<IconServerOff aria-hidden />} title="Can’t reach API-Factory" mb="md">
          {lastResponseAt > 0 ? `Last response at ${formatLocal(new Date(lastResponseAt))}. ` : ''}This page may be out of date. Retrying
          every two seconds.
        </Alert>
      )}
    </div>
  );
}
